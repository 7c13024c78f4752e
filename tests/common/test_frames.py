"""The frame tree: interpolation, clocks that are set back, and numbers that are none."""

from __future__ import annotations

import math

import pytest

from guide_common.frames import FrameTree
from guide_common.geometry import Pose2D


def tree() -> FrameTree:
    frames = FrameTree()
    frames.take("map", "odom", 1.0, Pose2D(1.0, 0.0))
    for stamp in (1.0, 2.0):
        frames.take("odom", "base_link", stamp, Pose2D(stamp, 0.0))
    return frames


def test_composes_the_newest_and_tells_the_oldest_stamp() -> None:
    assert tree().pose("map", "base_link") == (Pose2D(3.0, 0.0), 1.0)


def test_interpolates_the_past() -> None:
    found = tree().pose("odom", "base_link", 1.25)
    assert found is not None
    assert found[0].x == pytest.approx(1.25)


def test_a_clock_set_back_begins_anew() -> None:
    frames = tree()
    frames.take("odom", "base_link", 1.5, Pose2D(9.0, 0.0))
    assert frames.pose("odom", "base_link") == (Pose2D(2.0, 0.0), 2.0), "late, and superseded"
    frames.take("odom", "base_link", -5.0, Pose2D(4.0, 0.0))
    assert frames.pose("odom", "base_link") == (Pose2D(4.0, 0.0), -5.0)


@pytest.mark.parametrize("nonsense", [Pose2D(math.nan, 0.0), Pose2D(0.0, math.inf), Pose2D(0.0, 0.0, math.nan)])
def test_a_pose_that_is_no_number_is_left_out(nonsense: Pose2D) -> None:
    frames = tree()
    frames.take("odom", "base_link", 3.0, nonsense)
    assert frames.pose("odom", "base_link") == (Pose2D(2.0, 0.0), 2.0)
