"""Staff teach what visitors say: what is taken, what is refused, and that it is known at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counter_map.errors import ChangeRefused
from counter_map.lookup import Lookup
from counter_map.site import load_site
from counter_map.store import Store
from tests.counter_map.small_site import make_site

BIRTH, PASSPORT = "1.000001", "1.000002"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "store", "tiny")
    store.import_site(make_site(tmp_path / "tiny"))
    return store


@pytest.fixture(scope="module")
def center(root: Path) -> Lookup:
    site = load_site(root / "maps" / "hcmc_center")
    return Lookup(site.procedures, site.places)


def phrases(store: Store, code: str) -> tuple[str, ...]:
    return store.current()[0].procedures[code].phrases.get("vi", ())


class TestStore:
    def test_a_phrase_is_a_revision_by_its_author(self, store: Store) -> None:
        revision = store.teach(PASSPORT, "  cuốn sổ   đi nước ngoài ", "vi", "Lan")
        assert phrases(store, PASSPORT) == ("làm hộ chiếu", "cuốn sổ đi nước ngoài")
        last = store.history()[-1]
        assert (last.digest, last.kind, last.author) == (revision, "edit", "Lan")
        assert "cuốn sổ" in last.what

    def test_the_same_phrase_again_changes_nothing(self, store: Store) -> None:
        revision = store.teach(PASSPORT, "cuốn sổ đi nước ngoài", "vi")
        assert store.teach(PASSPORT, "Cuốn sổ đi nước ngoài!", "vi") == revision
        assert len(store.history()) == 2

    def test_forgetting_undoes_it(self, store: Store) -> None:
        before = store.revision()
        store.teach(PASSPORT, "cuốn sổ đi nước ngoài", "vi")
        assert store.forget(PASSPORT, "cuốn sổ đi nước ngoài", "vi", "Minh") == before
        assert store.history()[-1].author == "Minh"

    def test_a_language_keeps_its_own_phrases(self, store: Store) -> None:
        store.teach(PASSPORT, "my travel book", "en")
        procedure = store.current()[0].procedures[PASSPORT]
        assert procedure.phrases == {"vi": ("làm hộ chiếu",), "en": ("my travel book",)}

    def test_a_language_without_columns_is_exchanged_in_its_own_file(self, store: Store, tmp_path: Path) -> None:
        revision = store.teach(PASSPORT, "여권을 만들고 싶어요", "ko")
        snapshot = store.snapshot(revision)
        assert "여권을 만들고 싶어요" in (snapshot / "procedures.ko.csv").read_text(encoding="utf-8")
        other = Store.open(tmp_path / "other", "tiny")
        assert other.import_site(snapshot) == revision
        assert other.current()[0].procedures[PASSPORT].phrases["ko"] == ("여권을 만들고 싶어요",)
        store.forget(PASSPORT, "여권을 만들고 싶어요", "ko")
        assert not (store.current()[0].folder / "procedures.ko.csv").exists()

    @pytest.mark.parametrize(
        ("code", "phrase", "language", "why"),
        [
            (PASSPORT, "", "vi", "holds no word"),
            (PASSPORT, " \t\n ?! 12", "vi", "holds no word"),
            (PASSPORT, "làm sổ " * 30, "vi", "is too long"),
            (PASSPORT, "x" * 1_000_000, "vi", "is too long"),
            (PASSPORT, "làm sổ;làm thẻ", "vi", "holds a semicolon"),
            (PASSPORT, "làm khai sinh", "vi", f"is already a phrase of {BIRTH}"),
            (PASSPORT, "mần khai sanh", "vi", f"is already a phrase of {BIRTH}"),
            (PASSPORT, "Đăng ký khai sinh", "vi", f"is already a phrase of {BIRTH}"),
            (PASSPORT, "dừng lại", "vi", "is understood as command:stop"),
            (PASSPORT, "quầy số 1", "vi", "is understood as counter:1"),
            (PASSPORT, "làm sổ", "xx", "there is no language xx"),
            ("9.9", "làm sổ", "vi", "there is no procedure 9.9"),
        ],
    )
    def test_what_is_refused_gets_one_sentence(
        self, store: Store, code: str, phrase: str, language: str, why: str
    ) -> None:
        before = store.revision()
        with pytest.raises(ChangeRefused) as caught:
            store.teach(code, phrase, language)
        assert why in str(caught.value)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300
        assert store.revision() == before

    def test_forgetting_what_was_never_taught_names_what_is_near(self, store: Store) -> None:
        with pytest.raises(ChangeRefused, match="it has “làm hộ chiếu”"):
            store.forget(PASSPORT, "làm hộ khẩu", "vi")


class TestLookup:
    def taught(self, center: Lookup, *phrases: str) -> Lookup:
        procedures = {p.code: p for p in center.procedures}
        passport = procedures["1.001456"]
        more = {**passport.phrases, "vi": (*passport.phrases["vi"], *phrases)}
        procedures["1.001456"] = replace(passport, phrases=more)
        return center.with_phrases(procedures.values())

    def test_what_was_declined_is_answered_once_taught(self, center: Lookup) -> None:
        text = "lá chuối xanh lè"
        assert center.find(text).decision not in ("answer", "confirm")
        answer = self.taught(center, text).find(text)
        assert (answer.decision, answer.candidates[0].code) == ("answer", "1.001456")
        assert answer.candidates[0].matched == text
        assert sum(each.probability for each in answer.candidates) <= 1.0
        assert center.find(text).decision not in ("answer", "confirm")

    @pytest.mark.parametrize(
        "text", ["Cuốn sổ xanh đi chơi!", "cuon so xanh di choi", "cho tôi hỏi cuốn sổ xanh đi chơi ở đâu vậy ạ"]
    )
    def test_marks_case_and_courtesy_do_not_matter(self, center: Lookup, text: str) -> None:
        answer = self.taught(center, "cuốn sổ xanh đi chơi").find(text)
        assert (answer.decision, answer.candidates[0].code) == ("answer", "1.001456")

    def test_a_phrase_of_two_procedures_decides_nothing(self, center: Lookup) -> None:
        text = "lá chuối xanh lè"
        one, two = (replace(p, phrases={"vi": (text,)}) for p in center.procedures[:2])
        assert center.with_phrases([one, two]).find(text) == center.find(text)

    def test_commands_come_first(self, center: Lookup) -> None:
        assert self.taught(center, "dừng lại").find("dừng lại").label == "command:stop"

    def test_names_alone_leave_phrases_out(self, center: Lookup) -> None:
        text = "lá chuối xanh lè"
        answer = self.taught(center, text).find(text, names_only=True)
        assert all(each.matched != text for each in answer.candidates)
