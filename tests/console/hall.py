"""The screen, the dialogue and the counter map as they run, over real DDS; the guide and the people are played."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guide_interfaces.msg import Utterance
from playwright.sync_api import Page, sync_playwright
from std_msgs.msg import Bool

from counter_map.nodes.counter_map import CounterMapNode
from dialogue.nodes.dialogue import Dialogue
from guide_common.qos import EVENTS
from tests.dialogue.graph import Graph, arguments
from tests.dialogue.neighbours import Neighbours

MONDAY_AT_NINE = 1_772_416_800.0
"""2026-03-02T09:00+07:00."""
CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parents[2]
SITE = str(ROOT / "maps" / "hcmc_center")
PORTRAIT, LANDSCAPE = {"width": 1080, "height": 1920}, {"width": 1280, "height": 800}
FAST = 1.0
"""How much faster than the wall clock the robot's time goes: a finger on a busy machine is slow, and who is slow is
taken to have gone."""


def free_port() -> int:
    """Return a port of this machine that nobody serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Screen:
    """A visitor's finger and eyes, and the hall behind the glass."""

    def __init__(self, graph: Graph, neighbours: Neighbours, page: Page) -> None:
        self.graph, self.neighbours, self.page = graph, neighbours, page
        self._touches: list[Utterance] = []
        self.consents: list[bool] = []
        graph.tester.create_subscription(Utterance, "touch", self._touches.append, EVENTS)
        graph.tester.create_subscription(Bool, "study_consent", lambda m: self.consents.append(m.data), EVENTS)

    def graph_touches(self) -> list[Utterance]:
        """All that the screen has sent."""
        return self._touches

    def until(self, done: Callable[[], bool]) -> bool:
        return self.graph.spin_until(done, within=40.0)

    def button(self, name: str) -> Any:
        return self.page.locator(f'button.b:has(:text-is("{name}"))').first

    def touch(self, name: str) -> None:
        """Touch a button as soon as it is there."""
        assert self.until(lambda: self.button(name).is_visible()), f"no button {name}: {self.buttons()}"
        self.button(name).click()

    def buttons(self) -> list[str]:
        return [text.strip() for text in self.page.locator("button.b").all_inner_texts()]

    def reaches(self, state: str) -> bool:
        return self.until(lambda: self.neighbours.state == state)

    def reads(self, text: str) -> bool:
        return self.until(lambda: text in self.page.locator("#said").inner_text())


@contextmanager
def hall(
    folder: Path, viewport: dict[str, int] = PORTRAIT, scheme: str = "light", study: bool = False
) -> Iterator[Screen]:
    """Bring everything up and a browser before it."""
    port = free_port()
    given = {"site_dir": SITE, "floor": "1", "state_dir": str(folder), "store": str(folder)}
    graph = Graph(CounterMapNode, Dialogue, Neighbours, rate=FAST, **given)
    graph.now = MONDAY_AT_NINE
    with graph, served(port=port, study=study, use_sim_time=True, **given), sync_playwright() as playwright:
        assert graph.spin_until(lambda: _answers(port), within=60.0)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=viewport, color_scheme=scheme)
        page.goto(f"http://127.0.0.1:{port}/")
        screen = Screen(graph, next(node for node in graph.nodes if isinstance(node, Neighbours)), page)
        assert screen.until(lambda: screen.button("English").is_visible())
        yield screen
        browser.close()


@contextmanager
def served(**parameters: object) -> Iterator[None]:
    """Run the screen."""
    process = subprocess.Popen([sys.executable, "-m", "tests.console.serve", *arguments(**parameters)], cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
