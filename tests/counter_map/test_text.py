"""Normalisation, folding, numbers in words, and how alike syllables sound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_map.lookup_names import name_parts
from counter_map.text import MAX_CHARS, fold, has_diacritics, normalise, split_tone
from counter_map.text_numbers import digits_for_words
from counter_map.text_phonetics import SyllableTable, likeness, parse


class TestNormalise:
    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=300))
    def test_twice_changes_nothing(self, text: str) -> None:
        assert normalise(normalise(text)) == normalise(text)

    @settings(max_examples=200, deadline=None)
    @given(st.text(alphabet=st.characters(), max_size=200))
    def test_gives_words_and_single_spaces_only(self, text: str) -> None:
        clean = normalise(text)
        assert clean == " ".join(clean.split())
        assert all(char.isalnum() or char == " " for char in clean)

    @pytest.mark.parametrize(
        ("raw", "clean"),
        [
            ("  Tôi MUỐN\tlàm\nsổ đỏ!!! ", "tôi muốn làm sổ đỏ"),
            ("So\u0302\u0309 đo\u0309", "sổ đỏ"),
            ("ly\u200b lịch", "ly lịch"),
            ("C/O mẫu D", "c o mẫu d"),
            ("ｗｃ", "wc"),
            ("🤖\x00\x07", ""),
        ],
    )
    def test_examples(self, raw: str, clean: str) -> None:
        assert normalise(raw) == clean

    def test_a_megabyte_is_cut_at_a_word(self) -> None:
        clean = normalise("lý lịch tư pháp " * 70_000)
        assert len(clean) <= MAX_CHARS
        assert clean.endswith(("lý", "lịch", "tư", "pháp"))


class TestFold:
    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=100))
    def test_folding_twice_changes_nothing(self, text: str) -> None:
        clean = normalise(text)
        assert fold(fold(clean)) == fold(clean)

    def test_vietnamese(self) -> None:
        assert fold("đường đất ở phường") == "duong dat o phuong"
        assert has_diacritics("đat")
        assert not has_diacritics("dat")

    def test_tone_is_found_wherever_it_is_written(self) -> None:
        assert split_tone("hóa") == split_tone("hoá")
        assert split_tone("hóa")[0] == "hoa"


class TestNumbers:
    @pytest.mark.parametrize(
        ("said", "language", "number"),
        [
            ("hai mươi bảy", "vi", "27"),
            ("sáu mươi mốt", "vi", "61"),
            ("mười lăm", "vi", "15"),
            ("hai bảy", "vi", "27"),
            ("năm", "vi", "5"),
            ("một trăm lẻ hai", "vi", "102"),
            ("ba mươi tư", "vi", "34"),
            ("twenty seven", "en", "27"),
            ("twelve", "en", "12"),
            ("sixty", "en", "60"),
        ],
    )
    def test_in_words(self, said: str, language: str, number: str) -> None:
        assert digits_for_words(["quầy", *said.split()], language) == ["quầy", number]


class TestLikeness:
    @pytest.mark.parametrize(
        ("said", "heard"),
        [
            ("dải", "giải"),
            ("xổ", "sổ"),
            ("trứng", "chứng"),
            ("nưu", "lưu"),
            ("nghĩ", "nghỉ"),
            ("ngân", "ngâng"),
            ("mặt", "mặc"),
        ],
    )
    def test_regional_pairs_sound_nearly_alike(self, said: str, heard: str) -> None:
        assert likeness(said, heard) >= 0.85

    @pytest.mark.parametrize(("one", "two"), [("đất", "nhà"), ("thuế", "lái"), ("sổ", "bằng")])
    def test_other_words_do_not(self, one: str, two: str) -> None:
        assert likeness(one, two) < 0.6

    @given(st.sampled_from(["tư", "pháp", "quyền", "nghiệp", "giấy", "gì"]), st.sampled_from(["cư", "phát", "yên"]))
    def test_is_symmetric_and_within_0_and_1(self, one: str, two: str) -> None:
        assert likeness(one, two) == pytest.approx(likeness(two, one))
        assert 0.0 <= likeness(one, two) <= 1.0

    def test_table_agrees_with_pairs(self) -> None:
        vocabulary = ["tư", "pháp", "wifi", "đất"]
        table = SyllableTable(vocabulary)
        for place, value in zip(table.places, table.likenesses("cư"), strict=True):
            assert value == pytest.approx(likeness("cư", vocabulary[place]), abs=1e-6)

    def test_english_words_are_no_syllables(self) -> None:
        assert parse("certificate") is None


class TestNameParts:
    def test_conditions_and_brackets_come_off(self) -> None:
        parts = name_parts("Cấp lại giấy phép xây dựng đối với công trình cấp III (nhà ở riêng lẻ)")
        assert "Cấp lại giấy phép xây dựng" in parts

    def test_clauses_stand_alone(self) -> None:
        assert "Thông báo thay đổi ngành, nghề" in name_parts("Đăng ký đổi tên; Thông báo thay đổi ngành, nghề")
