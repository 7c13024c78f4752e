"""A small disk of a run's own, under the state folder, that can be full, come loose, or lose its files' content.

Permissions do not stop root, so the faults are those of a real file system: a tmpfs that is bounded to what is on it
(ENOSPC), or an empty one that cannot be written over it (EROFS).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np

from guide_common.errors import UserError
from hall_sim.faults.rig import Condition, DiskAction

SIZE, FILES = "64m", 4096
"""What the disk can hold."""
BALLAST = ".ballast"
"""A file that keeps the disk from being empty: a tmpfs of no size has no bounds."""


class StateDisk:
    """Be the disk under a folder; a context manager that mounts and unmounts it.

    Args:
        folder: made if it is not there; what was in it is hidden while the disk is mounted.
        rng: of the bytes that are garbled.
    """

    def __init__(self, folder: Path, rng: np.random.Generator) -> None:
        self.folder = folder
        self.condition: Condition = "well"
        self._rng = rng

    def __enter__(self) -> StateDisk:
        """Mount it; raise UserError when this user may not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            _mount("-t", "tmpfs", "-o", f"size={SIZE},nr_inodes={FILES}", "tmpfs", str(self.folder))
        except (OSError, subprocess.CalledProcessError):
            raise UserError(
                f"{self.folder}: a fault of the disk needs a small disk mounted there, which this user may not; "
                "run as root or leave that fault out"
            ) from None
        (self.folder / BALLAST).write_bytes(bytes(os.sysconf("SC_PAGE_SIZE")))
        return self

    def __exit__(self, *_: object) -> None:
        """Unmount it, whoever still has a file open."""
        self._become("well")
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True, capture_output=True)

    def act(self, action: DiskAction) -> None:
        """Do to the disk what a fault says."""
        if action.do == "garble":
            self.garble(action.share)
        else:
            self._become(action.do)

    def garble(self, share: float) -> None:
        """Overwrite a share of each file's bytes at random."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.name != BALLAST:
                data = np.frombuffer(path.read_bytes(), np.uint8)
                bad = self._rng.random(len(data)) < share
                noise = self._rng.integers(0, 256, len(data), np.uint8)
                with path.open("r+b") as file:
                    file.write(np.where(bad, noise, data).astype(np.uint8).tobytes())

    def _become(self, condition: Condition) -> None:
        if self.condition == condition:
            return
        if self.condition == "gone":
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True, capture_output=True)
        elif self.condition == "full":
            self._bound(SIZE, FILES)
        if condition == "gone":
            _mount("-t", "tmpfs", "-o", "ro", "tmpfs", str(self.folder))
        elif condition == "full":
            used = os.statvfs(self.folder)
            self._bound(str((used.f_blocks - used.f_bfree) * used.f_frsize), used.f_files - used.f_ffree)
        self.condition = condition

    def _bound(self, size: str, files: int) -> None:
        _mount("-o", f"remount,size={size},nr_inodes={files}", str(self.folder))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
