"""Remove the shared memory that killed Fast DDS processes left behind (about half a megabyte each)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


def clean_shared_memory(folder: Path = SHARED_MEMORY) -> list[Path]:
    """Delete Fast DDS files of ours that no process has open; return them.

    A process that lives maps its segments and ports and holds a lock on its `_el` file,
    so either sign keeps a file and all that belong to it.
    """
    files = [path for pattern in ("fastrtps_*", "sem.fastrtps_*") for path in folder.glob(pattern)]
    if not files:
        return []
    in_use = {_stem(name) for name in _open_names(str(folder))}
    in_use |= {_stem(path.name) for path in files if path.name.endswith("_el") and _locked(path)}
    removed = []
    for path in files:
        try:
            if _stem(path.name) not in in_use and path.stat().st_uid == os.getuid():
                path.unlink()
                removed.append(path)
        except FileNotFoundError:
            continue  # another launcher cleaned at the same moment
    return removed


def _stem(name: str) -> str:
    """Name what a segment, its lock file and its mutex belong to."""
    return name.removeprefix("sem.").removesuffix("_mutex").removesuffix("_el").removesuffix("_sl")


def _open_names(folder: str) -> set[str]:
    names: set[str] = set()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            for line in (process / "maps").read_text(encoding="utf-8", errors="replace").splitlines():
                _, found, name = line.partition(f"{folder}/")
                if found:
                    names.add(name.removesuffix(" (deleted)"))
            for link in (process / "fd").iterdir():
                target = os.readlink(link)
                if target.startswith(f"{folder}/"):
                    names.add(target[len(folder) + 1 :])
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # it ended meanwhile, or is another user's: that user's files are kept anyway
    return names


def _locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
