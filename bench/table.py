"""Print a table in plain text."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their widest cell: the first to the left, the others to the right."""
    widths = [max(len(str(row[i])) for row in (head, *rows)) for i in range(len(head))]
    for number, row in enumerate((head, *rows)):
        padded = [str(cell).rjust(width) for cell, width in zip(row, widths, strict=True)]
        padded[0] = str(row[0]).ljust(widths[0])
        print("  ".join(padded).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
