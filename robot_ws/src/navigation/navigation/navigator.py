"""Drive to a goal: follow, replan, wait for people, reroute, recover, and say truly how it ended.

The navigator is stepped once a control cycle and never blocks: it asks for plans (`Step.wants_plan`)
and takes them when they come (`take_plan`). A way is kept unless it stays blocked or a new one is much
shorter, so that the robot does not dither between two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive
from navigation.bystanders import standing_about
from navigation.controller import Controller, Phase, Surroundings, free_behind
from navigation.controller_final import APPROACH_DECELERATION
from navigation.errors import PlanError
from navigation.motion import Motion, stop, towards
from navigation.path_spots import speed_before
from navigation.planner import Path
from navigation.speed_zones import EASE, SpeedZones
from navigation.ways import Ways

TF_ERROR = 102
FAILED_TO_MAKE_PROGRESS = 105

BACK_OFF_SPEED, YIELD_SPEED = 0.12, 0.2
"""m/s: to get free of something, and to let somebody pass."""
MOST_DOUBTS = 3
"""Times the doubt grows at most by other ways taken."""
NEAR_PERSON = 0.9
"""m from a person within which the path is blocked by them, not by a thing."""

FACED = 1.6
"""m from the robot within which somebody who is ahead may be waiting for it, as it waits for them."""

NARROW_AHEAD = 2.0
"""m before a door from which on the robot is in the way of who comes through it."""

SOME_WAY = 8
"""Points of the path ahead, 0.1 m apart, after which it tells where it leads."""

CLEAR_COSTMAP, BACKUP = "clear_costmap", "backup"
"""The recoveries by Nav2's names: first look anew, then step back where the floor behind is free."""


@dataclass(frozen=True, slots=True)
class NavigatorParams:
    """Hold the navigator's knobs.

    Attributes:
        replan_period: s between plans while the way is free.
        replan_blocked: s between plans while it is not.
        gain: share of the way left that a new path must save to replace a free one.
        stray: m off the path, and off where it came along, at which a new one is taken whatever it saves.
        look_ahead: m of path looked at for things in the way; where a thing stands farther on, another way is taken
            without a stop.
        hold_distance: m kept to what blocks the path while waiting.
        doubt: s that something must be in the way before a plan counts: who only crosses is gone by then. After that
            time one that keeps to the way is taken, and another way where no person is in the way.
        mind: s for which each other way that was taken makes the doubt before the next one longer by as much again,
            and the gain wanted larger.
        patience: s that people who are in the way have to move before another way is taken.
        back_after: s that the way must be blocked before one is taken again that was left.
        yield_after: s in which it hardly got on for somebody right ahead until it backs off to let them pass ...
        yield_in_doors: ... and where two cannot pass each other, ...
        yield_distance: ... by so many m ...
        yield_time: ... and waits there until they have passed, at most so many s in all.
        give_up: s without any way until the goal fails.
        progress_distance: m that must be made ...
        progress_angle: ... or rad, where it turns on the spot, ...
        progress_time: ... within these s, else a recovery begins.
        recoveries: at most so many.
        stale_pose: s; an older pose is not driven on.
        stale_scan: s; an older scan is not driven on.
        lost: s of stale inputs until the goal fails.
        blind_speed: m/s past corners from behind which somebody may step out unseen.
        snap_tolerance: m; a goal moved farther than this by people is waited for.
    """

    replan_period: float = 1.5
    replan_blocked: float = 0.5
    gain: float = 0.15
    stray: float = 0.8
    look_ahead: float = 3.0
    hold_distance: float = 0.6
    doubt: float = 0.6
    mind: float = 12.0
    patience: float = 5.0
    back_after: float = 15.0
    yield_after: float = 10.0
    yield_in_doors: float = 3.0
    yield_distance: float = 0.8
    yield_time: float = 12.0
    give_up: float = 30.0
    progress_distance: float = 0.3
    progress_angle: float = 0.3
    progress_time: float = 12.0
    recoveries: int = 3
    stale_pose: float = 0.3
    stale_scan: float = 0.4
    lost: float = 20.0
    blind_speed: float = 0.5
    snap_tolerance: float = 0.15


@dataclass(slots=True)
class Situation:
    """Hold what is known in one cycle: times in s of one clock, speeds in m/s and rad/s as commanded or measured.

    `a` and `alpha` tell by how much the command changed in the last cycle, in m/s^2 and rad/s^2.
    """

    now: float
    dt: float
    pose: Pose2D
    pose_age: float
    scan_age: float
    v: float
    w: float
    around: Surroundings
    top_speed: float
    zones: SpeedZones | None = None
    a: float = 0.0
    alpha: float = 0.0

    @property
    def motion(self) -> Motion:
        """Return how the robot moves."""
        return Motion(self.v, self.w, self.a, self.alpha)


@dataclass(slots=True)
class Ending:
    """Hold how a task ended: code 0 is success; the sentence says why not, or what to know."""

    code: int = 0
    sentence: str = ""


@dataclass(slots=True)
class Step:
    """Hold the answer of one cycle: command, whether a plan is wanted, why the robot waits, the end if it is one.

    `recovery` names one that begins with this cycle.
    """

    v: float
    w: float
    why: str = ""
    wants_plan: bool = False
    wants_clear: bool = False
    ending: Ending | None = None
    recovery: str = ""


class Navigator:
    """Bring the robot to one goal; feed it situations and plans, carry out its steps."""

    def __init__(
        self, goal: Pose2D, controller: Controller, drive: Drive, params: NavigatorParams, keep_yaw: bool = True
    ) -> None:
        self.goal, self.keep_yaw = goal, keep_yaw
        self.path: Path | None = None
        self.recoveries = 0
        self.remaining = math.inf
        self.bystanders = np.zeros((0, 2))
        """Where people stand about the goal, m (K x 2): a plan leaves them room."""
        self._controller, self._drive, self._params = controller, drive, params
        self._plan_asked = -math.inf
        self._plan_error: PlanError | None = None
        self._hopeless = False
        self._people_there = False
        self._blocked_since = self._stale_since = self._snapped_since = None  # type: float | None
        self._blocked_at: float | None = None
        self._blocked_for = self._closed_for = 0.0
        self._now = -math.inf
        self._ways = Ways()
        self._progress_at = -math.inf
        self._progress_pose: Pose2D | None = None
        self._backing_until = -math.inf
        self._stood_at = self._yields_from = None  # type: Pose2D | None
        self._stood_since = -math.inf

    @property
    def goals(self) -> tuple[Pose2D, ...]:
        """Return the poses that a path is to lead through, in order."""
        return (self.goal,)

    def take_plan(self, plan: Path | PlanError, pose: Pose2D, hopeless: bool = False) -> bool:
        """Take a plan from `pose`, or why there is none (`hopeless`: even on the bare map); tell if it is taken."""
        if isinstance(plan, PlanError):
            self._plan_error, self._hopeless = plan, hopeless
            return False
        self._plan_error = None
        if self._is_better(plan, pose):
            self._adopt(plan)
            return True
        return False

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        self._now = s.now
        self.bystanders = standing_about(s.around.people, self.goal)
        stale = self._stale(s)
        if stale is not None:
            return stale
        if self._hopeless and self._plan_error is not None:
            return self._end(s, self._plan_error.error_code, str(self._plan_error))
        blocked_for = self._watch_path(s)
        if blocked_for > self._params.give_up:
            return self._give_up(s)
        if self.path is None:
            return self._stand(s, "planning" if self._plan_error is None else "waiting for the way to be free")
        if (s.now < self._backing_until and not self._is_let_go(s)) or self._must_yield(s):
            return self._back_off(s)
        self._yields_from = None
        return self._follow(s, blocked_for)

    def _stale(self, s: Situation) -> Step | None:
        params = self._params
        why = ""
        if s.pose_age > params.stale_pose:
            why = f"the position is {s.pose_age:.1f} s old"
        elif s.scan_age > params.stale_scan:
            why = f"the laser scan is {s.scan_age:.1f} s old"
        if not why:
            self._stale_since = None
            return None
        self._stale_since = s.now if self._stale_since is None else self._stale_since
        self._progress_at = s.now
        if s.now - self._stale_since > params.lost:
            return Step(0.0, 0.0, why, ending=Ending(TF_ERROR, f"gave up, since {why}"))
        return Step(0.0, 0.0, why)

    def _watch_path(self, s: Situation) -> float:
        """Return for how long (s) there has been no free way; look at the path ahead."""
        self._blocked_at, closed = None, False
        if self.path is not None:
            self._blocked_at = self._controller.blocked_at(s.pose, s.around, math.inf)
            self._people_there = self._somebody_there(s)
            if self._blocked_at is not None and self._blocked_at > self._params.look_ahead:
                closed, self._blocked_at = not self._people_there, None
        self._closed_for = self._closed_for + s.dt if closed else 0.0
        no_way = self.path is None and self._plan_error is not None
        if self._blocked_at is None and not no_way and self._controller.phase is not Phase.BLOCKED:
            self._blocked_since, self._blocked_for = None, 0.0
            return 0.0
        self._blocked_since = s.now if self._blocked_since is None else self._blocked_since
        self._blocked_for = s.now - self._blocked_since
        return self._blocked_for

    def _somebody_there(self, s: Situation) -> bool:
        """Tell whether a person is where the path is blocked, or anywhere near where only the controller is stuck."""
        people, ahead = s.around.people, self._controller.ahead()
        if self._blocked_at is None:
            return bool(len(people))
        way = ahead[0, 2] + self._blocked_at
        x, y = np.interp(way, ahead[:, 2], ahead[:, 0]), np.interp(way, ahead[:, 2], ahead[:, 1])
        return bool((np.hypot(people[:, 0] - x, people[:, 1] - y) < NEAR_PERSON).any())

    def _is_better(self, plan: Path, pose: Pose2D) -> bool:
        """Tell whether a plan replaces the path that there is."""
        if self.path is None or self._has_strayed(pose):
            return True
        same = self._ways.is_present(plan.points)
        if self._blocked_since is not None or self._closed_for > 0.0:
            return self._troubled_for >= (self._params.doubt if same else self._other_way_after(plan))
        if not same and self._ways.goes_back(plan.points):
            return False
        if self.path.snapped and not plan.snapped:
            return True
        if plan.snapped and not self.path.snapped and self._controller.remaining() < self._params.look_ahead:
            return True  # somebody stands where the robot was to stand
        gain = min(self._params.gain * (1 + self._changes_lately()), 0.8)
        return plan.length < self._controller.remaining() * (1.0 - gain) - 0.2

    def _has_strayed(self, pose: Pose2D) -> bool:
        """Tell whether the robot is far off its path, and not because it backed off to where it came from."""
        stray = self._params.stray
        return self._controller.off_path(pose) > stray and self._ways.has_strayed(pose.x, pose.y, stray)

    def _other_way_after(self, plan: Path) -> float:
        """Return for how long (s) the way must be blocked until another one is taken: people have time to move."""
        after = self._params.patience if self._people_there else self._doubt()
        return max(after, self._params.back_after) if self._ways.goes_back(plan.points) else after

    @property
    def _way(self) -> float:
        """Return m that the robot has come along its path; 0 without one."""
        return 0.0 if self.path is None else self.path.length - self._controller.remaining()

    @property
    def _troubled_for(self) -> float:
        return max(self._blocked_for, self._closed_for)

    def _doubt(self) -> float:
        """Return for how long (s) something must be in the way now."""
        return self._params.doubt * min(1 + self._changes_lately(), MOST_DOUBTS)

    def _changes_lately(self) -> int:
        return self._ways.left_since(self._now - self._params.mind)

    def _adopt(self, plan: Path) -> None:
        fresh = self.path is None
        self._ways.take(plan.points, self._now)
        self.path, self._blocked_since = plan, None
        self._blocked_for = self._closed_for = 0.0
        end = Pose2D(*plan.points[-1], self.goal.yaw) if plan.snapped else self.goal
        self._controller.follow(plan.points, end, self.keep_yaw, fresh)
        self.remaining = plan.length

    def _follow(self, s: Situation, blocked_for: float) -> Step:
        params = self._params
        top, why = self._speed_here(s), ""
        if blocked_for > 0.0 and self._blocked_at is not None:
            room = max(self._blocked_at - params.hold_distance, 0.0)
            top, why = min(top, math.sqrt(2.0 * APPROACH_DECELERATION * room)), "something is in the way"
        if top < 0.03 and self._controller.phase not in (Phase.ALIGN, Phase.ARRIVED):
            self._progress_at = s.now
            return self._stand(s, "something is in the way")
        command = self._controller.step(s.pose, s.motion, s.around, top, s.dt)
        self.remaining = command.remaining
        if command.phase is Phase.ARRIVED:
            return self._arrive(s)
        if command.phase is Phase.BLOCKED:
            why = "people or things are all around"
        step = Step(command.v, command.w, why, wants_plan=self._wants_plan(s.now))
        return self._watch_progress(s, step, turning=command.phase in (Phase.TURN, Phase.ALIGN))

    def _speed_here(self, s: Situation) -> float:
        """Return how fast the robot may drive by the limits here and on its way."""
        top = s.top_speed
        if self.path is not None and self.path.blind:
            top = speed_before(self.path.blind, self._way, self._params.blind_speed, EASE, top)
        if s.zones is None:
            return top
        top = min(top, s.zones.limit_at(s.pose.x, s.pose.y))
        return s.zones.limit_ahead(self._controller.ahead(), top)

    def _watch_progress(self, s: Situation, step: Step, turning: bool) -> Step:
        params = self._params
        since = self._progress_pose
        moved = since is None or s.pose.distance(since) > params.progress_distance
        turned = since is not None and abs(wrap_angle(s.pose.yaw - since.yaw)) > params.progress_angle
        # a deliberate stop (a lower speed limit of zero) and a turn that is really made are no failure to get on
        if moved or (turning and turned) or s.top_speed < 0.05:
            self._progress_pose, self._progress_at = s.pose, s.now
            return step
        if s.now - self._progress_at <= params.progress_time:
            return step
        self._progress_at = s.now
        self.recoveries += 1
        if self.recoveries > params.recoveries:
            return self._end(s, FAILED_TO_MAKE_PROGRESS, "could not get on, and freeing itself did not help")
        step.wants_clear = step.wants_plan = True
        step.recovery = CLEAR_COSTMAP
        if self.recoveries > 1:
            step.recovery = BACKUP
            self._backing_until = s.now + 2.0
        return step

    def _must_yield(self, s: Situation) -> bool:
        """Begin to back off when the robot and somebody right ahead have waited for each other for long."""
        moved = self._stood_at is None or s.pose.distance(self._stood_at) > self._params.progress_distance
        if moved or s.top_speed < 0.05 or not self._faces_somebody(s):
            self._stood_at, self._stood_since = s.pose, s.now
        if s.now - self._stood_since <= self._yield_after():
            return False
        self._stood_at, self._yields_from, self._backing_until = None, s.pose, s.now + self._params.yield_time
        return True

    def _yield_after(self) -> float:
        """Return for how long (s) to wait for who waits for the robot: shorter where they cannot pass each other."""
        stretches = () if self.path is None else self.path.narrow
        narrow = any(begin - NARROW_AHEAD < self._way <= end for begin, end in stretches)
        return self._params.yield_in_doors if narrow else self._params.yield_after

    def _is_let_go(self, s: Situation) -> bool:
        """Tell whether those for whom the robot backed off have passed; end the waiting for them then."""
        if self._yields_from is None or self._faces_somebody(s, FACED + self._params.yield_distance):
            return False
        self._backing_until = s.now
        return True

    def _faces_somebody(self, s: Situation, near: float = FACED) -> bool:
        """Tell whether somebody is within `near` m on the side to which the path leads."""
        ahead = self._controller.ahead()
        way = ahead[min(SOME_WAY, len(ahead) - 1), :2] - (s.pose.x, s.pose.y)
        away = s.around.people[:, :2] - (s.pose.x, s.pose.y)
        return bool(((away @ way > 0.0) & (np.hypot(away[:, 0], away[:, 1]) < near)).any())

    def _back_off(self, s: Situation) -> Step:
        self._progress_at = s.now
        speed = 0.0
        if free_behind(s.pose, s.around, 0.3):
            speed = -BACK_OFF_SPEED if self._yields_from is None else self._yielding_speed(s, self._yields_from)
        after = towards(s.motion, speed, 0.0, self._drive, s.dt)
        return Step(after.v, after.w, "backing off to get free", wants_plan=self._wants_plan(s.now))

    def _yielding_speed(self, s: Situation, since: Pose2D) -> float:
        """Return the speed (m/s) of making room: back, unless it has come far enough or somebody is close behind."""
        away = s.around.people[:, :2] - (s.pose.x, s.pose.y)
        behind = away @ (math.cos(s.pose.yaw), math.sin(s.pose.yaw)) < 0.0
        close = bool((behind & (np.hypot(away[:, 0], away[:, 1]) < NEAR_PERSON)).any())
        return 0.0 if close or s.pose.distance(since) > self._params.yield_distance else -YIELD_SPEED

    def _arrive(self, s: Situation) -> Step:
        off = s.pose.distance(self.goal)
        if self.path is not None and self.path.snapped and off > self._params.snap_tolerance:
            self._snapped_since = s.now if self._snapped_since is None else self._snapped_since
            if s.now - self._snapped_since < self._params.patience:
                self._progress_at = s.now
                return Step(0.0, 0.0, "the place is taken", wants_plan=self._wants_plan(s.now))
            return Step(0.0, 0.0, ending=Ending(0, f"stopped {off:.1f} m from the goal, the nearest free place"))
        return Step(0.0, 0.0, ending=Ending())

    def _give_up(self, s: Situation) -> Step:
        if self._plan_error is not None:
            return self._end(s, self._plan_error.error_code, str(self._plan_error))
        return self._end(s, FAILED_TO_MAKE_PROGRESS, "the way stayed blocked")

    def _stand(self, s: Situation, why: str) -> Step:
        after = stop(s.motion, self._drive, s.dt)
        return Step(after.v, after.w, why, wants_plan=self._wants_plan(s.now))

    def _end(self, s: Situation, code: int, sentence: str) -> Step:
        after = stop(s.motion, self._drive, s.dt)
        return Step(after.v, after.w, sentence, ending=Ending(code, sentence))

    def _wants_plan(self, now: float) -> bool:
        troubled = self.path is None or self._blocked_since is not None or self._closed_for > 0.0
        period = self._params.replan_blocked if troubled else self._params.replan_period
        since = now - self._plan_asked
        doubt_ended = 0.0 <= self._troubled_for - self._doubt() < since  # then at once, not a beat later
        if since < period and not doubt_ended:
            return False
        self._plan_asked = now
        return True


class PathFollower(Navigator):
    """Follow a given path to its end: wait when it is blocked, never plan another."""

    def __init__(self, path: Path, goal: Pose2D, controller: Controller, drive: Drive, params: NavigatorParams) -> None:
        super().__init__(goal, controller, drive, params)
        self._adopt(path)

    def _wants_plan(self, now: float) -> bool:
        return False
