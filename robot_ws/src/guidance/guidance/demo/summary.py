"""The end of a run on a terminal: did it go right, the figures that say so, and where the evidence is."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from guidance.demo.runner import RunResult


def print_summary(console: Console, result: RunResult) -> None:
    """Print outcome, what fell short, metrics and files."""
    report = result.report
    word = "[bold green]success[/]" if result.success else "[bold red]not a success[/]"
    console.print(f"\n{word}: {report['outcome']}")
    for miss in report.get("missed", []):
        console.print(f"  [red]missed:[/] {miss}", highlight=False)
    table = Table(show_header=False, box=None, padding=(0, 2))
    for name, value in report["metrics"].items():
        table.add_row(name.replace("_", " "), _figure(value))
    performance = report["performance"]
    factor, wall = performance["real_time_factor"], performance["wall_s"]
    table.add_row("simulated at", f"{factor} × real time ({wall} s of wall time)")
    for name, path in result.files.items():
        table.add_row(name, str(path))
    console.print(table)


def _figure(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
