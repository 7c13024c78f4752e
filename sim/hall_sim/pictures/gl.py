"""Draw with OpenGL where there is no screen: EGL or OSMesa, whichever this machine has."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from typing import Any

from guide_common.errors import UserError

KINDS = ("egl", "osmesa")
"""In the order in which they are tried: EGL can use a graphics card, OSMesa never does."""
PROBE = "from mujoco.{kind} import GLContext; c = GLContext(8, 8); c.make_current(); c.free()"
PROBE_WITHIN = 60.0
"""s."""
PACKAGE = "libosmesa6"


def open_context(width: int, height: int, kinds: tuple[str, ...] = KINDS) -> Any:
    """Return a current context of OpenGL, of the first of `kinds` that works; `free` it in the end.

    Raises:
        UserError: none of them works here.
    """
    kind = which_gl(kinds)
    if not kind:
        raise UserError(
            f"a picture in 3-D needs EGL or OSMesa and neither works here; install one: apt-get install {PACKAGE}"
        )
    context = import_module(f"mujoco.{kind}").GLContext(width, height)
    context.make_current()
    return context


@cache
def which_gl(kinds: tuple[str, ...] = KINDS) -> str:
    """Return the first of `kinds` that works, empty where none does. MUJOCO_GL, when it names one, is heeded.

    Tried in processes of their own: a driver that fails may take its process along, and the bindings to
    OpenGL can be tied to one of the two only once.
    """
    named = os.environ.get("MUJOCO_GL", "").lower()
    return next((kind for kind in kinds if (kind == named or named not in KINDS) and _works(kind)), "")


def _works(kind: str) -> bool:
    environment = {key: value for key, value in os.environ.items() if key != "PYOPENGL_PLATFORM"}
    command = [sys.executable, "-c", PROBE.format(kind=kind)]
    try:
        return subprocess.run(command, env=environment, capture_output=True, timeout=PROBE_WITHIN).returncode == 0
    except subprocess.TimeoutExpired:
        return False
