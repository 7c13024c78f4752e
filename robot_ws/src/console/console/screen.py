"""What the visitor screen shows, as plain data: the pages draw it, the node fills it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from console.catalogue import Catalogue
from guide_common.geometry import Pose2D

LANG = Path(__file__).parent / "lang"
CAPTIONS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one captioned line: who spoke (`robot` or `visitor`) and what."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """Hold the place in question: its names on the screen and where it is (m, map frame)."""

    label: str
    floor: str
    zone: str
    pose: Pose2D


@dataclass(frozen=True, slots=True)
class FloorImage:
    """Hold the drawn floor: an image file, its scale in pixels a metre, its height in pixels."""

    path: Path
    pixels_per_metre: float
    height: int

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel (right, down) of a point in metres."""
        return x * self.pixels_per_metre, self.height - y * self.pixels_per_metre


@dataclass
class ScreenState:
    """Hold everything that the screen shows now."""

    language: str = "vi"
    state: str = ""
    reason: str = ""
    choices: tuple[str, ...] = ()
    captions: deque[Line] = field(default_factory=lambda: deque(maxlen=CAPTIONS_KEPT))
    target: Target | None = None
    robot: Pose2D | None = None
    plan: tuple[tuple[float, float], ...] = ()
    distance: float | None = None
    floor: FloorImage | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)
    study: bool = False
    consent: bool | None = None
    """What the visitor answered to the question whether their voice may be kept; None until they have."""

    def hear(self, speaker: str, text: str) -> None:
        """Add a captioned line."""
        self.captions.append(Line(speaker, text))

    def enter(self, state: str) -> None:
        """Take the conversation's new state; what the last visitor saw and agreed to ends with their talk."""
        if state == "idle" and self.state != "idle":
            self.captions.clear()
            self.consent = None
        self.state = state


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what a search found: the label that a touch sends, and the name."""

    label: str
    name: str


def words(language: str) -> dict[str, str]:
    """Return the screen's words in a language, in Vietnamese where there is no such file."""
    path = LANG / f"{language.split('-')[0]}.yaml"
    if not path.exists():
        path = LANG / "vi.yaml"
    loaded: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def map_overlay(state: ScreenState) -> str:
    """Draw plan, target and robot as SVG over the floor image, in its pixels."""
    if state.floor is None:
        return ""
    parts = []
    if state.plan:
        points = " ".join("{:.0f},{:.0f}".format(*state.floor.pixel(x, y)) for x, y in state.plan)
        stroke = 'fill="none" stroke="#0b6bcb" stroke-width="5" stroke-dasharray="12 8"'
        parts.append(f'<polyline points="{points}" {stroke}/>')
    if state.target is not None:
        u, v = state.floor.pixel(state.target.pose.x, state.target.pose.y)
        parts.append(f'<circle cx="{u:.0f}" cy="{v:.0f}" r="14" fill="#d6336c" stroke="white" stroke-width="4"/>')
    if state.robot is not None:
        parts.append(_robot(state.floor, state.robot))
    return "".join(parts)


def _robot(floor: FloorImage, pose: Pose2D) -> str:
    u, v = floor.pixel(pose.x, pose.y)
    nose_u, nose_v = floor.pixel(*_ahead(pose, 0.7))
    return (
        f'<line x1="{u:.0f}" y1="{v:.0f}" x2="{nose_u:.0f}" y2="{nose_v:.0f}" stroke="#2b8a3e" stroke-width="6"/>'
        f'<circle cx="{u:.0f}" cy="{v:.0f}" r="13" fill="#2b8a3e" stroke="white" stroke-width="4"/>'
    )


def _ahead(pose: Pose2D, distance: float) -> tuple[float, float]:
    tip = pose @ Pose2D(distance, 0.0, 0.0)
    return tip.x, tip.y
