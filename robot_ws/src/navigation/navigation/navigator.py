"""Drive to a goal: follow, replan, wait for people, reroute, recover, and say truly how it ended.

The navigator is stepped once a control cycle and never blocks: it asks for plans (`Step.wants_plan`)
and takes them when they come (`take_plan`). A way is kept unless it stays blocked or a new one is much
shorter, so that the robot does not dither between two.
"""

from __future__ import annotations

import math

import numpy as np

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive
from navigation.bystanders import standing_about
from navigation.controller import Controller, Phase, free_behind
from navigation.controller_final import APPROACH_DECELERATION
from navigation.errors import PlanError
from navigation.giving_way import NEAR_PERSON, GivingWay
from navigation.motion import stop, towards
from navigation.navigator_params import NavigatorParams
from navigation.path_spots import speed_before
from navigation.planner import Path
from navigation.speed_zones import EASE
from navigation.task_step import Ending, Situation, Step
from navigation.ways import Ways

TF_ERROR = 102
FAILED_TO_MAKE_PROGRESS = 105

MOST_DOUBTS = 3
"""Times the doubt grows at most by other ways taken."""
NARROW_AHEAD = 2.0
"""m before a door from which on the robot is in the way of who comes through it."""

CLEAR_COSTMAP, BACKUP = "clear_costmap", "backup"
"""The recoveries by Nav2's names: first look anew, then step back where the floor behind is free."""


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
        self._turned = 0.0
        self._giving_way = GivingWay(params)

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
        if self._giving_way.backs_off(s, self._controller.ahead(), self._in_narrows):
            return self._back_off(s)
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
    def _in_narrows(self) -> bool:
        """Tell whether the robot is where two cannot pass each other, or nearly there."""
        stretches = () if self.path is None else self.path.narrow
        return any(begin - NARROW_AHEAD < self._way <= end for begin, end in stretches)

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
        turn = 0.0 if since is None or not turning else abs(wrap_angle(s.pose.yaw - since.yaw))
        turned = turn > params.progress_angle and self._turned < math.tau
        # a deliberate stop (a lower speed limit of zero) and a turn that is really made are no failure to get on
        if moved or turned or s.top_speed < 0.05:
            self._turned = 0.0 if moved else self._turned + turn
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
            self._giving_way.free_itself(s.now)
        return step

    def _back_off(self, s: Situation) -> Step:
        self._progress_at = s.now
        speed = self._giving_way.speed(s) if free_behind(s.pose, s.around, 0.3) else 0.0
        after = towards(s.motion, speed, 0.0, self._drive, s.dt)
        return Step(after.v, after.w, "backing off to get free", wants_plan=self._wants_plan(s.now))

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
