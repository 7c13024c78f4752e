"""Spell numbers, codes, money, dates and abbreviations so that a synthesiser reads them rightly."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import Any

from dialogue.languages import load_data


class Speller:
    """Rewrite a text for the ear, by the language's `spelling.yaml`."""

    def __init__(self, language: str) -> None:
        self._data: dict[str, Any] = load_data(language, "spelling")

    def spell(self, text: str) -> str:
        """Return the text as it should be read aloud; ends with a full stop so that the voice falls."""
        text = _SIGNS.sub(" ", unicodedata.normalize("NFC", text))
        text = _ISO_DATE.sub(r"\3/\2/\1", text)
        text = self._date_pattern.sub(self._date, text)
        text = self._day_pattern.sub(self._day, text)
        text = _PROCEDURE.sub(self._procedure, text)
        text = _TELEPHONE.sub(self._telephone, text)
        text = _RANGE.sub(f" {self._data['range']} ", text)
        text = _TIME.sub(self._time, text)
        text = self._words_pattern.sub(lambda m: f" {self._data['words'][m[0]]} ", text)
        text = _CODE.sub(self._code, text)
        text = self._number_pattern.sub(self._number, text)
        text = _CONSONANTS.sub(self._letters, text)
        text = re.sub(r"\s+([,.;:?!])", r"\1", re.sub(r"\s+", " ", text)).strip()
        return text if not text or text[-1] in ".?!" else f"{text}."

    def number(self, value: int) -> str:
        """Return a whole number >= 0 in words; in digits where the language's voice counts by itself."""
        if "scales" not in self._data:
            return str(value)
        if value < 10:
            return str(self._data["digits"][value])
        scales = self._data["scales"]
        top = 1000 ** (len(scales) - 1)
        if value >= 1000 * top:  # thousands of the greatest scale, and so on
            rest = self._groups(value % top, len(scales) - 1) if value % top else ""
            return f"{self.number(value // top)} {scales[-1]} {rest}".strip()
        return self._groups(value, 0)

    def _groups(self, value: int, least: int) -> str:
        """Read a number by threes; at least so many, the leading ones with their zeros, those of nothing left out."""
        groups: list[int] = []
        while value or len(groups) < least:
            value, group = divmod(value, 1000)
            groups.append(group)
        words = [
            f"{self._group(group, full=index < len(groups) - 1 or least > 0)} {self._data['scales'][index]}"
            for index, group in reversed(list(enumerate(groups)))
            if group
        ]
        return " ".join(" ".join(words).split())

    def _group(self, group: int, full: bool) -> str:
        """Read up to three digits; `full` also reads the leading zeros of a lower group (1.005)."""
        d = self._data
        hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
        words = [d["digits"][hundreds], d["hundred"]] if hundreds or full else []
        if tens == 0:
            words += [d["zero_ten"], d["digits"][ones]] if ones and words else [d["digits"][ones]] if ones else []
            return " ".join(words)
        words += [d["ten"]] if tens == 1 else [d["digits"][tens], d["tens"]]
        if ones == 1 and tens > 1:
            words.append(d["one_after_tens"])
        elif ones == 5:
            words.append(d["five_after_ten"])
        elif ones:
            words.append(d["digits"][ones])
        return " ".join(words)

    @cached_property
    def _words_pattern(self) -> re.Pattern[str]:
        words = sorted(self._data["words"], key=len, reverse=True)
        either = "|".join(re.escape(w) if not w[0].isalnum() else rf"(?<![^\W\d_]){re.escape(w)}(?!\w)" for w in words)
        return re.compile(either)

    @cached_property
    def _number_pattern(self) -> re.Pattern[str]:
        thousands, decimal = re.escape(self._data["thousands"]), re.escape(self._data["decimal"])
        return re.compile(rf"(\d{{1,3}}(?:{thousands}\d{{3}})+|\d+)(?:{decimal}(\d+))?")

    def _number(self, match: re.Match[str]) -> str:
        whole = match[1].replace(self._data["thousands"], "")
        if "scales" not in self._data:
            return match[0].replace(self._data["thousands"], "")
        if (len(whole) > 1 and whole[0] == "0") or (len(match[1]) > 9 and whole == match[1]):
            return self._digits(whole)  # a telephone number, a code
        words = self.number(int(whole))
        if match[2] is None:
            return words
        return f"{words} {self._data['decimal_word']} {self._digits(match[2])}"

    def _code(self, match: re.Match[str]) -> str:
        zeros = "scales" in self._data and len(match[2]) > 1 and match[2][0] == "0"
        return f"{self._letters(match)} {self._digits(match[2]) if zeros else self.number(int(match[2]))}"

    def _letters(self, match: re.Match[str]) -> str:
        names = self._data["letters"]
        return " ".join(names.get(letter, letter) for letter in match[1]) if names or match.lastindex != 1 else match[1]

    def _telephone(self, match: re.Match[str]) -> str:
        return self._digits(re.sub(r"\D", "", match[0])) if "scales" in self._data else match[0]

    def _digits(self, number: str) -> str:
        return " ".join(self._data["digits"][int(digit)] for digit in number)

    def _procedure(self, match: re.Match[str]) -> str:
        if "dot" not in self._data:
            return match[0]
        return f"{self._digits(match[1])} {self._data['dot']} {self._digits(match[2])}"

    @cached_property
    def _date_pattern(self) -> re.Pattern[str]:
        lead = rf"(?:{self._lead})?" if self._lead else ""
        return re.compile(rf"{lead}\b(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}})\b")

    @cached_property
    def _day_pattern(self) -> re.Pattern[str]:
        """A day and month without a year, known by the word before it."""
        return re.compile(rf"{self._lead}\b(\d{{1,2}})/(\d{{1,2}})\b" if self._data.get("day") else r"(?!)")

    @property
    def _lead(self) -> str:
        """Match the word that a date begins with, which may stand before its digits already; empty without one."""
        lead = str(self._data["date"]).split("{")[0].strip()
        return rf"\b{re.escape(lead)}\s+" if lead else ""

    def _date(self, match: re.Match[str]) -> str:
        return self._dated("date", match)

    def _day(self, match: re.Match[str]) -> str:
        return self._dated("day", match)

    def _dated(self, form: str, match: re.Match[str]) -> str:
        day, month = int(match[1]), int(match[2])
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return match[0]
        year = self.number(int(match[3])) if form == "date" else ""
        return str(self._data[form]).format(day=self.number(day), month=self.number(month), year=year)

    def _time(self, match: re.Match[str]) -> str:
        hour, minute = int(match[1]), int(match[2] or 0)
        form = self._data["time"] if minute else self._data["time_whole"]
        return str(form).format(hour=self.number(hour), minute=self.number(minute))


_SIGNS = re.compile(r"[*_#\u200b\ufeff]+")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_TIME = re.compile(r"\b([01]?\d|2[0-4])(?:[:hg]([0-5]\d)|h)\b")
_RANGE = re.compile(r"(?<=\w)\s*[–—]\s*(?=\w)|(?<=\d)\s*-\s*(?=\d)")
_CODE = re.compile(r"\b([A-ZĐ]{1,3})-?(\d{1,3})\b")
_CONSONANTS = re.compile(r"\b([BCDĐGHKLMNPQRSTVX]{2,5})\b")
_PROCEDURE = re.compile(r"\b(\d)\.(\d{6})\b")
_TELEPHONE = re.compile(r"(?<![\d.])(?:\+84|0\d{1,3}|1[89]00)(?:[ .-]\d{2,4}){1,4}(?![\d.]\d|\d)")
