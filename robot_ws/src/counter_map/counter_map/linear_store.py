"""Keep fitted models between runs, each under the hash of what it was fitted to."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from zipfile import BadZipFile

import numpy as np

from counter_map.linear import Linear
from counter_map.locate import home

KEPT = 8
"""Models of a name that are kept; the one that was used longest ago goes."""
FORM = 2
"""Raised when features or fitting change, so that no old fit is taken for a new one."""


def folder() -> Path:
    """Return where fitted models are kept."""
    return home() / "models"


def fitted(name: str, data: object, fit: Callable[[], Linear]) -> Linear:
    """Return the model that was fitted to `data` (anything JSON can write), fitting it when there is none."""
    text = json.dumps([FORM, data], ensure_ascii=False, sort_keys=True)
    path = folder() / f"{name}-{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}.npz"
    model = _read(path)
    if model is None:
        model = fit()
        _write(model, path)
    else:
        _use(path)
    return model


def _read(path: Path) -> Linear | None:
    try:
        with np.load(path, allow_pickle=False) as kept:
            features = bytes(kept["features"]).decode().split("\n")
            return Linear(features, kept["idf"], kept["weights"], kept["bias"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # absent, or cut short: it is fitted again
        return None


def _write(model: Linear, path: Path) -> None:
    """Write beside and rename, so that nobody reads half a model; a folder that cannot be written keeps none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            features = np.frombuffer("\n".join(model.features).encode(), np.uint8)
            np.savez(file, features=features, idf=model.idf, weights=model.weights, bias=model.bias)
        os.replace(file.name, path)
        for old in sorted(path.parent.glob(f"{path.name.split('-')[0]}-*.npz"), key=_used)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _use(path: Path) -> None:
    """Note that a model is in use; another process may have just thrown it out."""
    with suppress(OSError):
        os.utime(path)


def _used(path: Path) -> float:
    return path.stat().st_mtime
