"""The exceptions of the dialogue package.

GuideError
└── UserError
    ├── SoundFileError      a WAV that is missing, broken, silent or too long
    ├── BackendError        a recogniser or voice that cannot be had: wrong name, missing model or program
    └── LanguageError       a language without phrases, or a mistake in its data
"""

from __future__ import annotations

from guide_common.errors import UserError


class SoundFileError(UserError):
    """Say what is wrong with a sound file."""


class BackendError(UserError):
    """Say why a recogniser or a voice cannot be used."""


class LanguageError(UserError):
    """Say what is wrong with the data of a language."""
