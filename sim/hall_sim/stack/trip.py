"""The robot that drives where it is told: everything that moves it, without the mind that greets and leads."""

from __future__ import annotations

from hall_sim.stack.robot import RobotStack


class TripStack(RobotStack):
    """Drive by the pilot alone; nobody is talked to."""

    @property
    def doing(self) -> tuple[str, str]:
        """Return what it does, and why where that needs to be said."""
        return ("driving", self.pilot.why) if self.pilot.target is not None else ("at the end", "")

    def _step_slow(self) -> None:
        """Leave guide and dialogue as they are."""
