"""Which toilet is asked for, or is asked back."""

from __future__ import annotations

import pytest

from dialogue.conversation import LookupAnswer
from dialogue.conversation import effects as do
from dialogue.conversation.toilets import kinds_of_toilets, toilet_kind
from tests.dialogue.talk import TOILETS, Talk

ASKED = LookupAnswer("facility", "facility:wc")


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("nhà vệ sinh nữ ở đâu", "vi", "women"),
        ("WC nam", "vi", "men"),
        ("cho hỏi toilet có xe lăn vào được không", "vi", "accessible"),
        ("nhà vệ sinh ở đâu", "vi", ""),
        ("nữ hay nam cũng được", "vi", ""),
        ("chị ơi nhà vệ sinh ở đâu", "vi", ""),
        ("where is the ladies' room", "en", "women"),
        ("the men's toilet please", "en", "men"),
        ("a wheelchair toilet", "en", "accessible"),
        ("장애인 화장실 어디예요", "ko", "accessible"),
        ("여자 화장실 어디예요", "ko", "women"),
    ],
)
def test_the_kind_is_read_from_the_sentence(text: str, language: str, kind: str) -> None:
    assert toilet_kind(text, language) == kind


def test_the_nearest_of_each_kind_is_kept() -> None:
    assert [(t.id, t.kind) for t in kinds_of_toilets(TOILETS)] == [
        ("wc_1", "wc_women"),
        ("wc_2", "wc_men"),
        ("wc_3", "wc_accessible"),
    ]


def asked(text: str = "nhà vệ sinh ở đâu") -> Talk:
    return Talk().near().hears(text, ASKED).places(*TOILETS)


@pytest.mark.parametrize(
    ("text", "place"), [("nhà vệ sinh nữ ở đâu", "wc_1"), ("wc nam", "wc_2"), ("nhà vệ sinh cho xe lăn", "wc_3")]
)
def test_who_says_which_is_not_asked(text: str, place: str) -> None:
    talk = asked(text)
    assert talk.state == "offering" and talk.conversation.place_id == place
    assert talk.hears("có").did(do.StartGuide)[-1].place_id == place


def test_who_does_not_say_which_is_asked_and_sees_buttons() -> None:
    talk = asked()
    assert talk.state == "choosing" and "nữ" in talk.texts[-1] and "nam" in talk.texts[-1]
    assert talk.conversation.choices == ("nhà vệ sinh nữ", "nhà vệ sinh nam", "nhà vệ sinh cho người khuyết tật")


@pytest.mark.parametrize(
    ("answer", "place"), [("nữ", "wc_1"), ("dạ nam ạ", "wc_2"), ("cái thứ ba", "wc_3"), ("xe lăn", "wc_3")]
)
def test_the_answer_is_said(answer: str, place: str) -> None:
    talk = asked().hears(answer)
    assert talk.state == "offering" and talk.conversation.place_id == place


def test_the_answer_is_touched() -> None:
    assert asked().touch("choice:2").conversation.place_id == "wc_2"


def test_a_yes_is_no_answer_and_the_question_is_put_again() -> None:
    talk = asked().hears("có ạ")
    assert talk.state == "choosing" and talk.keys[-1] == "choose.toilet_any"


def test_silence_is_asked_again_with_both_kinds() -> None:
    talk = asked().wait(16.0)
    assert talk.keys[-1] == "choose.toilet_any" and talk.state == "choosing"


def test_another_wish_in_place_of_an_answer_is_taken() -> None:
    talk = asked().hears("máy rút tiền ở đâu", LookupAnswer("facility", "facility:atm"))
    assert talk.did(do.AskPlaces)[-1].kind == "atm" and talk.conversation.choices == ()


def test_the_question_goes_on_in_another_language() -> None:
    talk = asked().touch("language:en")
    assert talk.state == "choosing" and "women's" in talk.texts[-1]
    assert talk.conversation.choices[0] == "women's toilet"


def test_none_of_them_asks_what_is_wanted() -> None:
    talk = asked().hears("không")
    assert talk.state == "asking" and talk.conversation.choices == ()


def test_two_kinds_are_asked_for_in_fewer_words() -> None:
    talk = Talk().near().hears("nhà vệ sinh", ASKED).places(*TOILETS[:2])
    assert talk.keys[-1] == "choose.toilet"
