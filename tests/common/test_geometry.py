"""Planar geometry keeps its promises for any pose."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from guide_common.geometry import Pose2D, quaternion_to_yaw, wrap_angle, yaw_to_quaternion

metres = st.floats(-500.0, 500.0)
angles = st.floats(-50.0, 50.0)
poses = st.builds(Pose2D, metres, metres, st.floats(-math.pi, math.pi))


@given(angles)
def test_a_wrapped_angle_points_the_same_way(angle: float) -> None:
    wrapped = wrap_angle(angle)
    assert -math.pi < wrapped <= math.pi
    assert math.isclose(math.cos(wrapped), math.cos(angle), abs_tol=1e-9)
    assert math.isclose(math.sin(wrapped), math.sin(angle), abs_tol=1e-9)


@given(poses)
def test_a_pose_and_its_inverse_cancel(pose: Pose2D) -> None:
    identity = pose @ pose.inverse()
    assert math.hypot(identity.x, identity.y) < 1e-6
    assert abs(identity.yaw) < 1e-9


@given(poses, poses, poses)
def test_composition_is_associative(a: Pose2D, b: Pose2D, c: Pose2D) -> None:
    left, right = (a @ b) @ c, a @ (b @ c)
    assert left.distance(right) < 1e-6
    assert abs(wrap_angle(left.yaw - right.yaw)) < 1e-9


@given(st.floats(-math.pi + 1e-9, math.pi))
def test_yaw_survives_the_quaternion(yaw: float) -> None:
    assert abs(wrap_angle(quaternion_to_yaw(*yaw_to_quaternion(yaw)) - yaw)) < 1e-9
