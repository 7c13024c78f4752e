"""Spell numbers, codes, money, dates and abbreviations so that a synthesiser reads them rightly."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from dialogue.languages import load_data


class Speller:
    """Rewrite a text for the ear, by the language's `spelling.yaml`."""

    def __init__(self, language: str) -> None:
        self._data: dict[str, Any] = load_data(language, "spelling")

    def spell(self, text: str) -> str:
        """Return the text as it should be read aloud; ends with a full stop so that the voice falls."""
        text = _DATE.sub(self._date, text)
        text = _RANGE.sub(f" {self._data['range']} ", text)
        text = _TIME.sub(self._time, text)
        text = self._words_pattern.sub(lambda m: f" {self._data['words'][m[0]]} ", text)
        text = _CODE.sub(self._code, text)
        text = self._number_pattern.sub(self._number, text)
        text = re.sub(r"\s+([,.;:?!])", r"\1", re.sub(r"\s+", " ", text)).strip()
        return text if not text or text[-1] in ".?!" else f"{text}."

    def number(self, value: int) -> str:
        """Return a whole number >= 0 in words; in digits where the language's voice counts by itself."""
        if "scales" not in self._data:
            return str(value)
        if value < 10:
            return str(self._data["digits"][value])
        groups = []
        while value:
            value, group = divmod(value, 1000)
            groups.append(group)
        if len(groups) > len(self._data["scales"]):
            return " ".join(self._data["digits"][int(d)] for g in reversed(groups) for d in f"{g:03d}")
        words = [
            f"{self._group(group, full=index < len(groups) - 1)} {self._data['scales'][index]}"
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
        if (len(whole) > 1 and whole[0] == "0") or len(whole) > 9:
            return " ".join(self._data["digits"][int(digit)] for digit in whole)  # a telephone number, a code
        words = self.number(int(whole))
        if match[2] is None:
            return words
        return f"{words} {self._data['decimal_word']} {' '.join(self._data['digits'][int(d)] for d in match[2])}"

    def _code(self, match: re.Match[str]) -> str:
        letters = " ".join(self._data["letters"].get(letter, letter) for letter in match[1])
        return f"{letters} {self.number(int(match[2]))}"

    def _date(self, match: re.Match[str]) -> str:
        day, month, year = (self.number(int(part)) for part in match.groups())
        return str(self._data["date"]).format(day=day, month=month, year=year)

    def _time(self, match: re.Match[str]) -> str:
        hour, minute = int(match[1]), int(match[2])
        form = self._data["time"] if minute else self._data["time_whole"]
        return str(form).format(hour=self.number(hour), minute=self.number(minute))


_DATE = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](\d{4})\b")
_TIME = re.compile(r"\b(\d{1,2})[:h](\d{2})\b")
_RANGE = re.compile(r"(?<=\w)\s*[–—]\s*(?=\w)|(?<=\d)\s*-\s*(?=\d)")
_CODE = re.compile(r"\b([A-Z]{1,2})(\d{1,3})\b")
