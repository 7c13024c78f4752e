"""Holding, stepping and letting go a run while the robot leads somebody: the graph does not notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import PoseStamped
from simulation_interfaces.msg import Result, SimulationState
from simulation_interfaces.srv import GetEntityState, SetSimulationState, SpawnEntity, StepSimulation

from guidance.demo.session import Session
from guide_common.conversions import seconds
from tests.system.conftest import StartGraph

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Standard:
    """Call the simulator beside a run."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def call(self, kind: Any, name: str, /, **request: Any) -> Any:
        node = self._session.observer
        client = node.create_client(kind, f"simulator/{name}")
        assert self._session.spin_until(client.service_is_ready, 30.0)
        future = client.call_async(kind.Request(**request))
        assert self._session.spin_until(future.done, 50.0), f"{name} was not answered"
        response = future.result()
        assert response.result.result == Result.RESULT_OK, response.result.error_message
        return response

    def go_to(self, state: int) -> None:
        self.call(SetSimulationState, "set_simulation_state", state=SimulationState(state=state))

    @property
    def now(self) -> float:
        return seconds(self.call(GetEntityState, "get_entity_state", entity="robot").state.header.stamp)


def test_a_visitor_is_led_there_though_the_run_was_held_stepped_and_a_box_put_in_the_way(
    start_graph: StartGraph, tmp_path: Path
) -> None:
    session = start_graph("toilet")
    simulator = Standard(session)
    assert session.spin_until(lambda: session.observer.live.guiding == "leading", 200.0)
    simulator.go_to(SimulationState.STATE_PAUSED)
    held = simulator.now
    session.spin_until(lambda: False, 12.0)  # longer than any watchdog on the wall clock waits
    assert simulator.now == held
    simulator.call(StepSimulation, "step_simulation", steps=25)
    assert simulator.now == pytest.approx(held + 0.5, abs=1e-6)

    ahead = PoseStamped()
    ahead.header.frame_id, ahead.pose.position.x = "base_link", 1.6
    box = {"uri": "box?size=0.3x0.3x0.8", "name": "crate", "initial_pose": ahead}
    simulator.call(SpawnEntity, "spawn_entity", **box)
    simulator.go_to(SimulationState.STATE_PLAYING)
    assert session.spin_until(lambda: session.observer.log.ended, 300.0)
    assert session.observer.log.seen("arrived")
    assert session.observer.log.contacts == []
    manager = (tmp_path / "log" / "lifecycle_manager.log").read_text(encoding="utf-8")
    assert "is silent" not in manager
