"""Questions that found nothing: masked before they are kept, counted, bounded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_map.store import Store
from counter_map.store_unanswered import KEPT
from counter_map.unanswered import WAITING, Question, Tally
from counter_map.unanswered_mask import MAX_KEPT, masked
from tests.counter_map.small_site import make_site

DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "store", "tiny")
    store.import_site(make_site(tmp_path / "tiny"))
    return store


class TestMask:
    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("Số căn cước của tôi là 079 201 012 345 bị sai", "số căn cước của tôi là *** bị sai"),
            ("gọi tôi số 0903.123.456 nhé", "gọi tôi số *** nhé"),
            ("gọi +84 903 123 456", "gọi ***"),
            ("xe 51F-123.45 bị giữ", "xe *** bị giữ"),
            ("xe biển 59X1 12345 mất", "xe biển *** mất"),
            ("hộ chiếu B1234567 hết hạn", "hộ chiếu *** hết hạn"),
            ("mã a1b2c3d4e5 sai", "mã *** sai"),
            ("sinh 12/03/1985 tại Huế", "sinh *** tại huế"),
            ("không chín không ba một hai ba bốn năm sáu là số của em", "*** là số của em"),
            ("khong chin khong ba mot hai ba", "***"),
            ("gửi vào lan.nguyen@example.com giùm", "gửi vào *** giùm"),
            ("Tôi tên là Nguyễn Thị Hoa muốn xin việc", "tôi tên là *** muốn xin việc"),
            ("tôi tên nguyễn thị thanh hoa xin việc", "tôi tên *** xin việc"),
            ("toi ten la nguyen thi thanh hoa xin viec", "toi ten la *** xin viec"),
            ("Họ và tên: Trần Văn An, xin việc", "họ và tên *** xin việc"),
            ("con tôi là Nguyễn Văn Bình đi lính", "con tôi là *** đi lính"),
            ("my name is John Smith I want a dog licence", "my name is *** want a dog licence"),
            ("my name is john", "my name is ***"),
        ],
    )
    def test_what_tells_who_somebody_is_goes(self, said: str, kept: str) -> None:
        assert masked(said) == kept

    @pytest.mark.parametrize(
        "said", ["lá chuối xanh lè", "quầy 27 ở đâu", "luật năm 2024", "hai ba năm nữa", "đổi tên công ty", "tên miền"]
    )
    def test_the_rest_stays(self, said: str) -> None:
        assert masked(said) == said

    @given(st.text("0123456789", min_size=5, max_size=14), st.sampled_from(["", " ", ".", "-", "/"]))
    def test_no_long_number_is_left(self, digits: str, gap: str) -> None:
        assert not any(char.isdigit() for char in masked(f"số {gap.join(digits)} của tôi"))

    @given(st.text(st.characters(), max_size=400))
    def test_anything_gives_short_plain_words(self, said: str) -> None:
        kept = masked(said)
        assert len(kept) <= MAX_KEPT
        kept.encode()  # lone surrogates would fail in the database
        assert kept == " ".join(kept.split())
        assert all(char.isalnum() or char in " *" for char in kept if char.isascii())

    def test_a_hostile_string_is_cut(self) -> None:
        assert len(masked("ha " * 500_000)) <= MAX_KEPT
        assert len(masked("x" * 1_000_000)) <= MAX_KEPT


class TestTally:
    def test_alike_questions_are_one(self) -> None:
        tally = Tally()
        for said in ("Lá chuối?", "lá  chuối", "lá chuối!\nlá muối"):
            tally.add(said, "vi", DAY)
        assert tally.take() == {Question("lá chuối", "vi", DAY): 3}
        assert tally.take() == {}

    def test_what_holds_no_word_is_not_counted(self) -> None:
        tally = Tally()
        for said in ("", "?!", "0903123456", "***"):
            tally.add(said, "vi", DAY)
        assert len(tally) == 0

    def test_it_does_not_grow_without_end_and_takes_back(self) -> None:
        tally = Tally()
        letters = "abcdefghij"
        for a in letters:
            for b in letters:
                for c in letters:
                    tally.add(f"{a}x {b}x {c}x", "vi", DAY)
        taken = tally.take()
        assert len(taken) == WAITING
        tally.give_back(taken)
        assert tally.take() == taken


class TestStore:
    def test_counts_add_up_and_no_revision_comes_of_them(self, store: Store) -> None:
        revision = store.revision()
        store.count_unanswered({Question("lá chuối", "vi", NEXT): 2, Question("con cá", "vi", DAY): 1})
        store.count_unanswered({Question("lá chuối", "vi", DAY): 3})
        first, second = store.unanswered()
        assert (first.text, first.count, first.first_day, first.last_day) == ("lá chuối", 5, DAY, NEXT)
        assert (second.text, second.count) == ("con cá", 1)
        assert store.revision() == revision
        assert len(store.history()) == 1

    def test_the_rarest_and_oldest_go_first(self, store: Store) -> None:
        store.count_unanswered({Question("hỏi nhiều", "vi", DAY): 9, Question("hỏi xưa", "vi", DAY): 1})
        store.count_unanswered({Question(f"câu {i}", "vi", NEXT): 1 for i in range(KEPT)})
        kept = store.unanswered()
        assert len(kept) == KEPT
        assert kept[0].text == "hỏi nhiều"
        assert "hỏi xưa" not in [each.text for each in kept]

    def test_they_are_cleared(self, store: Store) -> None:
        store.count_unanswered({Question("lá chuối", "vi", DAY): 2})
        assert store.clear_unanswered() == 1
        assert store.unanswered() == []

    def test_a_newly_published_folder_keeps_them(self, store: Store, tmp_path: Path) -> None:
        store.count_unanswered({Question("lá chuối", "vi", DAY): 2})
        store.teach("1.000001", "giấy em bé", "vi")
        store.import_site(tmp_path / "tiny")
        assert len(store.unanswered()) == 1
