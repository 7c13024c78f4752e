"""The visitor screen in a real browser, fed by real topics."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator

import pytest
import rclpy
from geometry_msgs.msg import PoseWithCovarianceStamped
from guide_interfaces.msg import Caption, DialogueState, Utterance
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter

from console.nodes.console import Console
from guide_common.qos import EVENTS, LATCHED

CHROMIUM = shutil.which("chromium")
WITHIN = 20.0
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; scripts/setup --tests installs it")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Graph:
    """A console node and a peer that talks to it, spun together."""

    def __init__(self) -> None:
        rclpy.init()
        self.port = _free_port()
        self.console, self.peer, self.executor = Console(), Node("peer"), EventsExecutor()
        self.console.set_parameters([Parameter("port", value=self.port)])
        self.console.params = self.console.params.__class__(port=self.port)
        for node in (self.console, self.peer):
            self.executor.add_node(node)
        self.touches: list[Utterance] = []
        self.peer.create_subscription(Utterance, "touch", self.touches.append, EVENTS)
        self.captions = self.peer.create_publisher(Caption, "captions", EVENTS)
        self.states = self.peer.create_publisher(DialogueState, "dialogue_state", LATCHED)
        self.poses = self.peer.create_publisher(PoseWithCovarianceStamped, "amcl_pose", LATCHED)
        self.console.trigger_configure()
        self.console.trigger_activate()

    def spin_until(self, done: Callable[[], bool]) -> bool:
        end = time.monotonic() + WITHIN
        while not done() and time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.05)
        return done()

    def close(self) -> None:
        self.console.trigger_cleanup()
        for node in (self.console, self.peer):
            self.executor.remove_node(node)
            node.destroy_node()
        self.executor.shutdown()
        rclpy.try_shutdown()


@pytest.fixture
def graph(ros_domain: int) -> Iterator[Graph]:
    running = Graph()
    yield running
    running.close()


def test_a_visitor_reads_the_captions_and_answers_by_touch(graph: Graph) -> None:
    from playwright.sync_api import sync_playwright

    assert graph.spin_until(lambda: graph.captions.get_subscription_count() > 0)
    assert graph.spin_until(lambda: _answers(graph.port))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://127.0.0.1:{graph.port}/")
        graph.captions.publish(Caption(speaker="robot", text="Xin chào!", language="vi"))
        graph.states.publish(DialogueState(state="choosing", language="vi", choices=["Cấp đổi", "Cấp lại"]))
        assert graph.spin_until(lambda: page.get_by_text("Robot: Xin chào!").is_visible())
        assert graph.spin_until(lambda: page.get_by_role("button", name="Cấp lại").is_visible())
        page.get_by_role("button", name="Cấp lại").click()
        assert graph.spin_until(lambda: bool(graph.touches))
        page.get_by_role("button", name="Không phải mấy việc này").click()
        assert graph.spin_until(lambda: len(graph.touches) == 2)
        browser.close()
    assert [touch.text for touch in graph.touches] == ["choice:2", "command:no"]
    assert all(touch.source == "touch" for touch in graph.touches)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
