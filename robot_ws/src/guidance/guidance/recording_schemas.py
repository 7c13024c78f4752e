"""Build the ROS 2 message definitions that a recording carries, from the files that packages install.

The format is that of `ros2msg` schemas in MCAP: the definition of the type, then that of every type
it uses, each after a line of `=` and a line `MSG: package/Type`.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from guidance.errors import RecordingError

SEPARATOR = "=" * 80
_PRIMITIVE = frozenset(
    ["bool", "byte", "char", "float32", "float64", "string", "wstring"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9_/]*)(<=\d+)?(\[[<=\d]*\])?\s+[A-Za-z]\w*\s*(?!\s*=)")


def schema_name(type_name: str) -> str:
    """Return the name a type has in a recording.

    Types made from actions and services (`A_FeedbackMessage`) lose their underscore and count as messages: the
    Python reader of MCAP takes no other names.
    """
    package, group, name = type_name.split("/")
    return type_name if group == "msg" else f"{package}/msg/{name.replace('_', '')}"


def schema_of(type_name: str) -> str:
    """Return the full definition of a type such as `nav_msgs/msg/Odometry` or `p/action/A_FeedbackMessage`.

    Raises:
        RecordingError: a definition is in no AMENT_PREFIX_PATH.
    """
    parts = [_definition(type_name)]
    seen = {type_name}
    waiting = _used(type_name)
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        package, _, kind = name.split("/")
        parts.append(f"{SEPARATOR}\nMSG: {package}/{kind.replace('_', '')}\n{_definition(name)}")
        waiting += _used(name)
    return "\n".join(parts)


@cache
def _definition(type_name: str) -> str:
    package, group, name = type_name.split("/")
    if group == "msg":
        return _read(package, f"msg/{name}.msg")
    base, _, part = name.rpartition("_")
    if group == "srv":
        request, _, response = _read(package, f"srv/{base}.srv").partition("\n---")
        return {"Request": request, "Response": response}[part].strip()
    goal, result, feedback = re.split(r"^---.*$", _read(package, f"action/{base}.action"), flags=re.MULTILINE)
    made = {
        "Goal": goal,
        "Result": result,
        "Feedback": feedback,
        "FeedbackMessage": f"unique_identifier_msgs/UUID goal_id\n{package}/{base}Feedback feedback",
    }
    return made[part].strip()


def _used(type_name: str) -> list[str]:
    """Return the full names of the message types that a definition uses."""
    package, group, _ = type_name.split("/")
    found = []
    for line in _definition(type_name).splitlines():
        match = _FIELD.match(line.strip())
        if match is None or match[1] in _PRIMITIVE:
            continue
        name = match[1]
        if group == "action" and name.startswith(f"{package}/") and name.endswith("Feedback"):
            found.append(f"{package}/{group}/{name.rpartition('/')[2].removesuffix('Feedback')}_Feedback")
        elif "/" in name:
            owner, _, kind = name.rpartition("/")
            found.append(f"{owner.split('/')[0]}/msg/{kind}")
        else:
            found.append(f"{'std_msgs' if name == 'Header' else package}/msg/{name}")
    return found


def _read(package: str, file: str) -> str:
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        path = Path(prefix) / "share" / package / file
        if prefix and path.is_file():
            return path.read_text(encoding="utf-8").strip()
    raise RecordingError(f"{package}/{file} is in no AMENT_PREFIX_PATH; build the workspace or source its set-up")
