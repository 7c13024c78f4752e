"""Compile every numba kernel once and leave the machine code in the caches, so that no node compiles while it runs."""

from __future__ import annotations

from importlib import import_module

WARMED = ("navigation.warm", "hall_sim.warm")


def main() -> None:
    """Call each package's `warm()`."""
    for name in WARMED:
        import_module(name).warm()


if __name__ == "__main__":
    main()
