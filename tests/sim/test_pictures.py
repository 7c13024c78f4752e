"""Frames of a run: what is drawn where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from counter_map.model import Site
from counter_map.render import Colour, Image8
from counter_map.site import load_site
from guide_common.errors import UserError
from guide_common.geometry import Pose2D
from hall_sim.pictures import signs
from hall_sim.pictures.bubbles import draw_bubbles
from hall_sim.pictures.gl import open_context, which_gl
from hall_sim.pictures.hall_view import HallView
from hall_sim.pictures.lettering import words
from hall_sim.pictures.moment import CostWindow, Line, Moment, Person, Trail
from hall_sim.pictures.strip import STRIP
from tests.sim.halls import ROOT

ROBOT = Pose2D(20.0, 8.0, 0.0)
NOTHING = np.empty((0, 2))


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(ROOT / "maps" / "hcmc_center")


@pytest.fixture(scope="module")
def near(site: Site) -> HallView:
    return HallView(site, "1", 0.25, ppm=40.0, size=(640, 400))


@pytest.fixture(scope="module")
def whole(site: Site) -> HallView:
    return HallView(site, "1", 0.25, whole=True)


def moment(robot: Pose2D = ROBOT, **told: object) -> Moment:
    plain = Moment(
        time=12.3, clock="09:00:12", robot=robot, believed=robot, speed=0.4, state="guiding.leading", reason="",
        place="Q27", people=(), tracked=NOTHING, hits=NOTHING, plan=NOTHING, costs=None, driven=NOTHING,
        walked=NOTHING, lines=(), contacts=(),
    )  # fmt: skip
    return replace(plain, **told)  # type: ignore[arg-type]


def places_of(frame: Image8, colour: Colour) -> np.ndarray:
    """Where pixels of a colour are, as N×2 of (x, y)."""
    return np.argwhere((frame == colour).all(axis=2))[:, ::-1]


class TestFromAbove:
    def test_the_robot_is_drawn_where_it_is(self, near: HallView, whole: HallView) -> None:
        for view in (near, whole):
            now = moment()
            at = places_of(view.draw(now)[:-STRIP], signs.ROBOT)
            expected = view.scale_at(now).pixel(ROBOT.x, ROBOT.y)
            assert len(at) > 50
            assert np.allclose((at.min(axis=0) + at.max(axis=0)) / 2, expected, atol=1.0)

    def test_near_view_follows_the_robot_until_the_floor_ends(self, near: HallView) -> None:
        middle = near.scale_at(moment()).pixel(ROBOT.x, ROBOT.y)
        assert np.allclose(middle, (320, 200), atol=1.0)
        corner = Pose2D(0.5, 0.5)
        x, y = near.scale_at(moment(corner)).pixel(corner.x, corner.y)
        assert x == pytest.approx(20.0)
        assert y == pytest.approx(380.0)

    def test_the_visitor_stands_out_from_the_crowd(self, near: HallView) -> None:
        people = (Person(21.5, 8.0, 0.0, visitor=True), Person(18.5, 8.0, 1.0))
        now = moment(people=people)
        frame, scale = near.draw(now)[:-STRIP], near.scale_at(now)
        visitor, other = places_of(frame, signs.VISITOR), places_of(frame, signs.ADULT)
        assert np.allclose(np.median(visitor, axis=0), scale.pixel(21.5, 8.0), atol=4.0)
        assert np.allclose(np.median(other, axis=0), scale.pixel(18.5, 8.0), atol=4.0)
        assert len(visitor) > 1.5 * len(other)

    @pytest.mark.parametrize(("kind", "colour"), [("child", signs.CHILD), ("elderly", signs.ELDERLY)])
    def test_kinds_of_people_differ(self, near: HallView, kind: str, colour: Colour) -> None:
        frame = near.draw(moment(people=(Person(21.5, 8.0, 0.0, kind),)))[:-STRIP]
        assert len(places_of(frame, colour)) > 20

    def test_costs_tint_the_floor_only_where_they_are(self, near: HallView) -> None:
        costs = np.zeros((20, 20), np.uint8)
        costs[:, 10:] = 200
        bare = near.draw(moment())
        tinted = near.draw(moment(costs=CostWindow(costs, 20.5, 8.5, 0.05)))
        scale = near.scale_at(moment())
        (u, v), (far, _) = scale.pixel(20.7, 9.0), scale.pixel(21.3, 9.0)
        assert (tinted[round(v), round(u)] == bare[round(v), round(u)]).all()
        assert tinted[round(v), round(far), 2] < bare[round(v), round(far), 2] - 30

    def test_plan_and_way_are_drawn_along_their_points(self, near: HallView) -> None:
        plan = np.array([(20.0, 8.0), (24.0, 8.0)])
        driven = np.array([(16.0, 8.0), (20.0, 8.0)])
        now = moment(plan=plan, driven=driven)
        frame, scale = near.draw(now)[:-STRIP], near.scale_at(now)
        blue = places_of(frame, signs.PLAN)
        assert blue[:, 0].min() > scale.pixel(20.0, 8.0)[0]
        assert np.abs(blue[:, 1] - scale.pixel(20.0, 8.0)[1]).max() < 4

    def test_a_wrong_belief_of_the_robot_is_shown(self, near: HallView) -> None:
        right, wrong = near.draw(moment()), near.draw(moment(believed=Pose2D(20.0, 9.0)))
        u, v = near.scale_at(moment()).pixel(20.0, 9.0)
        changed = np.argwhere((right != wrong).any(axis=2))[:, ::-1]
        assert len(changed)
        assert np.hypot(*(changed - (u, v)).T).max() < 0.25 * 40 * 1.6 + 4

    def test_title_and_notes_stand_over_the_frame(self, near: HallView) -> None:
        plain = near.draw(moment())
        titled = near.draw(moment(), "demo · seed 1", ["the visitor was 3.4 m away"], [(20.0, 8.0, "here")])
        assert titled.shape[0] > plain.shape[0] + 60
        assert titled.shape[0] % 2 == 0
        assert (titled[-STRIP:] == plain[-STRIP:]).all()

    def test_frames_have_even_sides_for_films(self, near: HallView, whole: HallView) -> None:
        for view in (near, whole):
            wide, high = view.size
            assert view.draw(moment()).shape == (high, wide, 3)
            assert wide % 2 == high % 2 == 0


class TestLetters:
    def test_vietnamese_marks_are_drawn(self) -> None:
        assert not np.array_equal(words("quay le", 20), words("quầy lễ", 20))
        assert words("quầy lễ", 20)[..., 3].max() == 255

    def test_bubbles_cover_neither_one_another_nor_the_speakers(self) -> None:
        image = np.zeros((400, 600, 3), np.uint8)
        speakers = {"robot": (300.0, 200.0), "visitor": (340.0, 210.0)}
        lines = [Line("robot", "Dạ, xin chào quý khách. " * 3, 0.0, 9.0), Line("visitor", "Tôi muốn hỏi", 1.0, 9.0)]
        clear = [(x - 15, y - 15, x + 15, y + 15) for x, y in speakers.values()]
        draw_bubbles(image, lines, speakers, clear)
        for x, y in speakers.values():
            assert (image[round(y) - 10 : round(y) + 10, round(x) - 10 : round(x) + 10] == 0).all()
        both = image.copy()
        alone = [np.zeros_like(image) for _ in lines]
        for each, line in zip(alone, lines, strict=True):
            draw_bubbles(each, [line], speakers, clear)
        assert (both > 0).sum() == pytest.approx(sum((each > 0).sum() for each in alone), rel=0.03)

    def test_words_of_somebody_who_is_not_there_are_left_out(self) -> None:
        image = np.zeros((100, 100, 3), np.uint8)
        draw_bubbles(image, [Line("visitor", "xin chào", 0.0, 9.0)], {}, [])
        assert not image.any()


def test_a_trail_keeps_what_it_gave_out() -> None:
    trail = Trail()
    trail.add(0.0, 0.0)
    given = trail.points
    for step in range(1, 600):
        trail.add(0.1 * step, 0.0)
    trail.add(0.1 * 599, 0.001)
    assert given.tolist() == [[0.0, 0.0]]
    assert len(trail.points) == 600


class TestInThreeDimensions:
    def test_where_nothing_can_draw_one_sentence_says_what_to_install(self) -> None:
        with pytest.raises(UserError, match=r"needs EGL or OSMesa.*apt-get install libosmesa6"):
            open_context(64, 64, kinds=())

    @pytest.mark.skipif(not which_gl(), reason="neither EGL nor OSMesa works on this machine")
    def test_the_robot_stands_where_the_camera_says(self, site: Site) -> None:
        from hall_sim.pictures.stage import Stage
        from hall_sim.pictures.stage_view import StageView
        from hall_sim.world.floor import load_floor

        urdf = ROOT / "robots" / "concierge" / "concierge.urdf"
        now = moment(people=(Person(21.2, 8.0, 0.0, visitor=True), Person(18.0, 9.0, 1.0, "wheelchair")))
        with Stage(site, "1", load_floor(site.folder, "1"), urdf, size=(480, 320)) as stage:
            frame = StageView(site, "1", stage).draw(now)
            bare = stage.render(replace(now, people=()))
            at, far = stage.pixel((ROBOT.x, ROBOT.y, 0.7)), stage.pixel((ROBOT.x, ROBOT.y, 0.13))
        assert frame.shape == (320 + STRIP, 480, 3)
        assert at is not None
        assert far is not None
        column, base = bare[round(at[1]), round(at[0])], bare[round(far[1]), round(far[0])]
        assert column.min() > 90  # the light shell
        assert base.max() < 80  # the dark base
        assert (frame[:320] != bare).any()
