"""Figures of the crowd around the robot: walks, waiting in line and jams, in all and by place.

A walk is the way from one place to the next, without moving up in a line; shorter ones than `STEP_ASIDE` do not count.
A jam is somebody who wants to walk and for `JAMMED` s has not got on; standing before the robot does not count, nor
who is nearly there, where somebody else stands. Looked at once a second.
"""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import fmean
from typing import Any

from hall_sim.hall import Hall

LOOKS = 1.0
"""s between two looks."""
JAMMED = 1.0
"""s."""
NEARLY_THERE = 2.0
"""m."""
CELL = 1.0
"""m of the squares by which jams are told."""
STEP_ASIDE = 3.0
"""s."""
METRICS = ("walk_s", "queue_wait_s", "queue_longest", "jam_share")
"""What is told of a run."""
MOST_CELLS = 40
"""Squares that are told, the worst first."""


class CrowdFigures:
    """Look at a hall's people as time goes on; times in s, person-seconds summed over people."""

    def __init__(self) -> None:
        self.walking = self.jammed = 0.0
        self.walks: list[float] = []
        self._set_out: dict[int, float] = {}
        self._jams: dict[tuple[int, int], float] = defaultdict(float)
        self._longest: dict[str, int] = defaultdict(int)
        self._next = 0.0

    def look(self, hall: Hall) -> None:
        """Look at everybody when it is time; call it at least once a second."""
        if hall.time < self._next:
            return
        self._next = hall.time + LOOKS - 1e-6
        for index, errand in enumerate(hall.wandering.errands):
            walker = errand.walker
            if walker is None or not walker.way:
                self._arrived(index, hall.time)
                continue
            if errand.turn is not None:
                self._arrived(index, hall.time)
            else:
                self._set_out.setdefault(index, hall.time)
            self.walking += LOOKS
            waits_there = math.dist(walker.position, walker.way[-1]) < NEARLY_THERE
            if walker.stuck >= JAMMED and walker.held == 0.0 and not waits_there:
                self.jammed += LOOKS
                self._jams[int(walker.position[0] // CELL), int(walker.position[1] // CELL)] += LOOKS
        for place, line in hall.wandering.goals.queues.lines.items():
            self._longest[place] = max(self._longest[place], len(line.members))

    def _arrived(self, index: int, time: float) -> None:
        """Take that somebody stands, or has left."""
        walked = time - self._set_out.pop(index, time)
        if walked > STEP_ASIDE:
            self.walks.append(walked)

    def metrics(self, hall: Hall) -> dict[str, float | None]:
        """Return the mean walk, the mean wait of who was served, the longest line, the share of walking in jams.

        A mean over nobody is None.
        """
        waits = [turn.begun - turn.joined for turn in hall.wandering.goals.queues.served]
        return {
            "walk_s": round(fmean(self.walks), 3) if self.walks else None,
            "queue_wait_s": round(fmean(waits), 3) if waits else None,
            "queue_longest": max(self._longest.values(), default=0),
            "jam_share": round(self.jammed / self.walking, 4) if self.walking else None,
        }

    def by_place(self, hall: Hall) -> dict[str, Any]:
        """Return `queues` (by place: served, wait_s, longest) and `jams` (x, y of a square's middle in m, person-s)."""
        waits: dict[str, list[float]] = defaultdict(list)
        for turn in hall.wandering.goals.queues.served:
            waits[turn.place].append(turn.begun - turn.joined)
        queues = {
            place: {"served": len(waits[place]), "wait_s": round(fmean(waits[place]), 2) if waits[place] else None}
            | {"longest": self._longest[place]}
            for place in sorted({*waits, *(place for place, longest in self._longest.items() if longest)})
        }
        worst = sorted(self._jams.items(), key=lambda jam: (-jam[1], jam[0]))[:MOST_CELLS]
        jams = [[(column + 0.5) * CELL, (row + 0.5) * CELL, spent] for (column, row), spent in worst]
        return {"queues": queues, "jams": jams}
