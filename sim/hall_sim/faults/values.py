"""What a faulty sensor says instead of the truth: the verbs `wrong` and `garbage`, stream by stream."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D

Floats32 = npt.NDArray[np.float32]
Sound = npt.NDArray[np.int16]
FULL = 32767.0
"""int16 full scale."""
FARTHEST = 60.0
"""m: the largest range in nonsense that looks like a number."""
AWAY = 1000.0
"""m by which nonsense odometry is off."""


class Odometry(NamedTuple):
    """Hold what the wheels tell: the pose in the odom frame, m/s forward and rad/s."""

    pose: Pose2D
    speed: float
    yaw_rate: float


def knocked(ranges: Floats32, turn: float) -> Floats32:
    """Return the ranges of a lidar that goes round once, turned by rad in its mount without anybody's knowledge."""
    return np.roll(ranges, -round(turn * len(ranges) / math.tau))


def nonsense_scan(ranges: Floats32, share: float, rng: np.random.Generator) -> Floats32:
    """Replace a share of the beams by NaN, infinity, a negative or any range."""
    count = len(ranges)
    bad = rng.random(count) < share
    any_range = rng.uniform(0.0, FARTHEST, count)
    kinds = np.stack([np.full(count, np.nan), np.full(count, np.inf), -any_range, any_range])
    nonsense = kinds[rng.integers(0, len(kinds), count), np.arange(count)]
    return np.where(bad, nonsense, ranges).astype(np.float32)


def nonsense_odometry(odometry: Odometry, share: float, rng: np.random.Generator) -> Odometry:
    """Replace the odometry, with a probability, by numbers that no wheels could tell."""
    bad, kind = rng.random() < share, int(rng.integers(0, 3))
    x, y, speed = rng.uniform(-AWAY, AWAY, 3).tolist()
    if not bad:
        return odometry
    return (
        Odometry(Pose2D(math.nan, math.nan, math.nan), math.nan, math.nan),
        Odometry(odometry.pose, math.inf, -math.inf),
        Odometry(Pose2D(x, y, odometry.pose.yaw), speed, 0.0),
    )[kind]


class Miscount:
    """Count the wheels' motion wrongly while told to; what was miscounted stays, as it does on a robot."""

    def __init__(self) -> None:
        self._true: Pose2D | None = None
        self._told: Pose2D | None = None

    def __call__(self, odometry: Odometry, factor: float) -> Odometry:
        """Return the odometry with the motion since the last call taken `factor` times."""
        if self._true is None or self._told is None:
            self._told = odometry.pose
        else:
            step = self._true.inverse() @ odometry.pose
            self._told = self._told @ Pose2D(factor * step.x, factor * step.y, factor * step.yaw)
        self._true = odometry.pose
        return Odometry(self._told, factor * odometry.speed, factor * odometry.yaw_rate)


def louder(sound: Sound, decibels: float) -> Sound:
    """Amplify int16 sound; what does not fit is clipped."""
    return np.clip(np.rint(sound * 10.0 ** (decibels / 20.0)), -FULL, FULL).astype(np.int16)


def noise(sound: Sound, level: float, rng: np.random.Generator) -> Sound:
    """Return white noise as long as the sound; `level` is its root mean square as a share of full scale."""
    return np.clip(rng.standard_normal(len(sound)) * level * FULL, -FULL, FULL).astype(np.int16)


WRONG: dict[str, Callable[[Any, float], Any]] = {
    "scan": knocked,
    "microphone": louder,
    "speaker": louder,
    "speaking": lambda speaking, decibels: speaking,
}
"""Streams whose wrong value follows from the right one alone."""

GARBAGE: dict[str, Callable[[Any, float, np.random.Generator], Any]] = {
    "scan": nonsense_scan,
    "odom": nonsense_odometry,
    "microphone": noise,
    "speaker": noise,
    "speaking": lambda speaking, level, rng: False,
}
