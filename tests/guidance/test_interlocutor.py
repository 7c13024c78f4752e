"""Who talks with the robot is who is led, whoever else comes by."""

from __future__ import annotations

import pytest

from guidance.escort_visitor import Person, Visitor
from guidance.interlocutor import Interlocutor
from guide_common.geometry import Pose2D

ROBOT = Pose2D(0.0, 0.0, 0.0)
VISITOR = Person(1, 1.1, 0.0)


def after(*messages: list[Person], every: float = 0.1) -> Interlocutor:
    interlocutor = Interlocutor()
    for number, people in enumerate(messages):
        interlocutor.update(people, number * every, ROBOT)
    return interlocutor


def test_nobody_stands_there() -> None:
    assert after([], [Person(2, 3.0, 0.0)], [Person(3, 1.0, 0.0, vx=1.0)]).id is None


def test_who_was_there_first_and_not_who_comes_nearer() -> None:
    assert after([VISITOR], [VISITOR, Person(2, 0.6, 0.3)], [VISITOR, Person(2, 0.6, 0.3)]).id == 1


def test_the_nearest_of_two_who_came_together() -> None:
    assert after([Person(2, 1.5, 0.5), VISITOR]).id == 1


def test_who_stands_behind_the_robot_does_not_talk_with_it() -> None:
    assert after([Person(1, -1.0, 0.0)]).id is None


def test_a_new_number_at_the_same_place_is_the_same_person() -> None:
    first = [VISITOR, Person(2, 0.6, 1.0)]
    assert after(first, [Person(2, 0.6, 1.0), Person(9, 1.2, 0.1)]).id == 9


def test_hidden_for_a_moment_they_are_kept_and_gone_for_good_they_are_not() -> None:
    waiting = Person(2, 1.0, 1.4)
    assert after([VISITOR], *[[waiting]] * 10).id == 1
    assert after([VISITOR], *[[waiting]] * 40).id == 2


def test_who_walks_off_makes_room_for_who_waits() -> None:
    waiting = Person(2, 1.0, 1.4)
    assert after([VISITOR], [VISITOR, waiting], [Person(1, 3.0, 0.0, vx=1.0), waiting]).id == 2


@pytest.mark.parametrize("known", [True, False])
def test_after_leading_it_is_still_the_visitor(known: bool) -> None:
    visitor, interlocutor = Visitor(first=1), Interlocutor()
    if known:
        visitor.update([Person(2, 0.7, 0.2), VISITOR], 0.0, ROBOT)
    interlocutor.go_on_with(visitor)
    interlocutor.update([Person(2, 0.7, 0.2), VISITOR], 0.1, ROBOT)
    assert interlocutor.id == (1 if known else 2)


def test_the_visitor_is_who_talked_with_the_robot_unless_they_are_not_there() -> None:
    nearer = Person(2, 0.7, 0.2)
    for first, led in ((1, 1), (None, 2), (5, 2)):
        visitor = Visitor(first=first)
        visitor.update([nearer, VISITOR], 0.0, ROBOT)
        assert visitor.id == led
