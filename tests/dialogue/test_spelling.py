"""Numbers, dates, codes, telephones, money and abbreviations read aloud in Vietnamese, against a reader of our own."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.languages import load_data
from dialogue.speaking import Speller

DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
ONES = {**{word: value for value, word in enumerate(DIGITS)}, "mốt": 1, "lăm": 5}
SCALES = {"nghìn": 10**3, "triệu": 10**6}
SPELLER = Speller("vi")


def read(words: str) -> int:
    """The number that somebody hears in Vietnamese words."""
    total = low = group = 0
    last = 0
    for word in words.split():
        if word in ONES:
            last = ONES[word]
        elif word == "mười":
            group += 10
        elif word in ("trăm", "mươi"):
            group, last = group + last * (100 if word == "trăm" else 10), 0
        elif word in SCALES:
            low, group, last = low + (group + last) * SCALES[word], 0, 0
        elif word == "tỷ":
            total, low, group, last = (total + low + group + last) * 10**9, 0, 0, 0
        else:
            assert word == "linh", word
    return total + low + group + last


def digits(number: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in number if digit.isdigit())


def spell(text: str) -> str:
    return SPELLER.spell(text).removesuffix(".")


@given(st.integers(0, 10**15))
def test_a_number_is_heard_as_it_was_meant(value: int) -> None:
    assert read(SPELLER.number(value)) == value


@given(st.integers(0, 999_999_999))
def test_so_it_is_in_a_sentence(value: int) -> None:
    assert read(spell(f"{value}")) == value


@given(st.integers(1, 9_999_999_999).map(lambda thousands: thousands * 1000), st.sampled_from(["đ", " đồng", " VNĐ"]))
def test_money(amount: int, unit: str) -> None:
    written = f"{amount:,}".replace(",", ".") + unit
    words = spell(f"Lệ phí {written}").removeprefix("Lệ phí ")
    assert words.endswith(" đồng") and read(words.removesuffix(" đồng")) == amount


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["{d}/{m}/{y}", "{d:02}/{m:02}/{y}", "{d}-{m}-{y}"])
)
def test_dates(day: date, form: str) -> None:
    written = form.format(d=day.day, m=day.month, y=day.year)
    for text in (written, f"ngày {written}", day.isoformat()):
        words = spell(text).split(" tháng ")
        assert words[0].startswith("ngày ") and "ngày" not in words[0][5:]
        assert read(words[0][5:]) == day.day
        month, year = words[1].split(" năm ", 1) if day.month != 5 else words[1].removeprefix("năm ").split("năm ", 1)
        assert (5 if day.month == 5 else read(month)) == day.month and read(year) == day.year


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["{h}:{m:02}", "{h}h{m:02}", "{h:02}g{m:02}"]))
def test_times(hour: int, minute: int, form: str) -> None:
    heard = spell(form.format(h=hour, m=minute)).split(" giờ")
    assert read(heard[0]) == hour and read(heard[1]) == minute


@given(
    st.from_regex(r"0[235789][0-9]{8}", fullmatch=True),
    st.sampled_from([(10,), (4, 3, 3), (3, 3, 4), (3, 4, 3)]),
    st.sampled_from(" .-"),
)
def test_telephones_digit_by_digit(number: str, groups: tuple[int, ...], gap: str) -> None:
    parts, rest = [], number
    for size in groups:
        parts, rest = [*parts, rest[:size]], rest[size:]
    assert spell(f"Gọi {gap.join(parts)} nhé") == f"Gọi {digits(number)} nhé"


@given(st.from_regex(r"[0-9]{12}|0[0-9]{8}", fullmatch=True))
def test_identity_numbers_digit_by_digit(number: str) -> None:
    assert spell(f"số {number}") == f"số {digits(number)}"


@given(st.from_regex(r"[1-9]\.[0-9]{6}", fullmatch=True))
def test_codes_of_procedures(code: str) -> None:
    first, rest = code.split(".")
    assert spell(f"thủ tục {code}") == f"thủ tục {digits(first)} chấm {digits(rest)}"


@given(st.sampled_from("ABCDEGHKLMNPQRSTVX"), st.integers(1, 999), st.sampled_from(["", "-"]))
def test_codes_of_counters(letter: str, value: int, gap: str) -> None:
    name, words = spell(f"{letter}{gap}{value}").split(" ", 1)
    assert name == load_data("vi", "spelling")["letters"][letter] and read(words) == value


@given(st.integers(0, 999), st.integers(0, 999))
def test_decimals(whole: int, part: int) -> None:
    first, second = spell(f"{whole},{part}").split(" phẩy ")
    assert read(first) == whole and second == digits(str(part))


@pytest.mark.parametrize("word", [w for w in load_data("vi", "spelling")["words"] if w[0].isalpha()])
def test_abbreviations_stand_alone(word: str) -> None:
    spoken = " ".join(load_data("vi", "spelling")["words"][word].split())
    assert spell(f"giấy {word} mới") == f"giấy {spoken} mới"
    if not word[-1].isdigit():
        assert spell(f"giấy x{word}x") == f"giấy x{word}x"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("1.500.000.000đ", "một tỷ năm trăm triệu đồng"),
        ("ngày 2/9", "ngày hai tháng chín"),
        ("gọi 1900 1234", "gọi một chín không không một hai ba bốn"),
        ("7h đến 17h", "bảy giờ đến mười bảy giờ"),
        ("quầy C04", "quầy xê không bốn"),
        ("mẫu PCCC", "mẫu pê xê xê xê"),
        ("giảm 10%", "giảm mười phần trăm"),
        ("7:30–11:30", "bảy giờ ba mươi đến mười một giờ ba mươi"),
        ("50 m2", "năm mươi mét vuông"),
        ("99/99/2025", "chín mươi chín chín mươi chín hai nghìn không trăm hai mươi lăm"),
    ],
)
def test_written_things(written: str, spoken: str) -> None:
    assert spell(written) == spoken


@given(st.text("0123456789./-:,%đĐABCh gQ", max_size=24))
def test_nothing_written_is_left(text: str) -> None:
    assert not any(letter.isdigit() for letter in spell(text))
