"""Point the CMake files of the ROS 2 wheels at this Python: they still name the machine they were built on."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import numpy as np

BUILT_ON = "/opt/python/cp311-cp311"
MOVED = {
    f"{BUILT_ON}/lib/python3.11/site-packages/numpy/_core/include": np.get_include(),
    f"{BUILT_ON}/include/python3.11": sysconfig.get_paths()["include"],
}


def main() -> None:
    """Rewrite both paths in every CMake file of the environment."""
    for path in Path(sys.prefix).glob("share/*/cmake/*.cmake"):
        text = patched = path.read_text(encoding="utf-8")
        for old, new in MOVED.items():
            patched = patched.replace(old, new)
        if patched != text:
            path.write_text(patched, encoding="utf-8")


if __name__ == "__main__":
    main()
