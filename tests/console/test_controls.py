"""Which buttons are there in which state; no browser needed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from console.catalogue import FACILITIES, read_catalogue
from console.controls import FACILITY_ICONS, answers, asks_consent, manners, mode
from console.screen import ScreenState, words
from counter_map.site import load_site
from tests.dialogue.test_machine import leaf_states


@pytest.fixture(scope="module")
def catalogue(root: Path):
    return read_catalogue(load_site(root / "maps" / "hcmc_center"))


def labels(buttons) -> list[str]:
    return [button.label for button in buttons]


@pytest.mark.parametrize("state", [s for s in leaf_states() if s.startswith("guiding.")])
def test_a_stop_is_there_all_the_way(state: str) -> None:
    assert manners(state)[0].label == "command:stop" and manners(state)[0].colour == "stop"


@pytest.mark.parametrize("state", ["asking", "offering.speaking", "confirming", "choosing", "informing", "greeting"])
def test_who_stands_before_the_robot_can_have_it_repeated_slower_and_louder(state: str) -> None:
    assert labels(manners(state)) == ["command:repeat", "command:slower", "command:louder"]


def test_each_question_has_its_answers() -> None:
    assert labels(answers("confirming", (), False)) == ["command:yes", "command:no"]
    assert labels(answers("offering.speaking", (), True)) == ["command:yes", "command:no"]
    assert labels(answers("choosing", ("a", "b"), False)) == ["choice:1", "choice:2", "command:no"]
    assert labels(answers("anything_else", (), False)) == ["command:no"]
    assert "command:go" in labels(answers("guiding.paused", (), True))
    assert {"command:cancel", "command:back", "command:slower"} <= set(labels(answers("guiding.leading", (), True)))


def test_what_is_told_can_be_walked_to_only_where_there_is_somewhere_to_go() -> None:
    assert labels(answers("informing", (), True)) == ["command:yes"] and not answers("informing", (), False)


@pytest.mark.parametrize("state", leaf_states())
def test_every_word_of_every_button_is_in_every_language(state: str) -> None:
    used = {b.word for b in (*answers(state, (), True), *manners(state))} | set(FACILITY_ICONS)
    for language in ("vi", "en", "ko"):
        assert used <= words(language).keys()
    assert mode(state) in ("home", "informing", "confirming", "offering", "choosing", "walking", "busy")


def test_consent_is_asked_once_and_only_in_a_study() -> None:
    assert asks_consent(True, False, "asking.speaking")
    assert not asks_consent(True, True, "asking")
    assert not asks_consent(False, False, "asking")
    assert not asks_consent(True, False, "guiding.leading")


def test_the_next_visitor_sees_nothing_of_the_last() -> None:
    state = ScreenState(state="returning", consent=True)
    state.hear("visitor", "tôi muốn đăng ký kết hôn")
    state.enter("idle")
    assert not state.captions and state.consent is None


def test_every_procedure_of_the_site_can_be_reached_by_touch(catalogue) -> None:
    reached = set()
    for department in catalogue.departments:
        for field in catalogue.fields(department) or ("",):
            reached |= {entry.label for entry in catalogue.of(department, field)}
    assert reached == {entry.label for entry in catalogue.entries} and len(reached) > 300


def test_only_facilities_that_the_site_has_are_offered(catalogue) -> None:
    assert set(catalogue.facilities) <= set(FACILITY_ICONS)
    assert set(FACILITIES) - set(catalogue.facilities) == set()
    assert catalogue.languages == ("vi", "en")


def test_departments_are_explained_to_who_cannot_read_their_names(catalogue) -> None:
    assert "Justice" in catalogue.helper("Sở Tư pháp", "en") and catalogue.helper("Sở Tư pháp", "vi") == ""


def test_the_words_of_the_screen_are_texts(root: Path) -> None:
    for path in (root / "robot_ws/src/console/console/lang").glob("*.yaml"):
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert all(isinstance(key, str) and isinstance(text, str) for key, text in loaded.items()), path
        assert loaded.keys() == words("vi").keys()
