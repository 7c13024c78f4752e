"""Who stands before the robot is the same person for those who greet and those who lead."""

import math

import pytest

from guide_common.geometry import Pose2D
from guide_common.standing import NEAR, SIDE, SLOW, stands_before

ROBOT = Pose2D(10.0, 5.0, math.pi / 2)


@pytest.mark.parametrize(
    ("ahead", "left", "speed", "stands"),
    [
        (1.0, 0.0, 0.0, True),
        (NEAR + 0.1, 0.0, 0.0, False),
        (1.0, 0.0, SLOW + 0.1, False),
        (0.0, 1.2, 0.0, True),
        (-1.2, 0.0, 0.0, False),
        (math.cos(SIDE - 0.05), math.sin(SIDE - 0.05), 0.0, True),
        (math.cos(SIDE + 0.05), math.sin(SIDE + 0.05), 0.0, False),
    ],
)
def test_stands_before(ahead: float, left: float, speed: float, stands: bool) -> None:
    person = ROBOT @ Pose2D(ahead, left)
    assert stands_before(ROBOT, person.x, person.y, speed) is stands
