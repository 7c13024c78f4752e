"""The robot as data: read `robots/<name>/robot.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from guide_common.errors import UserError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Body:
    """Hold the body: a cylinder, in m and kg."""

    radius: float
    height: float
    mass: float


@dataclass(frozen=True, slots=True)
class Drive:
    """Hold the limits of the differential drive, in m, m/s, m/s^2, m/s^3, the same in rad, and s."""

    wheel_radius: float
    wheel_separation: float
    max_speed: float
    max_reverse_speed: float
    max_acceleration: float
    max_deceleration: float
    max_jerk: float
    max_yaw_rate: float
    max_yaw_acceleration: float
    max_yaw_jerk: float
    command_timeout: float


@dataclass(frozen=True, slots=True)
class Lidar:
    """Hold the 2D lidar: where it sits in base_link (m, rad) and what it measures (m, Hz)."""

    frame: str
    x: float
    y: float
    z: float
    yaw: float
    beams: int
    range_min: float
    range_max: float
    rate: float
    noise: float


@dataclass(frozen=True, slots=True)
class Odometry:
    """Hold the wheel odometry: Hz, and the one-sigma scale error of each wheel."""

    rate: float
    slip: float


@dataclass(frozen=True, slots=True)
class Imu:
    """Hold the inertial unit: its link, Hz, and the noise of a sample (one sigma, rad/s and m/s^2)."""

    frame: str
    rate: float
    gyroscope_noise: float
    accelerometer_noise: float


@dataclass(frozen=True, slots=True)
class Battery:
    """Hold the battery: Wh, nominal V, W when standing, rolling resistance (-), and the drive's efficiency 0..1."""

    capacity: float = 512.0
    voltage: float = 25.6
    idle: float = 50.0
    rolling_resistance: float = 0.02
    efficiency: float = 0.6


@dataclass(frozen=True, slots=True)
class Robot:
    """Describe one kind of robot."""

    name: str
    body: Body
    drive: Drive
    lidar: Lidar
    odometry: Odometry
    imu: Imu | None = None
    """None for a robot without one."""
    battery: Battery = Battery()


def load_robot(folder: Path | str) -> Robot:
    """Read a robot's folder; raise UserError that names the file, the key and the mend."""
    path = Path(folder) / "robot.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the folder of a robot, such as robots/concierge") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML ({str(error).splitlines()[0]}); mend the syntax") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: expected a mapping with body, drive, lidar and odometry")
    return Robot(
        name=str(data.get("name", Path(folder).name)),
        body=_part(path, data, "body", Body),
        drive=_part(path, data, "drive", Drive),
        lidar=_part(path, data, "lidar", Lidar),
        odometry=_part(path, data, "odometry", Odometry),
        battery=_part(path, data, "battery", Battery) if "battery" in data else Battery(),
        imu=_part(path, data, "imu", Imu) if "imu" in data else None,
    )


def _part(path: Path, data: dict[str, Any], key: str, kind: type[T]) -> T:
    part = data.get(key)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if not isinstance(part, dict) or sorted(part) != sorted(names):
        found = ", ".join(part) if isinstance(part, dict) else type(part).__name__
        raise UserError(f"{path}: {key} must hold exactly {', '.join(names)}; found {found}")
    return kind(**part)
