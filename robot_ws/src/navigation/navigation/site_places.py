"""The places of a floor as the navigation needs them, from the site folder. Free of ROS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from guide_common.errors import UserError
from guide_common.geometry import Pose2D


def read_places(site_dir: Path | str, floor: str) -> dict[str, Pose2D]:
    """Return where the robot stands for each place of a floor, by the place's id, in the map frame.

    Raises:
        UserError: the site's files cannot be read.
    """
    try:
        features = json.loads((Path(site_dir) / "places.geojson").read_text(encoding="utf-8"))["features"]
        found = [(f["properties"], f["geometry"]["coordinates"]) for f in features if f["geometry"]["type"] == "Point"]
        return {
            str(properties["id"]): Pose2D(float(at[0]), float(at[1]), float(properties.get("yaw", 0.0)))
            for properties, at in found
            if str(properties.get("floor", floor)) == floor
        }
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _unreadable(site_dir, error) from None


def read_post(site_dir: Path | str, floor: str) -> Pose2D | None:
    """Return the post of the floor's robot in the map frame, or None where the site names none.

    Raises:
        UserError: the site's files cannot be read, or name a post that is no place.
    """
    path = Path(site_dir) / "site.yaml"
    try:
        site: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        post = site.get("robots", {}).get(floor, {}).get("post")
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise _unreadable(site_dir, error) from None
    if not post:
        return None
    places = read_places(site_dir, floor)
    if post not in places:
        raise UserError(f"{path}: robots.{floor}.post is {post}, which places.geojson does not have; add it")
    return places[post]


def _unreadable(site_dir: Path | str, error: Exception) -> UserError:
    return UserError(f"{site_dir}: cannot be read as a site ({error}); run guide map check {site_dir}")
