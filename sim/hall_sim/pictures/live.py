"""A run in one process on a terminal: the view that `guide demo` opens on the graph."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from guidance.demo.live import Live
from guidance.demo.view import View
from hall_sim.hall import Tick
from hall_sim.pictures.moment import Watch

if TYPE_CHECKING:
    from hall_sim.runs.inprocess import InProcessRun

PERIOD = 0.1
"""s of wall time between two looks at the view."""


def watch_live(view: View) -> Watch:
    """Return a watch for one run that keeps a view up to date.

    with open_view(Console()) as view:
        run.watch = watch_live(view)
        report = run.run()
    """
    return _Follower(view)


class _Follower:
    def __init__(self, view: View) -> None:
        self._view, self._live = view, Live()
        self._begun = self._shown = time.monotonic()
        self._said = self._happened = 0

    def __call__(self, run: InProcessRun, tick: Tick) -> None:
        live, wall = self._live, time.monotonic()
        live.contacts += len(tick.contacts)
        if live.start is None:
            live.start = run.now - tick.time
        live.now, live.wall = run.now, wall - self._begun
        self._listen(run)
        if wall - self._shown < PERIOD and not run.over:
            return
        self._shown = wall
        self._look(run)
        self._view.show(live)

    def _listen(self, run: InProcessRun) -> None:
        for _, speaker, text in run.log.captions[self._said :]:
            self._live.add_line(speaker, text)
        for _, who, what in run.log.happenings[self._happened :]:
            self._live.add_line(who, f"({what})")
        self._said, self._happened = len(run.log.captions), len(run.log.happenings)

    def _look(self, run: InProcessRun) -> None:
        live, stack = self._live, run.stack
        talk, leading = stack.reception.conversation, stack.guide.leading
        live.state, live.reason, live.place = talk.state, talk.reason, talk.place_id
        live.speed = abs(stack.command[0])
        live.guiding, live.distance_left, live.visitor_distance = "", None, None
        if leading is not None and leading.decision is not None:
            live.guiding = leading.decision.state
            live.distance_left = stack.pilot.remaining
            live.visitor_distance = leading.visitor_distance if math.isfinite(leading.visitor_distance) else None
