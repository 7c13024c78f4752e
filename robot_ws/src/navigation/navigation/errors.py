"""What can go wrong in navigation, as one tree.

::

    UserError
    ├── MapError                 a map cannot be read or written; `result` is nav2_msgs/srv/LoadMap's code
    │   ├── MapMissingError      no such map file
    │   ├── MapImageError        the image is missing, no image, or cut short
    │   └── MapHeaderError       the YAML is broken, or a key is missing or wrong
    └── PlanError                no path can be given; `error_code` is nav2_msgs/action/ComputePathToPose's code
        ├── StartOutsideMapError, GoalOutsideMapError
        ├── StartOccupiedError, GoalOccupiedError
        └── NoPathError
"""

from __future__ import annotations

from guide_common.errors import UserError


class MapError(UserError):
    """Tell why a map cannot be used; `result` follows nav2_msgs/srv/LoadMap."""

    result = 255


class MapMissingError(MapError):
    """Tell that a map file does not exist."""

    result = 1


class MapImageError(MapError):
    """Tell that a map's image does not exist or cannot be decoded."""

    result = 2


class MapHeaderError(MapError):
    """Tell that a map's YAML is broken or says something impossible."""

    result = 3


class PlanError(UserError):
    """Tell why there is no path; `error_code` follows nav2_msgs/action/ComputePathToPose."""

    error_code = 200


class StartOutsideMapError(PlanError):
    """Tell that the start is not on the map."""

    error_code = 203


class GoalOutsideMapError(PlanError):
    """Tell that the goal is not on the map."""

    error_code = 204


class StartOccupiedError(PlanError):
    """Tell that the start is inside a wall and nothing free is near."""

    error_code = 205


class GoalOccupiedError(PlanError):
    """Tell that the goal is inside a wall, or too near one for the robot to stand there."""

    error_code = 206


class NoPathError(PlanError):
    """Tell that start and goal are not connected."""

    error_code = 208
