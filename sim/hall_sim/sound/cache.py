"""Keep sounds that take seconds to compute on disk, so that each run need not wait for them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]


def kept(key: str, sources: Sequence[Path], make: Callable[[], Sound]) -> Sound:
    """Return the sound of a key, from `$GUIDE_HOME/cache/acoustics` if it is there; make and keep it otherwise.

    The key names everything that the sound depends on, beside the text of the files `sources` that make it. Without
    GUIDE_HOME nothing is kept.
    """
    home = os.environ.get("GUIDE_HOME")
    if not home:
        return make()
    path = Path(home) / "cache" / "acoustics" / f"{_name(key, sources)}.npy"
    found = _read(path)
    if found is None:
        found = make()
        _write(path, found)
    return found


def _name(key: str, sources: Sequence[Path]) -> str:
    texts = [source.read_bytes() for source in sources]
    return hashlib.sha256(b"\0".join([key.encode(), *texts])).hexdigest()[:24]


def _read(path: Path) -> Sound | None:
    try:
        sound = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # not there, or not whole: it is made anew
    return sound if sound.dtype == np.float32 else None


def _write(path: Path, sound: Sound) -> None:
    """Write so that another run finds all of it or nothing; a disk that takes nothing only costs time."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.save(file, sound)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
