"""What the led visitor is like, and what they will do on the way: from the scenario, drawn by the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hall_sim.people.kinds import KINDS, Kind
from hall_sim.scenarios.settings_people import ActName, VisitorSettings, draw

LASTS: dict[ActName, tuple[float, float]] = {
    "pause": (3.0, 8.0),
    "tie_lace": (8.0, 15.0),
    "phone": (15.0, 40.0),
    "talk": (10.0, 30.0),
    "turn_back": (4.0, 10.0),
    "stray": (15.0, 40.0),
    "replaced": (10.0, 25.0),
    "refuse": (0.0, 0.0),
}
"""s that an act lasts when the scenario does not say, least and most."""
BY_CHANCE_AFTER = (3.0, 12.0)
"""m after which an act begins that happens by chance."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Hold one act to come: m walked or s gone since setting out, and for how many s; the unused one is infinite."""

    do: ActName
    after_m: float
    after_s: float
    for_s: float


class Character:
    """Draw and hold the character of a visitor.

    Args:
        settings: the visitor of the scenario.
        rng: of what is left open there.

    Attributes:
        kind: of their body.
        pace: m/s.
        front: share 0..1 of how far before the robot they stand to talk.
        attention: s until they notice what the robot does.
    """

    def __init__(self, settings: VisitorSettings, rng: np.random.Generator) -> None:
        given = settings.character
        self.kind: Kind = KINDS[given.kind]
        usual = settings.pace if "pace" in settings.model_fields_set or given.kind == "adult" else self.kind.led
        self.pace = draw(usual if given.pace is None else given.pace, rng)
        stop_after, stop = draw(settings.stop_after_m, rng), settings.stop_once_s
        self.front = float(rng.random())
        self.attention = draw(given.attention, rng)
        self._plan = [Planned("pause", stop_after, np.inf, stop)] if stop > 0.0 else []
        for act in given.acts:
            after_m = np.inf if act.after_m is None else draw(act.after_m, rng)
            after_s = np.inf if act.after_s is None else draw(act.after_s, rng)
            lasts = draw(LASTS[act.do] if act.for_s is None else act.for_s, rng)
            self._plan.append(Planned(act.do, after_m, after_s, lasts))
        for name in LASTS:
            if rng.random() < given.chances.get(name, 0.0):
                self._plan.append(Planned(name, draw(BY_CHANCE_AFTER, rng), np.inf, draw(LASTS[name], rng)))

    def due(self, led: float, seconds: float) -> Planned | None:
        """Return, once, the first act whose m or s have passed since setting out."""
        for act in self._plan:
            if led > act.after_m or seconds > act.after_s:
                self._plan.remove(act)
                return act
        return None
