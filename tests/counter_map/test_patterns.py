"""Sentence templates: what they expand to, and which sentences they must leave alone."""

from __future__ import annotations

import pytest

from counter_map.lookup_language import PatternError, expand, languages, load_language
from counter_map.patterns import Found, Patterns
from counter_map.placeholders import Placeholders
from counter_map.text import has_diacritics, normalise

ZONES = ("A", "A1", "A2", "B", "B1", "B2")
DEPARTMENTS = ("Sở Tư pháp", "Bảo hiểm xã hội")


@pytest.fixture(scope="module")
def vietnamese() -> Patterns:
    return Patterns(load_language("vi"), Placeholders("vi", ZONES, DEPARTMENTS))


def find(patterns: Patterns, text: str) -> Found | None:
    words = patterns.language.canonical(normalise(text).split())[0]
    return patterns.find(words, has_diacritics(text))


class TestExpand:
    def test_alternatives_options_and_parts(self) -> None:
        sentences = expand("(đi|ra) [đường] <where>", {"where": "(đâu|nào)"})
        assert ("đi", "đâu") in sentences
        assert ("ra", "đường", "nào") in sentences
        assert len(sentences) == 8

    @pytest.mark.parametrize("template", ["(a|b", "a]", "<nowhere>"])
    def test_a_mistake_names_the_template(self, template: str) -> None:
        with pytest.raises(PatternError, match="Sentence template"):
            expand(template)

    @pytest.mark.parametrize("code", languages())
    def test_every_language_has_the_labels_of_the_interface(self, code: str) -> None:
        labels = set(load_language(code).patterns)
        facilities = "wc atm photocopy lift stairs exit seat water ticket reception human hours wifi parking"
        commands = "stop go slower faster wait back cancel repeat louder yes no language:en language:vi"
        assert {f"facility:{name}" for name in facilities.split()} <= labels
        assert {f"command:{name}" for name in commands.split()} <= labels


class TestFind:
    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("dạ cho con hỏi nhà vệ sinh ở đâu vậy ạ", "facility:wc"),
            ("nhà vệ xin ở đâu", "facility:wc"),
            ("dẫn tôi tới quầy hai mươi bảy", "counter:27"),
            ("quầy số ba mươi tư", "counter:34"),
            ("khu B2 ở chỗ nào", "zone:B2"),
            ("khu bê hai đi đường nào", "zone:B2"),
            ("quầy của sở tư pháp ở đâu", "department:Sở Tư pháp"),
            ("đúng rồi", "command:yes"),
            ("dừng lại", "command:stop"),
            ("dung lai", "command:stop"),
        ],
    )
    def test_understands(self, vietnamese: Patterns, text: str, label: str) -> None:
        found = find(vietnamese, text)
        assert found is not None
        assert found.label == label

    @pytest.mark.parametrize(
        "text",
        [
            "tôi muốn làm lại căn cước",
            "dừng hoạt động công ty",
            "tôi muốn đi xuất khẩu lao động",
            "mở quầy thuốc tây",
            "xin cấp phép dạy thêm",
            "cấp lại sổ đỏ",
            "trở lại quốc tịch Việt Nam",
        ],
    )
    def test_leaves_procedures_alone(self, vietnamese: Patterns, text: str) -> None:
        assert find(vietnamese, text) is None

    def test_yes_and_stop_differ_by_a_mark_only(self, vietnamese: Patterns) -> None:
        for text, label in (("đúng", "command:yes"), ("dừng", "command:stop"), ("đừng", "command:no")):
            found = find(vietnamese, text)
            assert found is not None
            assert found.label == label
