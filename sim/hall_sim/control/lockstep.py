"""Keep the simulated clock from running ahead of the graph.

Before each tick the simulator waits until every node that is alive has told, by
the stamp of its heartbeat, that it has worked up to almost now: closely for the
nodes that drive, within a second for those that hear, look up and speak, so that
a slow machine changes how long a run takes and not what is heard in it. A node
that falls silent for a while of wall time is dropped, so a killed node does
not stop the world, and so is one that goes on beating but whose work does not
get on for seconds (it hangs); each counts again as soon as it works again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DRIVING = {"velocity_guard": 0.1, "bt_navigator": 0.15, "amcl": 0.15}
"""s by which the clock may be ahead of each node that drives."""
LAGS = (
    DRIVING
    | {"people_tracker": 0.3, "guide": 0.4}
    | dict.fromkeys(("counter_map", "listener", "speaker", "dialogue"), 1.0)
)
"""s by which the clock may be ahead of each node."""
SILENCE = 0.5
"""s of wall time after which a node that drives does not count."""
LONG_SILENCE = 1.0
"""s of wall time after which any other node does not count; they beat five times a second."""
HANGS = 10.0
"""s of wall time for which the clock waits for one piece of work."""
ACTIVE = 3
"""lifecycle_msgs/State: active."""


@dataclass(slots=True)
class _Beat:
    stamp: float
    heard: float
    active: bool
    late_since: float | None = None


@dataclass(slots=True)
class Lockstep:
    """Tell whether the graph has kept up; stamps in s of the simulated clock, `wall` in s of any steady clock."""

    lags: dict[str, float] = field(default_factory=lambda: dict(LAGS))
    silence: float = SILENCE
    _beats: dict[str, _Beat] = field(default_factory=dict)

    def beat(self, node: str, stamp: float, state: int, wall: float) -> None:
        """Take a heartbeat."""
        if node in self.lags:
            before = self._beats.get(node)
            late = before.late_since if before is not None and stamp <= before.stamp else None
            self._beats[node] = _Beat(stamp, wall, state == ACTIVE, late)

    def behind(self, clock: float, wall: float) -> list[str]:
        """Return the live nodes that have not worked up to `clock` closely enough."""
        beats = list(self._beats.items())  # another thread takes beats meanwhile
        return [node for node, beat in beats if self._holds(node, beat, clock, wall)]

    def _holds(self, node: str, beat: _Beat, clock: float, wall: float) -> bool:
        silence = self.silence if node in DRIVING else LONG_SILENCE
        if not beat.active or wall - beat.heard >= silence or clock - beat.stamp <= self.lags[node] + 1e-6:
            return False
        if beat.late_since is None:
            beat.late_since = wall
        return wall - beat.late_since < HANGS

    def all_active(self, wall: float) -> bool:
        """Tell whether every control node is alive and active: the graph can drive."""
        return all(
            node in self._beats and self._beats[node].active and wall - self._beats[node].heard < self.silence
            for node in DRIVING
        )
