"""What can go wrong with a site and its store.

guide_common.errors.UserError
├── SiteError        one mistake about a site that a person can mend
├── StoreError       the store cannot be opened or read
│   └── StoreBusy    somebody else is writing; nothing was changed
└── ChangeRefused    a change would break the site; nothing was changed
guide_common.errors.UserErrors
└── SiteErrors       every mistake of a site folder, a line each
"""

from __future__ import annotations

from guide_common.errors import UserError, UserErrors


class SiteError(UserError):
    """Tell one mistake about a site: an unknown place, floor or procedure."""


class SiteErrors(UserErrors):
    """Tell every mistake of a site folder, each with file, line and mend."""


class StoreError(UserError):
    """Tell that the store cannot be opened or read."""


class StoreBusy(StoreError):
    """Tell that another writer holds the store; nothing was changed."""


class ChangeRefused(UserError):
    """Tell why a change would break the site; nothing was changed."""
