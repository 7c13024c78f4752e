"""Keep sounds that take seconds to compute on disk, so that each run need not wait for them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]


def kept(key: str, source: Path, make: Callable[[], Sound]) -> Sound:
    """Return the sound of a key, from `$GUIDE_HOME/cache/acoustics` if it is there; make and keep it otherwise.

    The key names everything that the sound depends on, beside the text of the file `source` that makes it. Without
    GUIDE_HOME nothing is kept.
    """
    home = os.environ.get("GUIDE_HOME")
    if not home:
        return make()
    path = Path(home) / "cache" / "acoustics" / f"{_name(key, source)}.npy"
    found = _read(path)
    if found is None:
        found = make()
        _write(path, found)
    return found


def _name(key: str, source: Path) -> str:
    return hashlib.sha256(key.encode() + source.read_bytes()).hexdigest()[:24]


def _read(path: Path) -> Sound | None:
    try:
        sound = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # not there, or not whole: it is made anew
    return sound if sound.dtype == np.float32 else None


def _write(path: Path, sound: Sound) -> None:
    """Write so that another run finds all of it or nothing; a disk that takes nothing only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.save(file, sound)
        os.replace(file.name, path)
    except OSError:
        return
