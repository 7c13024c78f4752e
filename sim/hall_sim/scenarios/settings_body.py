"""The robot's sensors and body of a scenario: what light, glass, floors and loads do to them.

body:
  lidar: {dropout: 0.01, black_shoes: 0.3, glass: [{at: [[20, 3.2], [26, 3.2]]}]}
  drive: {payload: 10, bumps: [{at: [[30, 8], [30, 12]], height: 0.005}]}
  charge: 0.4
Places are in metres of the map frame.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from hall_sim.scenarios.settings import Share, Strict

Point = tuple[float, float]


def _two_points(line: tuple[Point, Point]) -> tuple[Point, Point]:
    if line[0] == line[1]:
        raise ValueError("a line needs two different ends [[x, y], [x, y]]")
    return line


def _in_order(hours: tuple[str, str]) -> tuple[str, str]:
    if not hours[0] < hours[1]:
        raise ValueError("hours must be [from, to] of one day, such as ['15:30', '17:00']")
    return hours


Line = Annotated[tuple[Point, Point], AfterValidator(_two_points)]
Area = Annotated[tuple[Point, ...], Field(min_length=3)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
SHOE_RANGE = 5.5
"""m: 10 m at 10 % reflectivity (RPLIDAR S2), by the square root of the 3 % of black leather."""


class Glass(Strict):
    """Hold a glass wall: where it stands, and how often it answers by itself a beam that meets it at a right angle."""

    at: Line
    thickness: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    seen: Share = 0.5


class Mirror(Strict):
    """Hold a mirror on a wall: where it hangs, and m within which the wall's own cells do not count."""

    at: Line
    thickness: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1


class Sun(Strict):
    """Hold a window through which the sun blinds the lidar: where, when, the shares of lost and of spurious ranges."""

    window: Line
    hours: Annotated[tuple[Clock, Clock], AfterValidator(_in_order)] = ("00:00", "23:59")
    lost: Share = 0.6
    spurious: Share = 0.1


class LidarSettings(Strict):
    """Hold what troubles the lidar; noise in m (one sigma, else the robot's), delay in s.

    `black_shoes` is the share of people whose legs answer only from near by: within `shoe_range` m.
    """

    noise: Annotated[float | None, Field(ge=0.0, le=0.5)] = None
    dropout: Share = 0.0
    black_shoes: Share = 0.0
    shoe_range: Annotated[float, Field(gt=0.0, le=50.0)] = SHOE_RANGE
    glass: tuple[Glass, ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    sun: tuple[Sun, ...] = ()
    delay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0

    @property
    def panes(self) -> tuple[Glass | Mirror, ...]:
        """Return everything that bodies cannot pass and light does not simply come back from."""
        return (*self.glass, *self.mirrors)


class Slippery(Strict):
    """Hold a part of the floor where the wheels slip: one sigma of each wheel's scale error."""

    area: Area
    slip: Annotated[float, Field(ge=0.0, le=1.0)] = 0.15


class Bump(Strict):
    """Hold a sill or a cable cover that lies across a way; height in m."""

    at: Line
    height: Annotated[float, Field(gt=0.0, le=0.05)] = 0.005


class DriveSettings(Strict):
    """Hold what troubles the drive: slip (else the robot's), m that the floor rises and falls, kg on board, s of delay.

    `uneven` is one sigma of the floor's height over a few tenths of a metre.
    """

    slip: Annotated[float | None, Field(ge=0.0, le=1.0)] = None
    slippery: tuple[Slippery, ...] = ()
    bumps: tuple[Bump, ...] = ()
    uneven: Annotated[float, Field(ge=0.0, le=0.02)] = 0.0
    payload: Annotated[float, Field(ge=0.0, le=200.0)] = 0.0
    odometry_delay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class BodySettings(Strict):
    """Hold the state of the robot's sensors and body; charge is the battery's share at the start."""

    lidar: LidarSettings = LidarSettings()
    drive: DriveSettings = DriveSettings()
    charge: Share = 1.0
