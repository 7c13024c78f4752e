"""The node over DDS: it answers from the revision in force, by the clock of the graph, and follows changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import rclpy
from guide_interfaces.msg import CounterMapRevision
from guide_interfaces.srv import FindCounter, ListPlaces
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.experimental import EventsExecutor
from rclpy.time import Time
from rosgraph_msgs.msg import Clock

from counter_map.site import load_site
from counter_map.store import Store
from guide_common.geometry import Pose2D
from guide_common.qos import LATCHED, STREAM

WITHIN = 60.0
"""s of wall time: a loaded machine starts processes slowly."""
CONFIGURE, ACTIVATE = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY, SUNDAY = datetime(2026, 3, 2, 9, tzinfo=SAIGON), datetime(2026, 3, 1, 9, tzinfo=SAIGON)


class Graph:
    """Run the node in its own process and talk to it."""

    def __init__(self, site: Path, store: Path) -> None:
        rclpy.init()
        self.node = rclpy.create_node("visitor")
        self.executor = EventsExecutor()
        self.executor.add_node(self.node)
        self.clock = self.node.create_publisher(Clock, "/clock", STREAM)
        self.revisions: list[tuple[float, CounterMapRevision]] = []
        self.node.create_subscription(
            CounterMapRevision, "counter_map", lambda m: self.revisions.append((time.monotonic(), m)), LATCHED
        )
        self.find = self.node.create_client(FindCounter, "counter_map/find_counter")
        self.list = self.node.create_client(ListPlaces, "counter_map/list_places")
        self.state = self.node.create_client(ChangeState, "counter_map/change_state")
        command = [sys.executable, "-m", "counter_map.nodes.counter_map", "--ros-args"]
        for name, value in {"site_dir": site, "store": store, "use_sim_time": "true"}.items():
            command += ["-p", f"{name}:={value}"]
        self.process = subprocess.Popen(command, env=dict(os.environ))

    def spin_until(self, done: Callable[[], bool]) -> bool:
        end = time.monotonic() + WITHIN
        while not done() and time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.05)
        return done()

    def call(self, client: Any, request: Any) -> Any:
        assert self.spin_until(client.service_is_ready), client.srv_name
        future = client.call_async(request)
        assert self.spin_until(future.done), client.srv_name
        return future.result()

    def transition(self, number: int) -> bool:
        return bool(self.call(self.state, ChangeState.Request(transition=Transition(id=number))).success)

    def set_time(self, moment: datetime) -> None:
        """Set the graph's clock; the node has heard it when its next answer comes, /clock being sent before."""
        self.clock.publish(Clock(clock=Time(nanoseconds=int(moment.timestamp()) * 10**9).to_msg()))

    def ask(self, text: str, language: str = "vi", at: datetime = MONDAY) -> Any:
        """Ask until the answer is of the time asked for: a topic and a service keep no order between them."""
        wanted = load_site(self.site_folder).settings.is_open(at)

        def answer() -> Any:
            self.set_time(at)
            return self.call(self.find, FindCounter.Request(text=text, language=language))

        reply = answer()
        end = time.monotonic() + WITHIN
        while any("giờ làm việc" in c.notice for c in reply.candidates) == wanted and time.monotonic() < end:
            reply = answer()
        return reply

    @property
    def site_folder(self) -> str:
        return str(self.revisions[-1][1].site_folder)

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(15)
        self.executor.remove_node(self.node)
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()


@pytest.fixture
def graph(ros_domain: int, tmp_path: Path, root: Path) -> Iterator[Graph]:
    graph = Graph(root / "maps" / "hcmc_center", tmp_path / "store")
    yield graph
    graph.close()


def test_it_answers_only_while_active_and_by_the_clock_of_the_graph(graph: Graph) -> None:
    assert graph.transition(CONFIGURE)
    silent = graph.call(graph.find, FindCounter.Request(text="lý lịch tư pháp", language="vi"))
    assert (silent.decision, silent.label, list(silent.candidates), silent.revision) == ("", "not_active", [], "")
    assert not graph.call(graph.list, ListPlaces.Request(kind="counter")).places
    assert graph.transition(ACTIVATE)
    assert graph.spin_until(lambda: bool(graph.revisions))

    answer = graph.ask("tôi muốn làm phiếu lý lịch tư pháp")
    assert (answer.decision, answer.candidates[0].code) == ("answer", "3.000333")
    best = answer.candidates[0]
    assert (best.counters[0].id, best.counters[0].open, best.counters[0].zone) == ("Q27", True, "A2")
    assert (best.department, best.fee, best.ticket_first) == ("Công an Thành phố", "200.000 đồng", True)
    assert len(best.papers) == 3
    assert answer.revision == graph.revisions[-1][1].revision
    assert load_site(graph.site_folder).places["Q27"].number == "27"

    sunday = graph.ask("tôi muốn làm phiếu lý lịch tư pháp", at=SUNDAY)
    assert not sunday.candidates[0].counters[0].open
    assert "giờ làm việc" in sunday.candidates[0].notice
    lifts = graph.call(graph.list, ListPlaces.Request(kind="lift", floor="2")).places
    assert [(lift.id, lift.floor) for lift in lifts] == [("lift_2", "2")]


def test_a_place_moved_from_the_command_line_is_followed_within_a_second(graph: Graph, tmp_path: Path) -> None:
    assert graph.transition(CONFIGURE)
    assert graph.transition(ACTIVATE)
    assert graph.spin_until(lambda: bool(graph.revisions))
    command = [sys.executable, "-m", "guidance.cli.app", "place", "move", "Q27", "45.5,9.4,0.1"]
    guide = subprocess.Popen([*command, "--store", str(tmp_path / "store")], stdout=subprocess.PIPE, text=True)
    assert graph.spin_until(lambda: guide.poll() is not None)
    ended = time.monotonic()
    assert guide.stdout is not None
    told = guide.stdout.read()
    assert guide.returncode == 0
    assert graph.spin_until(lambda: len(graph.revisions) == 2)
    assert graph.revisions[1][0] - ended < 1.0
    assert graph.revisions[1][1].revision in told
    (q27,) = graph.call(graph.list, ListPlaces.Request(id="Q27")).places
    assert (q27.stand_pose.position.x, q27.stand_pose.position.y) == (45.5, 9.4)

    store = Store.open(tmp_path / "store", "hcmc_center")
    store.set_procedure_counters("3.000333", ["Q30"])
    changed = time.monotonic()
    assert graph.spin_until(lambda: len(graph.revisions) == 3)
    assert time.monotonic() - changed < 1.0
    assert graph.ask("tôi muốn làm phiếu lý lịch tư pháp").candidates[0].counters[0].id == "Q30"
    store.move_place("Q30", Pose2D(45.5, 15.0, 0.0))
    store.close()


def test_a_taught_phrase_is_answered_with_its_first_revision_and_every_question_before_it(
    graph: Graph, tmp_path: Path
) -> None:
    assert graph.transition(CONFIGURE)
    assert graph.transition(ACTIVATE)
    assert graph.spin_until(lambda: bool(graph.revisions))
    phrase = "cuốn sổ bìa xanh con chim"
    asked = FindCounter.Request(text=phrase, language="vi")
    known = FindCounter.Request(text="tôi muốn làm phiếu lý lịch tư pháp", language="vi")
    store = Store.open(tmp_path / "store", "hcmc_center")

    def follow(revision: str) -> Any:
        """Ask until the revision answers, and one that was always known in between."""
        end = time.monotonic() + WITHIN
        while (answer := graph.call(graph.find, asked)).revision != revision and time.monotonic() < end:
            assert graph.call(graph.find, known).candidates[0].code == "3.000333"
        return answer

    taught = follow(store.teach("1.001456", phrase, "vi", "Lan"))
    assert (taught.decision, taught.candidates[0].code) == ("answer", "1.001456")
    assert graph.call(graph.find, known).candidates[0].code == "3.000333"
    forgotten = follow(store.forget("1.001456", phrase, "vi"))
    assert forgotten.revision != taught.revision
    store.close()


def test_a_question_that_found_nothing_is_counted_masked(graph: Graph, tmp_path: Path) -> None:
    assert graph.transition(CONFIGURE)
    assert graph.transition(ACTIVATE)
    assert graph.spin_until(lambda: bool(graph.revisions))
    for text in ("mua một ký thịt bò, gọi 0903123456", "x" * 1_000_000, "tôi muốn làm phiếu lý lịch tư pháp"):
        answer = graph.ask(text, at=MONDAY)
        assert (answer.decision == "reject") == ("lý lịch" not in text)
    store = Store.open(tmp_path / "store", "hcmc_center")
    assert graph.spin_until(lambda: len(store.unanswered()) == 2)
    texts = [each.text for each in store.unanswered()]
    assert "mua một ký thịt bò gọi ***" in texts
    assert max(map(len, texts)) <= 128
    store.close()


def test_a_broken_site_fails_to_configure(ros_domain: int, tmp_path: Path) -> None:
    graph = Graph(tmp_path / "nowhere", tmp_path / "store")
    try:
        assert not graph.transition(CONFIGURE)
        assert graph.process.poll() is None
    finally:
        graph.close()
