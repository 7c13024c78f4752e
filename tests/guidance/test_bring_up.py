"""The launcher and the lifecycle manager together, on real processes over DDS."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from guidance.launching import Launch
from tests.guidance import toys

NAMES = ("alpha", "beta")


@pytest.fixture
def launch(ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    prefix = tmp_path / "prefix"
    toys.install(prefix, "toy", toys.MANAGED)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(prefix), prepend=os.pathsep)
    nodes = "".join(
        f"  - node: {{pkg: toys, exec: toy, name: {name}, respawn: true, respawn_delay: 0.1}}\n" for name in NAMES
    )
    path = tmp_path / "a.launch.yaml"
    path.write_text(
        f"launch:\n{nodes}  - node:\n      pkg: navigation\n      exec: lifecycle_manager\n      respawn: true\n"
        f"      param: [{{name: node_names, value: [{', '.join(NAMES)}]}}]\n",
        encoding="utf-8",
    )
    out = io.StringIO()
    with Launch(path, out=out) as running:
        yield running
    assert "Traceback" not in out.getvalue(), out.getvalue()


def asking(client: object, request: object) -> Callable[[], bool]:
    """Return a condition: a service said success; asked again and again, since what reaches the dead is lost."""
    answers: list[bool] = []
    asked = [0.0]

    def condition() -> bool:
        if time.monotonic() - asked[0] > 0.5:
            asked[0] = time.monotonic()
            client.call_async(request).add_done_callback(lambda f: answers.append(f.result().success))  # type: ignore[attr-defined]
        return bool(answers) and answers[-1]

    return condition


def test_nodes_come_up_come_back_after_a_kill_and_obey(launch: Launch) -> None:
    from guide_interfaces.msg import Heartbeat
    from nav2_msgs.srv import ManageLifecycleNodes
    from std_srvs.srv import Trigger

    from guide_common.qos import EVENTS

    states: dict[str, tuple[int, int]] = {}
    with toys.spinning("watcher") as (node, until):

        def note(msg: Heartbeat) -> None:
            states[msg.node] = (msg.pid, msg.state)

        def active(*names: str) -> bool:
            return all(states.get(name, (0, 0))[1] == 3 for name in names)

        node.create_subscription(Heartbeat, "heartbeats", note, EVENTS)
        until(lambda: active(*NAMES), "bring-up")

        old = launch.pids()["alpha"]
        os.kill(old, signal.SIGKILL)
        until(lambda: active("alpha") and states["alpha"][0] != old, "alpha back")

        manager = launch.pids()["lifecycle_manager"]
        os.kill(manager, signal.SIGKILL)
        until(lambda: launch.pids().get("lifecycle_manager", manager) != manager, "manager back")
        is_active = node.create_client(Trigger, "lifecycle_manager/is_active")
        manage = node.create_client(ManageLifecycleNodes, "lifecycle_manager/manage_nodes")
        until(asking(is_active, Trigger.Request()), "the new manager finds all active")
        assert states["alpha"][0] == launch.pids()["alpha"]
        assert launch.starts() == {"alpha": 2, "beta": 1, "lifecycle_manager": 2}

        pause = ManageLifecycleNodes.Request(command=ManageLifecycleNodes.Request.PAUSE)
        until(asking(manage, pause), "pause answered")
        until(lambda: all(state == 2 for _, state in states.values()), "paused")
