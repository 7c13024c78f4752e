"""What the conversation wants done; the dialogue node does it and reports back with events."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialogue.conversation.facts import Memory


@dataclass(frozen=True, slots=True)
class Say:
    """Say a phrase, with its values filled in, in a language."""

    key: str
    language: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop the sentence under way and drop those that wait."""


@dataclass(frozen=True, slots=True)
class Tune:
    """Speak louder or slower from now on: both are factors of what is usual."""

    gain: float
    tempo: float


@dataclass(frozen=True, slots=True)
class AskLookup:
    """Ask the counter map what a text means; `alternatives` are other readings of the same sound."""

    text: str
    language: str
    alternatives: tuple[str, ...] = ()

    @property
    def lines(self) -> str:
        """Return the readings as the lookup takes them: a line each, best first."""
        return "\n".join((self.text, *self.alternatives))


@dataclass(frozen=True, slots=True)
class AskPlaces:
    """Ask the counter map for places; an empty field selects all."""

    kind: str = ""
    floor: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class StartGuide:
    """Lead the visitor to a place at a pace (m/s), in place of whatever leading is under way."""

    place_id: str
    language: str
    pace: float


@dataclass(frozen=True, slots=True)
class CancelGuide:
    """Stop leading."""


@dataclass(frozen=True, slots=True)
class GoHome:
    """Drive back to the post."""


@dataclass(frozen=True, slots=True)
class StopHome:
    """Stop driving back to the post."""


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep this for a restart; None forgets."""

    memory: Memory | None


Effect = Say | Hush | Tune | AskLookup | AskPlaces | StartGuide | CancelGuide | GoHome | StopHome | Remember
