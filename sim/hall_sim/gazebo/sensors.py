"""The lidar's and the IMU's figures, in the words that every generation of Gazebo shares."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

from guide_common.robot import Imu, Lidar
from hall_sim.gazebo.xml import put, put_all, put_noise


def put_lidar(out: ET.Element, figures: Lidar) -> None:
    """Append beams, range and noise to a `<lidar>` or `<ray>` element; the beams are those of hall_sim.world.lidar."""
    last = math.pi - math.tau / figures.beams
    put_all(
        put(out, "scan/horizontal"),
        (("samples", figures.beams), ("resolution", 1.0), ("min_angle", -math.pi), ("max_angle", last)),
    )
    put_all(put(out, "range"), (("min", figures.range_min), ("max", figures.range_max)))
    put_all(put(out, "noise"), (("type", "gaussian"), ("mean", 0.0), ("stddev", figures.noise)))


def put_imu(out: ET.Element, figures: Imu) -> None:
    """Append the noise of gyroscope and accelerometer to an `<imu>` element."""
    put_noise(put(out, "angular_velocity"), figures.gyroscope_noise)
    put_noise(put(out, "linear_acceleration"), figures.accelerometer_noise)
