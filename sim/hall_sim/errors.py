"""What can go wrong in the simulated hall.

UserError (guide_common)
├── HallError        a site, floor or person that cannot be simulated
├── ProgramMissing   this machine lacks a program
└── UserErrors       a scenario file with mistakes, all of them in one go
"""

from __future__ import annotations

from guide_common.errors import UserError


class HallError(UserError):
    """Tell why the hall cannot be simulated, and how to mend it."""


class ProgramMissing(UserError):
    """Tell which program this machine lacks, and how to get it: nothing is known of the robot."""
