"""Where cost-to-go fields are kept: a file for each state of the lasting costs, mapped into memory.

What the lidar adds to a state (things that have stood somewhere for long) is volatile. Its fields lie over those of the
state, in the same file mapped privately, so that only the pages that differ take memory and none reaches the disk.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from navigation.cost_to_go_kernels import UNREACHED
from navigation.one_way import Sectors

KEPT = 3
"""States of the costs whose files are kept."""
SLOTS = 32
"""Places that a file grows by."""
FORMAT = 2
"""Of the files; another one's are not read."""

EMPTY, MAKING, READY = 0, 1, 2
"""What a slot holds; one that was being made when the process ended is made again."""
INDEX = np.dtype([("x", "f8"), ("y", "f8"), ("quantum", "f8"), ("updates", "i4"), ("ready", "i4")])

Point = tuple[float, float]


@dataclass(slots=True)
class State:
    """Hold the fields for one state of the costs; `index` tells what each slot of `steps` is for.

    Attributes:
        key: names the costs.
        weights: H x W float32, of the field's cells.
        sectors, sides: one-way floor, of the costs' cells and of the field's.
        steps: slots x H x W uint16, whole multiples of each slot's quantum.
        index: of INDEX, for each slot.
        ready: slot and quantum of each goal (cells) whose field is ready.
        base: what this one lies over, None for one of its own.
    """

    key: str
    weights: NDArray[np.float32]
    sectors: Sectors
    sides: NDArray[np.uint8]
    steps: NDArray[np.uint16]
    index: NDArray[np.void]
    base: State | None = None
    ready: dict[Point, tuple[int, float]] = field(default_factory=dict)

    @property
    def mapped(self) -> bool:
        """Tell whether the fields are a file's."""
        return isinstance(self.steps.base, mmap.mmap)

    def find(self, goal: Point, tolerance: float = 0.0) -> tuple[int, float] | None:
        """Return slot and quantum of the goal's field, None when it is not ready."""
        found = self.ready.get(goal)
        if found is None and tolerance > 0.0:
            near = (at for at in [*self.ready] if max(abs(at[0] - goal[0]), abs(at[1] - goal[1])) <= tolerance)
            found = self.ready.get(next(near, goal))
        return found

    def claim(self, goal: Point, wanted: set[Point]) -> tuple[int, float]:
        """Write a goal into a slot that holds nothing, or nothing that is wanted; return the slot, and a quantum.

        A volatile state has each goal where the one below has it, and with its quantum, so that most of the field is
        there already; else the quantum is 0, the finest.
        """
        if self.base is not None:
            slot, quantum = self.base.ready[goal]
            if not self.mapped:
                self.steps[slot] = self.base.steps[slot]
            return slot, quantum
        for slot in range(len(self.index)):
            entry = self.index[slot : slot + 1]
            held = float(entry["x"][0]), float(entry["y"][0])
            if entry["ready"][0] == EMPTY or held not in wanted:
                self.ready.pop(held, None)
                entry["ready"], entry["x"], entry["y"] = MAKING, *goal
                return slot, 0.0
        raise AssertionError("a state has a slot for each place")

    def finish(self, goal: Point, slot: int, quantum: float, updates: int) -> None:
        """Say that a goal's field is in its slot."""
        entry = self.index[slot : slot + 1]
        entry["quantum"], entry["updates"] = quantum, updates
        entry["ready"] = READY  # last: a field that was cut off half way is not found
        self.ready[goal] = slot, quantum

    def let_go(self) -> None:
        """Take the mapped pages out of the process; they come back from the file when they are read."""
        pages = self.steps.base
        if isinstance(pages, mmap.mmap):
            pages.madvise(mmap.MADV_DONTNEED)


def key_of(weights: NDArray[np.float32], sectors: Sectors, places: int) -> str:
    """Return the name of a state of the costs with room for so many places."""
    digest = hashlib.blake2b(weights.tobytes(), digest_size=12)
    digest.update(sectors.tobytes())
    digest.update(repr((weights.shape, _slots(places), FORMAT, UNREACHED)).encode())
    return digest.hexdigest()


def open_state(
    folder: Path | None,
    key: str,
    weights: NDArray[np.float32],
    sectors: Sectors,
    sides: NDArray[np.uint8],
    places: int,
) -> State:
    """Open, or begin, the file of a state of the costs; in memory without a folder."""
    slots = _slots(places)
    shape = (slots, *weights.shape)
    if folder is None:
        return State(key, weights, sectors, sides, np.zeros(shape, np.uint16), np.zeros(slots, INDEX))
    folder.mkdir(parents=True, exist_ok=True)
    _forget_old(folder, key)
    fields, index = folder / f"{key}.fields", folder / f"{key}.index"
    if not fields.is_file() or fields.stat().st_size != 2 * math.prod(shape):
        index.unlink(missing_ok=True)  # it would tell of fields that are not there
    state = State(
        *(key, weights, sectors, sides),
        _mapped(fields, np.dtype(np.uint16), shape),
        _mapped(index, INDEX, (slots,)),
    )
    state.index["ready"][state.index["ready"] == MAKING] = EMPTY
    for slot in np.flatnonzero(state.index["ready"] == READY).tolist():
        entry = state.index[slot]
        state.ready[float(entry["x"]), float(entry["y"])] = slot, float(entry["quantum"])
    return state


def open_over(folder: Path | None, base: State, weights: NDArray[np.float32]) -> State:
    """Begin a volatile state over another; what is written to it does not reach the file."""
    index = np.zeros(len(base.index), INDEX)
    if folder is None:
        return State(base.key, weights, base.sectors, base.sides, np.zeros_like(base.steps), index, base)
    with (folder / f"{base.key}.fields").open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    steps = np.ndarray(base.steps.shape, np.uint16, pages)
    return State(base.key, weights, base.sectors, base.sides, steps, index, base)


def _slots(places: int) -> int:
    return SLOTS * max(1, math.ceil(places / SLOTS))


def _forget_old(folder: Path, key: str) -> None:
    files = sorted(folder.glob("*.fields"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in [file for file in files if file.stem != key][KEPT - 1 :]:
        file.with_suffix(".index").unlink(missing_ok=True)
        file.unlink(missing_ok=True)


def _mapped(path: Path, dtype: np.dtype[Any], shape: Iterable[int]) -> NDArray[Any]:
    """Map a file of just this size into memory, made of zeros when there is none or one of another size."""
    size = dtype.itemsize * math.prod(shape := tuple(shape))
    if not path.is_file() or path.stat().st_size != size:
        with path.open("wb") as file:
            file.truncate(size)
    else:
        os.utime(path)
    with path.open("r+b") as file:
        pages = mmap.mmap(file.fileno(), 0)
    return np.ndarray(shape, dtype, pages)  # a plain array: compiled loops take it at once, unlike a memmap
