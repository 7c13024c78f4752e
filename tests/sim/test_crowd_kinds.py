"""Groups, children, wheelchairs, staff, arrivals, and how people take to the robot."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shapely.geometry import Point

from guide_common.geometry import Pose2D
from hall_sim.hall import Hall
from hall_sim.people.errands import Errand, party
from hall_sim.people.kinds import CHILD, WHEELCHAIR
from hall_sim.people.staff import BackOffice
from hall_sim.people.walkable import Walkable
from hall_sim.scenarios.settings_people import CrowdSettings
from hall_sim.world.floor import load_floor
from tests.sim import halls
from tests.sim.leading import ride


def crowded(people: int = 20, seed: int = 1, **crowd: object) -> Hall:
    return halls.hall(seed=seed, people=people, crowd=crowd)


def parties(hall: Hall) -> list[Errand]:
    return [errand for errand in hall.wandering.errands if errand.company and errand.walker is not None]


def spread(leader: Errand) -> float:
    """Return m from the leader to the farthest of their company inside."""
    assert leader.walker is not None
    inside = [other.walker.position for other in leader.company if other.walker is not None]
    return max((math.dist(leader.walker.position, at) for at in inside), default=0.0)


class TestParties:
    def test_the_shares_come_out(self) -> None:
        settings = CrowdSettings(groups=0.4, children=0.1, wheelchairs=0.05, elderly=0.2)
        rng = np.random.default_rng(1)
        drawn = [party(settings, rng) for _ in range(4000)]
        everybody = [kind.name for kinds in drawn for kind in kinds]
        shares = {name: everybody.count(name) / len(everybody) for name in ("child", "wheelchair", "elderly")}
        assert shares == {
            "child": pytest.approx(0.1, abs=0.015),
            "wheelchair": pytest.approx(0.05, abs=0.01),
            "elderly": pytest.approx(0.2, abs=0.02),
        }
        grown = [sum(kind is not CHILD for kind in kinds) for kinds in drawn]
        in_groups = sum(count for count in grown if count > 1) / sum(grown)
        assert in_groups == pytest.approx(0.4, abs=0.03)
        assert all(kinds[0] is not CHILD for kinds in drawn), "no child comes alone"

    def test_by_default_everybody_is_an_adult_on_their_own(self) -> None:
        hall = crowded(people=20)
        assert not parties(hall)
        assert {errand.kind.name for errand in hall.wandering.errands} == {"adult"}


class TestGroups:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_a_group_stays_together_while_it_walks(self, seed: int) -> None:
        hall = crowded(people=12, seed=seed, groups=1.0)
        assert len(parties(hall)) >= 3
        ride(hall, 10.0)
        spreads, walked = [], 0.0
        for _ in range(100):
            ride(hall, 0.5)
            spreads += [spread(leader) for leader in parties(hall)]
            walked += float(np.hypot(*hall.bodies.velocities.T).sum()) * 0.5
        assert walked > 50.0
        assert np.mean(np.array(spreads) < 2.5) > 0.9
        assert np.max(spreads) < 6.0

    def test_a_group_leaves_together(self) -> None:
        hall = crowded(people=12, groups=1.0)
        ride(hall, 5.0)
        leader = max(parties(hall), key=lambda each: len(each.company))
        company = list(leader.company)
        hall.wandering.goals.send_out(leader)
        while leader.walker is not None:
            ride(hall, 0.05)
            assert hall.time < 120.0
        assert len(company) >= 2
        assert all(other.walker is None for other in company)

    def test_and_comes_in_again_together(self) -> None:
        hall = crowded(people=12, groups=1.0)
        leader = parties(hall)[0]
        hall.wandering.goals.send_out(leader)
        while leader.walker is not None:
            ride(hall, 0.5)
        while leader.walker is None or any(other.walker is None for other in leader.company):
            ride(hall, 0.5)
            assert hall.time < 180.0
        assert spread(leader) < 4.0


class TestChildren:
    def test_children_stay_near_their_adult_and_walk_less_evenly(self) -> None:
        hall = crowded(people=16, children=0.4)
        children = [index for index, errand in enumerate(hall.wandering.errands) if errand.kind is CHILD]
        assert 3 <= len(children) <= 10
        assert all(hall.wandering.errands[index].leader is not None for index in children)
        ride(hall, 10.0)
        off, speeds = [], {index: [] for index in range(16)}
        for _ in range(200):
            ride(hall, 0.1)
            for index, errand in enumerate(hall.wandering.errands):
                if errand.walker is not None:
                    speeds[index].append(float(np.hypot(*hall.bodies.velocities[index + 1])))
                if index in children and errand.walker and errand.leader and errand.leader.walker:
                    off.append(math.dist(errand.walker.position, errand.leader.walker.position))
        assert np.mean(np.array(off) < 3.0) > 0.85
        turns = {index: np.abs(np.diff(values)).mean() for index, values in speeds.items() if len(values) > 150}
        adults = [value for index, value in turns.items() if index not in children]
        assert np.mean([turns[index] for index in children if index in turns]) > 1.5 * np.mean(adults)

    def test_a_child_is_smaller_to_the_lidar(self) -> None:
        hall = crowded(people=16, children=0.4)
        ride(hall, 0.2)
        radii = hall.bodies.leg_circles()[:, 2]
        assert radii.min() == pytest.approx(CHILD.leg_radius)
        assert radii.max() == pytest.approx(0.07)

    def test_now_and_then_a_child_runs_in_front_of_the_robot(self) -> None:
        fronts = 0
        for seed in range(2):
            hall = crowded(people=16, seed=seed, children=0.4)
            for _ in range(120):
                ride(hall, 0.5)
                pose = hall.world.pose
                for errand in hall.wandering.errands:
                    if errand.kind is CHILD and errand.walker is not None:
                        x, y = errand.walker.position
                        angle = math.remainder(math.atan2(y - pose.y, x - pose.x) - pose.yaw, math.tau)
                        fronts += math.dist((x, y), (pose.x, pose.y)) < 1.3 and abs(angle) < 0.4
        assert fronts > 4


class TestWheelchairs:
    def test_they_roll_about_without_touching_walls_or_robot(self) -> None:
        hall = crowded(people=10, wheelchairs=1.0)
        ride(hall, 60.0)
        assert hall.bodies.chairs[1:].all()
        wide = hall.crowd.walkable_for(WHEELCHAIR)
        inside = [errand.walker.position for errand in hall.wandering.errands if errand.walker is not None]
        assert np.mean([wide.middles.buffer(0.1).contains(Point(at)) for at in inside]) > 0.9
        assert len(hall.bodies.chair_lines()) == 2 * len(inside)

    def test_a_chair_is_hit_where_its_footrests_are(self) -> None:
        hall = crowded(people=1, wheelchairs=1.0)
        hall.bodies.place(1, 7.6, 6.0, math.pi, 0.05)
        hall.world.move_bodies()
        touched = []
        for _ in range(700):
            hall.world.base.command(0.5, 0.0)
            touched += hall.world.step()
        assert touched[0].thing == "person_1_chair"
        assert hall.world.pose.x < 7.6 - 0.25 - 0.4


class TestStaff:
    def test_staff_hurry_from_counter_to_counter_and_do_not_leave(self) -> None:
        hall = crowded(people=10, staff=0.5)
        staff = [errand for errand in hall.wandering.errands if errand.staff]
        assert len(staff) == 5
        gone = dict.fromkeys(range(5), 0.0)
        for _ in range(160):
            ride(hall, 0.5)
            for index, errand in enumerate(staff):
                assert errand.walker is not None
                gone[index] += 0.5 * float(np.hypot(*hall.bodies.velocities[1 + index]))
        assert sum(way > 10.0 for way in gone.values()) >= 4

    def test_behind_the_counters_others_walk_who_never_come_out(self) -> None:
        floor = halls.floor()
        floor.heights[:, 340:342] = 1.1  # a row of desks closes the east of the hall
        for name in ("Q1", "Q2", "Q3"):
            spot = floor.spots[name]
            floor.spots[name] = type(spot)(spot.id, spot.kind, Pose2D(16.3, spot.stand.y, 0.0))
        public = Walkable(floor, (6.0, 6.0), 0.23)
        office = BackOffice(floor, public, 3, np.random.default_rng(1))
        assert len(office.walkers) == 3
        ways = np.zeros(3)
        for step in range(3600):
            before = [walker.position for walker in office.walkers]
            office.step(0.05 * step)
            ways += [math.dist(a, walker.position) for a, walker in zip(before, office.walkers, strict=True)]
            assert all(walker.position[0] > 17.1 for walker in office.walkers)
        assert (ways > 3.0).all()

    def test_where_there_is_no_room_behind_nobody_is_there(self) -> None:
        floor = halls.floor()
        assert not BackOffice(floor, Walkable(floor, (6.0, 6.0), 0.23), 3, np.random.default_rng(1)).walkers

    def test_the_centre_has_staff_behind_its_counters(self) -> None:
        floor = load_floor(halls.ROOT / "maps" / "hcmc_center", "1")
        office = BackOffice(floor, Walkable(floor, (floor.post.x, floor.post.y), 0.23), 4, np.random.default_rng(1))
        assert len(office.walkers) == 4


class TestArrivals:
    def test_people_come_at_the_rate_and_leave_for_good(self) -> None:
        hall = crowded(people=0, arrivals_per_hour=1440.0, at_most=60)
        ever: set[int] = set()
        for _ in range(100):
            ride(hall, 1.0)
            ever |= {index for index, errand in enumerate(hall.wandering.errands) if errand.walker is not None}
        came = len(ever)
        assert 25 <= came <= 55, "40 are expected in 100 s"

    def test_a_full_hall_turns_people_away(self) -> None:
        hall = crowded(people=0, arrivals_per_hour=3600.0, at_most=5)
        ride(hall, 30.0)
        assert hall.bodies.present[1:].sum() <= 5
        assert hall.wandering.arrivals.turned_away > 10

    @pytest.mark.slow
    def test_with_a_rate_of_nothing_the_hall_empties(self) -> None:
        hall = crowded(people=4, arrivals_per_hour=0.0, queues=True)
        while hall.bodies.present.any() or hall.time < 1.0:
            ride(hall, 2.0)
            assert hall.time < 900.0


class TestReactions:
    def looking(self, curious: float) -> int:
        hall, looks = crowded(people=14, curious=curious), 0
        for _ in range(120):
            ride(hall, 0.5)
            pose = hall.world.pose
            for errand in hall.wandering.errands:
                walker = errand.walker
                if walker is None or not walker.way or math.dist(walker.position, (pose.x, pose.y)) > 4.0:
                    continue
                bearing = math.atan2(pose.y - walker.position[1], pose.x - walker.position[0])
                looks += walker.looks is not None and abs(math.remainder(walker.heading - bearing, math.tau)) < 0.3
        return looks

    def test_the_curious_stop_on_their_way_and_look(self) -> None:
        assert self.looking(1.0) > 20
        assert self.looking(0.0) == 0

    def test_the_curious_walk_on_afterwards(self) -> None:
        hall = crowded(people=14, curious=1.0)
        at_first = hall.bodies.torsos.copy()
        ride(hall, 60.0)
        assert (np.hypot(*(hall.bodies.torsos - at_first).T) > 1.0).sum() >= 7

    def test_who_watched_a_robot_that_has_driven_off_walks_on(self) -> None:
        hall = crowded(people=14, curious=1.0)
        watching: list[Errand] = []
        while not watching:
            ride(hall, 0.1)
            watching = [e for e in hall.wandering.errands if e.walker is not None and e.walker.looks is not None]
        hall.crowd.robot = Pose2D(1.0, 29.0)
        hall.wandering.step(hall.time + 0.05)
        assert [(e.walker.looks, e.walker.pace) for e in watching if e.walker is not None] == [
            (None, e.pace) for e in watching
        ]

    def nearest(self, courteous: float) -> float:
        """Return m to which a robot gets that drives towards somebody who stands, until they are out of its way."""
        hall = crowded(people=1, courteous=courteous)
        errand = hall.wandering.errands[0]
        assert errand.walker is not None
        hall.crowd.leave(errand.walker)
        errand.walker = hall.crowd.enter((9.0, 6.0), 1.0)
        assert errand.walker is not None
        errand.until, errand.stay, errand.leaving = 1000.0, 0.0, False
        nearest = math.inf
        while abs(errand.walker.position[1] - hall.world.pose.y) < 0.6:
            off = math.dist(errand.walker.position, (hall.world.pose.x, hall.world.pose.y))
            nearest = min(nearest, off)
            ride(hall, 0.1, 0.3 if off > 0.75 else 0.0)
            assert hall.time < 40.0
        return nearest

    def test_the_courteous_step_aside_before_the_robot_stands_before_them(self) -> None:
        assert self.nearest(1.0) > 0.85
        assert self.nearest(0.0) < 0.76
