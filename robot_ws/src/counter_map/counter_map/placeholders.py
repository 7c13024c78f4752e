"""Put {n}, {zone} and {department} where a sentence names a number, a zone or a department of the site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from counter_map.lookup_language import Words
from counter_map.text import fold
from counter_map.text_numbers import digits_for_words

NUMBER, ZONE, DEPARTMENT = "{n}", "{zone}", "{department}"
_SPOKEN_ZONES = {"bê": "b", "bờ": "b", "be": "b"}


@dataclass(frozen=True)
class Filled:
    """Hold a sentence's words with placeholders, and what stands for each (`n`, `zone`, `department`)."""

    words: Words
    values: dict[str, str] = field(default_factory=dict)


class Placeholders:
    """Find the numbers, zones and departments of a site in sentences of one language."""

    def __init__(self, language: str, zones: Iterable[str] = (), departments: Iterable[str] = ()) -> None:
        self._language = language
        self._zones = {zone.lower() for zone in zones}
        self._departments = _department_forms(departments)

    def fill(self, words: Words, last_number: bool = False) -> list[Filled]:
        """List the sentence as it is, and once for each kind of placeholder that it has.

        A sentence with several numbers has none, unless `last_number`: then the last one is meant.
        """
        digits = digits_for_words(list(words), self._language)
        found = (self._number(digits, last_number), self._zone(digits), self._department(words))
        return [Filled(words), *(filled for filled in found if filled is not None)]

    @staticmethod
    def _number(digits: list[str], several: bool) -> Filled | None:
        numbers: list[str] = []
        words: list[str] = []
        for word in digits:
            glued = len(word) > 1 and word[0] == "q"
            figure = word[1:] if glued else word
            if not (figure.isascii() and figure.isdigit()):
                words.append(word)
                continue
            numbers.append(str(int(figure)))
            words += ["q", NUMBER] if glued else [NUMBER]
        if not numbers or (len(numbers) > 1 and not several):
            return None
        return Filled(tuple(words), {"n": numbers[-1]})

    def _zone(self, digits: list[str]) -> Filled | None:
        for at in range(len(digits)):
            for length in (2, 1):
                name = "".join(digits[at : at + length])
                name = _SPOKEN_ZONES.get(name, name).replace("bê", "b").replace("bờ", "b")
                if name in self._zones and len(digits) - at >= length:
                    return Filled((*digits[:at], ZONE, *digits[at + length :]), {"zone": name.upper()})
        return None

    def _department(self, words: Words) -> Filled | None:
        said = f" {' '.join(map(fold, words))} "
        for form, name in self._departments.items():
            found = said.find(f" {form} ")
            if found >= 0:
                at = said.count(" ", 0, found + 1) - 1
                rest = words[at + form.count(" ") + 1 :]
                return Filled((*words[:at], DEPARTMENT, *rest), {"department": name})
        return None


def _department_forms(departments: Iterable[str]) -> dict[str, str]:
    forms: dict[Words, str] = {}
    for name in departments:
        words = tuple(fold(name.lower()).replace("-", " ").replace(",", " ").split())
        forms.setdefault(words, name)
        if len(words) > 2 and words[0] == "so":
            forms.setdefault(words[1:], name)
        if len(words) > 3 and words[-2:] == ("thanh", "pho"):
            forms.setdefault(words[:-2], name)
    return {" ".join(words): name for words, name in sorted(forms.items(), key=lambda item: -len(item[0]))}
