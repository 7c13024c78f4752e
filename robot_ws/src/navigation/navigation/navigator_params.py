"""The navigator's knobs, in one place."""

from __future__ import annotations

from dataclasses import dataclass


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
        progress_angle: ... or rad, where it turns on the spot (a full turn in all counts: not to and fro), ...
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
