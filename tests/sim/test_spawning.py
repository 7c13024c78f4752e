"""Finding, moving, spawning and removing what is in a hall, and beginning it anew."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from hall_sim.control import refusals
from hall_sim.control.entities import Category, State
from hall_sim.control.entity_filters import TagFilter, by_category, by_name, chosen, in_box, in_hull, in_sphere
from hall_sim.control.refusals import Refused
from hall_sim.control.room import ahead
from hall_sim.control.spawnables import Wish, parse, spawnables
from hall_sim.control.spawning import GUESTS, OBSTACLES, Stage
from hall_sim.hall import Hall
from hall_sim.world.bodies import SITTING
from tests.sim import halls

FREE = Pose2D(14.0, 9.0, 1.0)


@pytest.fixture
def hall() -> Hall:
    return make(0)


@pytest.fixture
def stage(hall: Hall) -> Stage:
    return Stage(hall)


def make(people: int, crowd: dict[str, Any] | None = None) -> Hall:
    return Hall(halls.floor(), halls.robot(), halls.scenario(people, crowd), 1, GUESTS, OBSTACLES)


def names(stage: Stage) -> list[str]:
    return [entity.name for entity in stage.entities()]


def run(hall: Hall, seconds: float) -> list[Any]:
    """Run a hall with nobody at the robot; return what was seen and who was where."""
    seen = []
    for _ in range(round(seconds / 0.02)):
        tick = hall.tick()
        if tick.scan is not None:
            seen.append((tick.scan.tobytes(), hall.bodies.torsos.tobytes()))
    return seen


def refused(stage: Stage, **wish: Any) -> Refused:
    with pytest.raises(Refused) as error:
        stage.spawn(Wish(**({"uri": "box", "pose": FREE} | wish)))
    return error.value


class TestPeople:
    def test_who_is_spawned_stands_there_for_lidar_and_physics_until_removed(self, hall: Hall, stage: Stage) -> None:
        pose = Pose2D(halls.POST.x + 1.0, halls.POST.y, math.pi)
        assert stage.spawn(Wish("person/adult", pose)) == "adult_1"
        run(hall, 0.5)
        assert stage.find("adult_1").state == State(pose)
        assert hall.world.scan().min() == pytest.approx(1.0 - halls.robot().lidar.x, abs=0.15)
        touched = []
        for _ in range(200):
            hall.world.base.command(0.4, 0.0)
            touched += hall.tick().contacts
        assert {contact.thing for contact in touched} & {"person_1_left", "person_1_right", "person_1_torso"}
        stage.remove("adult_1")
        assert names(stage) == ["robot"]
        assert not hall.bodies.present.any()

    def test_who_wanders_goes_about_things_of_their_own(self, hall: Hall, stage: Stage) -> None:
        stage.spawn(Wish("wanderer/adult", FREE, "passer_by"))
        run(hall, 6.0)
        at = stage.find("passer_by").state.pose
        assert math.dist((at.x, at.y), (FREE.x, FREE.y)) > 1.0

    def test_people_of_the_scenario_can_be_put_elsewhere_even_by_a_step(self) -> None:
        hall = make(8)
        stage = Stage(hall)
        run(hall, 1.0)
        before = stage.find("person_3").state.pose
        for goal in (Pose2D(FREE.x, FREE.y, 0.5), Pose2D(FREE.x + 0.1, FREE.y, 0.5), before):
            stage.find("person_3").place(State(goal))
            assert stage.find("person_3").state == State(goal)
        others = [stage.find(f"person_{k}").state.pose for k in (1, 2, 4)]
        stage.find("person_3").place(State(FREE))
        assert [stage.find(f"person_{k}").state.pose for k in (1, 2, 4)] == others
        run(hall, 4.0)

    def test_given_a_velocity_they_walk_straight_on(self, hall: Hall, stage: Stage) -> None:
        stage.spawn(Wish("person/child", Pose2D(3.0, 4.0), "child"))
        stage.find("child").place(State(Pose2D(3.0, 4.0, math.pi / 2), velocity=(0.0, 0.8)))
        assert stage.find("child").state.velocity == (0.0, 0.8)
        run(hall, 2.0)
        at = stage.find("child").state.pose
        assert (at.x, at.y) == (pytest.approx(3.0, abs=0.1), pytest.approx(5.6, abs=0.2))
        with pytest.raises(Refused, match="yaw rate"):
            stage.find("child").place(State(at, yaw_rate=1.0))

    def test_who_sits_gets_up_when_put_elsewhere_or_removed(self) -> None:
        hall = make(30, {"queues": True})
        stage = Stage(hall)

        def sitting() -> list[str]:
            walkers = {f"person_{k}": errand.walker for k, errand in enumerate(hall.wandering.errands, 1)}
            return [name for name, walker in walkers.items() if walker and walker.posture == SITTING]

        while len(sitting()) < 2 and hall.time < 120.0:
            hall.tick()
        one, other = sitting()[:2]
        stage.find(one).place(State(FREE))
        assert one not in sitting()
        stage.remove(other)
        assert other not in names(stage)
        run(hall, 2.0)
        assert other not in names(stage)

    def test_staff_behind_the_counters_are_there_and_cannot_be_moved(self, stage: Stage) -> None:
        hall = make(8, {"staff": 0.5})
        behind = [e for e in Stage(hall).entities() if "behind_counter" in e.info.tags]
        for officer in behind:
            with pytest.raises(Refused, match="behind the counters"):
                officer.place(State(FREE))

    def test_only_so_many_can_be_spawned(self, stage: Stage) -> None:
        for k in range(GUESTS):
            stage.spawn(Wish("person/adult", Pose2D(2.0 + k, 9.5)))
        assert "delete one of them" in str(refused(stage, uri="person/adult"))
        stage.remove("adult_5")
        assert stage.spawn(Wish("person/adult", FREE)) == "adult_5"


class TestVisitor:
    def test_the_next_one_comes_once_the_one_before_has_gone(self, hall: Hall, stage: Stage) -> None:
        assert stage.spawn(Wish("visitor?say=Nhà%20vệ%20sinh", Pose2D(10.0, 6.0, math.pi))) == "visitor"
        assert hall.mind.settings.say == "Nhà vệ sinh"
        assert refused(stage, uri="visitor").why == refusals.NAME_NOT_UNIQUE
        hall.robot_state("idle")
        run(hall, 10.0)
        assert hall.visitor_distance() < 1.5, "they walk up to the robot"
        with pytest.raises(Refused, match="as they like"):
            stage.find("visitor").place(State(FREE, velocity=(1.0, 0.0)))
        stage.find("visitor").place(State(FREE))
        assert hall.visitor.position == (FREE.x, FREE.y)
        stage.remove("visitor")
        assert hall.visitor_gone
        stage.spawn(Wish("visitor", FREE))
        assert hall.mind.settings.say == hall.scenario.visitor.say


class TestBoxes:
    def test_the_robot_runs_into_it_by_its_name_and_people_walk_round_it(self, hall: Hall, stage: Stage) -> None:
        stage.spawn(Wish("box?size=0.4x1.2x0.5", Pose2D(7.0, 6.0), "crate"))
        touched = []
        for _ in range(200):
            hall.world.base.command(0.4, 0.0)
            touched += hall.tick().contacts
        assert [contact.thing for contact in touched] == ["crate"]
        assert hall.world.pose.x == pytest.approx(6.8 - halls.robot().body.radius, abs=0.02)

        stage.spawn(Wish("person/adult", Pose2D(9.0, 6.0), "walker"))
        stage.find("walker").place(State(Pose2D(9.0, 6.0, math.pi), velocity=(-1.0, 0.0)))
        crate, nearest = stage.find("crate").outline, math.inf
        for _ in range(200):
            hall.tick()
            nearest = min(nearest, stage.find("walker").outline.centroid.distance(crate))
        assert nearest > 0.1
        assert stage.find("walker").state.pose.x < 6.8, "they got past it"

    def test_it_can_be_put_elsewhere_and_stays_where_it_was_if_there_is_no_room(self, stage: Stage) -> None:
        stage.spawn(Wish("box", FREE, "crate"))
        stage.find("crate").place(State(Pose2D(16.0, 9.0, 0.3)))
        assert stage.find("crate").state == State(Pose2D(16.0, 9.0, 0.3))
        with pytest.raises(Refused, match="the robot stands there"):
            stage.find("crate").place(State(halls.POST))
        with pytest.raises(Refused, match="stands still"):
            stage.find("crate").place(State(FREE, velocity=(1.0, 0.0)))
        assert stage.find("crate").state.pose == Pose2D(16.0, 9.0, 0.3)

    def test_there_are_only_so_many(self, stage: Stage) -> None:
        for k in range(OBSTACLES):
            stage.spawn(Wish("box", Pose2D(3.0 + 1.5 * k, 9.5)))
        assert refused(stage).why == refusals.OPERATION_FAILED
        stage.remove_spawned()
        assert names(stage) == ["robot"]


class TestRobot:
    def test_it_is_lifted_and_its_odometry_does_not_notice(self, hall: Hall, stage: Stage) -> None:
        counted = hall.world.base.odometry
        stage.find("robot").place(State(Pose2D(3.0, 3.0, math.pi / 2), velocity=(0.0, 0.3)))
        assert stage.find("robot").state.pose == Pose2D(3.0, 3.0, math.pi / 2)
        assert stage.find("robot").state.velocity == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.3))
        assert hall.world.base.odometry == counted
        run(hall, 1.0)
        assert 3.02 < hall.world.pose.y < 3.3, "it brakes: nobody commands it"
        assert "too near" in str(refused(stage, uri="person/adult", pose=Pose2D(3.0, 3.5)))
        assert stage.spawn(Wish("person/adult", halls.POST)), "where it stood is free"

    @pytest.mark.parametrize(
        ("state", "why", "says"),
        [
            (State(Pose2D(-3.0, 3.0)), refusals.INVALID_POSE, "not on the free floor"),
            (State(Pose2D(0.35, 3.0)), refusals.INVALID_POSE, "in a wall"),
            (State(Pose2D(14.1, 9.0)), refusals.INVALID_POSE, "the box crate"),
            (State(Pose2D(3.0, 3.0), velocity=(0.0, 0.3)), refusals.OPERATION_FAILED, "sideways"),
            (State(Pose2D(3.0, 3.0), velocity=(9.0, 0.0)), refusals.OPERATION_FAILED, "9.00 m/s"),
            (State(Pose2D(3.0, 3.0), yaw_rate=50.0), refusals.OPERATION_FAILED, "50.00 rad/s"),
        ],
    )
    def test_what_cannot_be_is_refused_with_a_reason(self, stage: Stage, state: State, why: str, says: str) -> None:
        stage.spawn(Wish("box", FREE, "crate"))
        with pytest.raises(Refused, match=says) as error:
            stage.find("robot").place(state)
        assert error.value.why == why
        assert stage.find("robot").state.pose == halls.POST


class TestNames:
    def test_they_are_unique_and_reserved_ones_are_taken(self, stage: Stage) -> None:
        assert stage.spawn(Wish("box", FREE)) == "box_1"
        assert stage.spawn(Wish("box", Pose2D(12.0, 9.0), "box_1")) == "box_1_1"
        assert stage.spawn(Wish("box", Pose2D(16.0, 9.0), "box", namespace="/hall/a")) == "hall/a/box"
        for name in ("robot", "visitor", "person_4", "map"):
            assert refused(stage, name=name, rename=False).why == refusals.NAME_NOT_UNIQUE

    def test_frames_are_the_map_and_whatever_has_a_name(self, stage: Stage) -> None:
        assert stage.frame("") == stage.frame("map") == stage.frame("world") == Pose2D(0.0, 0.0)
        assert stage.frame("base_link") == stage.frame("robot") == halls.POST
        stage.spawn(Wish("box", FREE, "crate"))
        assert stage.frame("crate") == FREE
        with pytest.raises(Refused, match="'nowhere'") as error:
            stage.frame("nowhere")
        assert error.value.why == refusals.NOT_FOUND

    def test_every_spawnable_is_understood(self) -> None:
        for spawnable in spawnables(parse(Wish("person/elderly", FREE)).kind or pytest.fail("no kind")):
            assert parse(Wish(spawnable.uri, FREE)).path == spawnable.uri


class TestBeginningAnew:
    def test_the_same_run_comes_again_whatever_was_done_before(self) -> None:
        hall = make(8)
        stage, first = Stage(hall), []
        first = run(hall, 4.0)
        stage.spawn(Wish("wanderer/adult", FREE))
        stage.spawn(Wish("box", Pose2D(12.0, 9.0)))
        stage.remove("person_2")
        stage.find("robot").place(State(Pose2D(3.0, 3.0, 1.0)))
        run(hall, 1.0)
        assert stage.restart(keep=False) == []
        assert names(stage) == ["robot", *(f"person_{k}" for k in range(1, 9))]
        assert run(hall, 4.0) == first

    def test_what_was_spawned_is_kept_on_request(self, hall: Hall, stage: Stage) -> None:
        stage.spawn(Wish("person/adult", FREE, "guest", namespace="hall"))
        stage.find("hall/guest").place(State(Pose2D(16.0, 9.0)))
        assert stage.restart(keep=True) == []
        assert stage.find("hall/guest").state.pose == FREE


class TestFilters:
    @pytest.fixture
    def found(self, stage: Stage) -> list[Any]:
        stage.spawn(Wish("box?size=2x0.4x0.5", Pose2D(12.0, 9.0), "crate"))
        stage.spawn(Wish("person/child", Pose2D(16.0, 9.0), "kid"))
        return stage.entities()

    @pytest.mark.parametrize(
        ("test", "names"),
        [
            (by_name("^c"), ["crate"]),
            (by_name("i|robot"), ["robot", "kid"]),
            (by_name("^[[:alpha:]]{3}$"), ["kid"]),
            (by_category([Category.HUMAN, Category.STATIC_OBJECT]), ["kid", "crate"]),
            (TagFilter(("spawned", "robot")), ["robot", "kid", "crate"]),
            (TagFilter(("spawned", "child"), every=True), ["kid"]),
            (in_sphere((11.0, 9.0, 0.0), 0.3), ["crate"]),
            (in_sphere((11.0, 9.0, 0.9), 0.3), []),
            (in_box((15.0, 8.0, 0.0), (17.0, 10.0, 1.0)), ["kid"]),
            (in_box((15.0, 8.0, 1.5), (17.0, 10.0, 3.0)), []),
            (in_hull([(10.0, 8.0, 0.0), (18.0, 8.0, 0.0), (14.0, 12.0, 0.0)]), ["kid", "crate"]),
        ],
    )
    def test_they_choose(self, found: list[Any], test: Any, names: list[str]) -> None:
        assert [entity.name for entity in chosen(found, [test])] == names

    def test_no_filter_chooses_all_and_several_choose_what_passes_each(self, found: list[Any]) -> None:
        assert chosen(found, []) == found
        assert [e.name for e in chosen(found, [by_name("r"), by_category([Category.ROBOT])])] == ["robot"]

    def test_a_broken_expression_is_named(self) -> None:
        with pytest.raises(Refused, match=r"'\(' is no regular expression"):
            by_name("(")


def test_straight_ahead_ends_at_the_next_wall(hall: Hall) -> None:
    x, y = ahead(hall.crowd.walkable, (3.0, 6.0), (1.0, 0.0))
    assert y == 6.0
    assert 17.0 < x < 20.0 - halls.WALL
    assert hall.crowd.walkable.contains((x, y))
    assert np.hypot(*np.subtract(ahead(hall.crowd.walkable, (3.0, 6.0), (0.0, -1.0)), (3.0, 0.2 + 0.23))) < 0.15
