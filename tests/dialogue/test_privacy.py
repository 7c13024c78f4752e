"""What becomes of what visitors say: numbers are masked, sound is dropped, nothing is written."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dialogue
from dialogue.languages import load_data
from dialogue.masking import MaskingFormatter, masked

DIGITS = load_data("vi", "spelling")["digits"]
NUMBERS = st.text("0123456789", min_size=9, max_size=12)
GROUPS = st.lists(st.sampled_from(["", " ", ".", "-"]), min_size=12, max_size=12)


class TestMasking:
    @given(NUMBERS, GROUPS)
    def test_identity_and_telephone_numbers(self, number: str, gaps: list[str]) -> None:
        written = "".join(a + b for a, b in zip(number, gaps, strict=False)).rstrip(" .-")
        assert masked(f"số của tôi là {written}, tên Lan") == "số của tôi là ***, tên Lan"

    @given(NUMBERS, st.sampled_from([" ", ", ", "  "]))
    def test_numbers_said_in_words(self, number: str, gap: str) -> None:
        said = gap.join(DIGITS[int(digit)] for digit in number)
        assert masked(f"điện thoại {said.capitalize()} nhé") == "điện thoại *** nhé"

    @pytest.mark.parametrize(
        "text",
        [
            "gọi +84 903 123 456",
            "gọi (028) 3822 1234",
            "không chín lẻ ba một hai ba bốn năm sáu",
            "chín mươi ba mươi hai năm sáu bảy tám",
            "không chín 0 3 một hai 3 bốn năm",
            "double oh nine oh three one two three four five",
            "공일공 일이삼사 오육칠팔",
        ],
    )
    def test_ways_of_telling_them(self, text: str) -> None:
        left = masked(text)
        assert "***" in left and not re.search(r"\d|ba|three|삼", left)

    @pytest.mark.parametrize(
        "text",
        [
            "quầy 27 khu A1, lệ phí 200.000 đồng",
            "ngày 02/09/2025 lúc 7:30-11:30",
            "thủ tục 2.002039",
            "tôi có hai con, một gái một trai",
            "không năm nào tôi không hỏi",
            "chín giờ ba mươi phút ngày hai tháng chín",
        ],
    )
    def test_other_numbers_stay(self, text: str) -> None:
        assert masked(text) == text

    def test_log_lines_and_errors(self) -> None:
        try:
            raise ValueError("heard 0903123456")
        except ValueError as error:
            failed = (ValueError, error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "they said %s", ("079 203 001 234",), failed)
        line = MaskingFormatter().format(record)
        assert "they said ***" in line and "heard ***" in line and "0903" not in line

    def test_every_process_of_the_package_logs_masked(self) -> None:
        nodes = Path(dialogue.__file__).parent / "nodes"
        for name in ("listener", "speaker", "dialogue"):
            assert "    log_masked()\n    return run(" in (nodes / f"{name}.py").read_text(encoding="utf-8")
        for path in nodes.glob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if ".get_logger()." in line:
                    assert "masked(" in line or "{language}" in line, f"{path.name}: {line.strip()}"
