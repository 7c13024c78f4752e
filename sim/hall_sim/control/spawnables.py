"""What can be spawned into a hall: URIs, what they take after a question mark, and names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from guide_common.geometry import Pose2D
from hall_sim.control.entities_people import VISITOR_NAME, WORDS
from hall_sim.control.refusals import (
    FEATURE_UNSUPPORTED,
    NAME_INVALID,
    NAMESPACE_INVALID,
    NO_RESOURCE,
    NOT_FOUND,
    RESOURCE_PARSE_ERROR,
    UNSUPPORTED_FORMAT,
    Refused,
)
from hall_sim.people.kinds import KINDS, Kind
from hall_sim.scenarios.settings_people import VisitorSettings
from hall_sim.world.obstacles import Size

STANDS, WANDERS, BOX = "person", "wanderer", "box"
BOX_SIZE: Size = (0.4, 0.4, 0.6)
LEAST_SIDE, MOST_SIDE = 0.1, 2.0
"""m."""
FILES = ("sdf", "urdf", "xacro", "xml", "mjcf", "usd", "usda", "dae", "obj", "stl")
"""Endings of files that other simulators spawn."""
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
NAMESPACE = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what is to be spawned: as SpawnEntity has it, with the pose in the map frame."""

    uri: str
    pose: Pose2D
    name: str = ""
    rename: bool = True
    namespace: str = ""
    description: str = ""

    @property
    def prefix(self) -> str:
        """Return what comes before the name; raise Refused if the namespace or the name is none."""
        if self.namespace and not NAMESPACE.fullmatch(self.namespace):
            raise Refused(NAMESPACE_INVALID, f"'{self.namespace}' is no ROS namespace")
        if self.name and not NAME.fullmatch(self.name):
            raise Refused(NAME_INVALID, f"'{self.name}' is no name: use letters, digits, '_', '-' and '.'")
        if not self.name and not self.rename:
            raise Refused(NAME_INVALID, "the name is empty; give one, or allow_renaming")
        return f"{self.namespace.strip('/')}/" if self.namespace else ""


@dataclass(frozen=True, slots=True)
class Spawnable:
    """Hold something that can be spawned, and the room that it takes: half its width and its height, in m."""

    uri: str
    description: str
    radius: float
    height: float


class Parsed(NamedTuple):
    """Hold a URI that was understood: what it names, and of which kind and size that is."""

    path: str
    kind: Kind | None
    size: Size = BOX_SIZE
    say: str | None = None

    @property
    def word(self) -> str:
        """Return what something is called that got no name."""
        return self.path.rsplit("/", 1)[-1]


def spawnables(visitor: Kind) -> list[Spawnable]:
    """Return what can be spawned; `visitor` is the kind of the scenario's."""
    people = [(name, WORDS[name], kind.radius, kind.height) for name, kind in KINDS.items()]
    stand = [Spawnable(f"{STANDS}/{name}", f"{words}, who stays where put", *size) for name, words, *size in people]
    walk = [Spawnable(f"{WANDERS}/{name}", f"{words}, who joins the crowd", *size) for name, words, *size in people]
    comes = "the next visitor, once the one before has gone; ?say=WORDS gives another request"
    box = f"a box; ?size=LENGTHxWIDTHxHEIGHT in m, each {LEAST_SIDE} to {MOST_SIDE}, for another size"
    return [
        *stand,
        *walk,
        Spawnable(VISITOR_NAME, comes, visitor.radius, visitor.height),
        Spawnable(BOX, box, BOX_SIZE[0] / 2.0, BOX_SIZE[2]),
    ]


def parse(wish: Wish) -> Parsed:
    """Understand the URI of a wish; raise Refused."""
    if not wish.uri:
        if wish.description:
            raise Refused(FEATURE_UNSUPPORTED, "resource_string is not read; give the uri of one of get_spawnables")
        raise Refused(NO_RESOURCE, "uri is empty; give one of get_spawnables")
    path, _, query = wish.uri.partition("?")
    path, knobs = unquote(path), dict(parse_qsl(query, keep_blank_values=True))
    way, _, kind = path.partition("/")
    if path == BOX:
        parsed = Parsed(path, None, size=_size(knobs.pop("size", None)))
    elif path == VISITOR_NAME:
        parsed = Parsed(path, None, say=_words(knobs.pop("say", None)))
    elif way in (STANDS, WANDERS) and kind in KINDS:
        parsed = Parsed(path, KINDS[kind])
    else:
        raise _unknown(wish.uri)
    if knobs:
        raise Refused(RESOURCE_PARSE_ERROR, f"'{next(iter(knobs))}' is no knob of {path}; leave it out")
    return parsed


def saying(settings: VisitorSettings, say: str | None) -> VisitorSettings:
    """Return a visitor who asks for something else, in words; None leaves them as they are."""
    return settings if say is None else settings.model_copy(update={"say": say, "wants": "", "procedure": ""})


def _unknown(uri: str) -> Refused:
    if uri.rsplit(".", 1)[-1].lower() in FILES:
        return Refused(UNSUPPORTED_FORMAT, f"{uri}: files cannot be spawned, only what get_spawnables lists")
    kinds = "|".join(KINDS)
    there = f"{STANDS}/{kinds}, {WANDERS}/{kinds}, {VISITOR_NAME} and {BOX}"
    return Refused(NOT_FOUND, f"there is no spawnable '{uri}'; there are {there}")


def _size(text: str | None) -> Size:
    if text is None:
        return BOX_SIZE
    number = r"(\d+(?:\.\d*)?|\.\d+)"
    match = re.fullmatch(rf"{number}x{number}x{number}", text)
    sides = tuple(float(side) for side in match.groups()) if match else ()
    if not sides or not all(LEAST_SIDE <= side <= MOST_SIDE for side in sides):
        raise Refused(
            RESOURCE_PARSE_ERROR, f"size={text}: write LENGTHxWIDTHxHEIGHT in m, each {LEAST_SIDE} to {MOST_SIDE}"
        )
    return sides[0], sides[1], sides[2]


def _words(say: str | None) -> str | None:
    if say is not None and not say.strip():
        raise Refused(RESOURCE_PARSE_ERROR, "say= is empty; give the visitor's words, or leave it out")
    return say
