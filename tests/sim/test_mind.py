from __future__ import annotations

import numpy as np
import pytest

from hall_sim.scenarios.settings_people import VisitorSettings
from hall_sim.visitor.mind import MOST_TIMES, QUIET, Answer, VisitorMind, question_in, tells


def mind(**given: object) -> VisitorMind:
    settings = VisitorSettings(**({"say": "Tôi muốn làm phiếu lý lịch tư pháp"} | given))  # type: ignore[arg-type]
    return VisitorMind(settings, np.random.default_rng(1))


def listen(visitor: VisitorMind, start: float, seconds: float) -> list[tuple[float, Answer]]:
    times = np.arange(start, start + seconds, 0.1)
    answers = [(float(time), visitor.think(float(time))) for time in times]
    return [(time, answer) for time, answer in answers if answer is not None]


class TestQuestions:
    @pytest.mark.parametrize(
        ("state", "question"),
        [
            ("asking", "purpose"),
            ("confirming", "confirm"),
            ("choosing", "choose"),
            ("offering", "offer"),
            ("anything_else", "more"),
            ("asking.speaking", None),
            ("guiding.waiting", None),
            ("idle", None),
        ],
    )
    def test_the_last_part_of_the_state_tells_what_is_asked(self, state: str, question: str | None) -> None:
        assert question_in(state) == question

    def test_every_waiting_state_of_the_conversation_is_understood(self) -> None:
        from dialogue.conversation.machine import AWAITING

        assert all(question_in(state) for state in AWAITING)

    def test_the_first_part_tells_what_happens(self) -> None:
        assert tells("ready", "idle")
        assert tells("goodbye", "goodbye")
        assert not tells("ready", "guiding.leading")


class TestTurns:
    def test_waits_until_the_robot_has_been_quiet_for_a_moment(self) -> None:
        visitor = mind()
        visitor.notice("asking", (), "", 0.0)
        visitor.robot_speaks(True, 0.0)
        assert listen(visitor, 0.0, 4.0) == []
        visitor.robot_speaks(False, 4.0)
        ((time, answer),) = listen(visitor, 4.0, 5.0)
        assert answer.text == "Tôi muốn làm phiếu lý lịch tư pháp"
        assert QUIET < time - 4.0 < QUIET + 1.5

    def test_does_not_interrupt_itself(self) -> None:
        visitor = mind()
        visitor.notice("asking", (), "", 0.0)
        assert len(listen(visitor, 0.0, 3.0)) == 1
        visitor.spoke_until(6.0)
        visitor.notice("offering", (), "", 3.0)
        ((time, _),) = listen(visitor, 3.0, 6.0)
        assert time > 6.0 + QUIET

    def test_says_it_again_when_asked_again_but_not_for_ever(self) -> None:
        visitor, said = mind(), 0
        for turn in range(6):
            visitor.robot_speaks(True, 10.0 * turn)
            visitor.notice("asking", (), "", 10.0 * turn)
            visitor.robot_speaks(False, 10.0 * turn + 2.0)
            said += len(listen(visitor, 10.0 * turn + 2.0, 6.0))
        assert said == MOST_TIMES

    def test_says_it_again_when_nothing_comes_back(self) -> None:
        visitor = mind()
        visitor.notice("asking", (), "", 0.0)
        assert len(listen(visitor, 0.0, 15.0)) == 2

    def test_is_quiet_after_the_goodbye(self) -> None:
        visitor = mind()
        visitor.notice("asking", (), "", 0.0)
        listen(visitor, 0.0, 3.0)
        visitor.notice("goodbye", (), "", 3.0)
        visitor.notice("asking", (), "", 4.0)
        assert visitor.parted
        assert listen(visitor, 4.0, 5.0) == []


class TestAnswers:
    def answer(self, visitor: VisitorMind, state: str, choices: tuple[str, ...] = (), procedure: str = "") -> Answer:
        visitor.notice(state, choices, procedure, 0.0)
        ((_, answer),) = listen(visitor, 0.0, 4.0)
        return answer

    def test_accepts(self) -> None:
        visitor = mind(accept="dạ có")
        assert self.answer(visitor, "offering") == Answer("accept", "dạ có")
        assert visitor.accepted

    def test_refuses(self) -> None:
        visitor = mind(refuse=True)
        assert self.answer(visitor, "offering") == Answer("refuse", "không, cảm ơn")
        assert visitor.refused
        assert not visitor.accepted

    def test_confirms_what_is_right_and_denies_what_is_wrong(self) -> None:
        assert self.answer(mind(procedure="1.1"), "confirming", (), "1.1").kind == "confirm"
        assert self.answer(mind(procedure="1.1"), "confirming", (), "2.2").kind == "wrong"

    def test_chooses_what_sounds_most_like_the_errand(self) -> None:
        choices = ("Đăng ký kết hôn", "Cấp phiếu lý lịch tư pháp")
        assert self.answer(mind(), "choosing", choices).text == "số hai"

    def test_touches_labels_on_the_screen(self) -> None:
        assert self.answer(mind(touch=True), "offering") == Answer("accept", "command:yes", touch=True)
        choices = ("Đăng ký kết hôn", "Cấp phiếu lý lịch tư pháp")
        assert self.answer(mind(touch=True), "choosing", choices).text == "choice:2"
        assert self.answer(mind(touch=True), "anything_else").text == "command:no"

    def test_speaks_english_when_the_scenario_says_so(self) -> None:
        assert self.answer(mind(say="I need a passport", lang="en"), "offering").text == "yes please"
