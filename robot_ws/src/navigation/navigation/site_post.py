"""Where a robot of a floor stands when nobody needs it: its post, from the site folder. Free of ROS."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from guide_common.errors import UserError
from guide_common.geometry import Pose2D


def read_post(site_dir: Path | str, floor: str) -> Pose2D | None:
    """Return the post of the floor's robot in the map frame, or None where the site names none.

    Raises:
        UserError: the site's files cannot be read, or name a post that is no place.
    """
    folder = Path(site_dir)
    try:
        site = yaml.safe_load((folder / "site.yaml").read_text(encoding="utf-8"))
        post = site.get("robots", {}).get(floor, {}).get("post")
        features = json.loads((folder / "places.geojson").read_text(encoding="utf-8"))["features"] if post else []
    except (OSError, ValueError, KeyError, AttributeError, yaml.YAMLError) as error:
        raise UserError(f"{folder}: cannot be read as a site ({error}); run guide map check {folder}") from None
    if not post:
        return None
    for feature in features:
        properties = feature.get("properties", {})
        if properties.get("id") == post and feature.get("geometry", {}).get("type") == "Point":
            x, y = feature["geometry"]["coordinates"][:2]
            return Pose2D(float(x), float(y), float(properties.get("yaw", 0.0)))
    raise UserError(
        f"{folder / 'site.yaml'}: robots.{floor}.post is {post}, which places.geojson does not have; add it"
    )
