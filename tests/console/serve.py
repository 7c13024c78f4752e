"""The screen in a process of its own, configured and active: its web server can be had once a process."""

from __future__ import annotations

import sys

from console.nodes.console import Console
from guide_common.running import run


def make() -> Console:
    node = Console()
    node.trigger_configure()
    node.trigger_activate()
    return node


if __name__ == "__main__":
    raise SystemExit(run(make, sys.argv))
