"""Play, pause, stop, step and reset a run through the services and the action of simulation_interfaces."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any, Protocol

from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from simulation_interfaces.action import SimulateSteps
from simulation_interfaces.msg import Result, SimulationState
from simulation_interfaces.srv import GetSimulationState, ResetSimulation, SetSimulationState, StepSimulation

from guide_common.waiting import finished, serve
from hall_sim.control.refusals import ALREADY_IN_TARGET_STATE, FEATURE_UNSUPPORTED, OPERATION_FAILED, Refused
from hall_sim.control.run import RunControl
from hall_sim.control.spawning import Stage
from hall_sim.nodes import simulation_messages as convert
from hall_sim.nodes.simulation_requests import Requests

TIME, STATE = ResetSimulation.Request.SCOPE_TIME, ResetSimulation.Request.SCOPE_STATE
SPAWNED, ALL = ResetSimulation.Request.SCOPE_SPAWNED, ResetSimulation.Request.SCOPE_ALL


class Run(Protocol):
    """Be the run that is controlled."""

    def stamp_now(self) -> Any:
        """Return the true time, as a stamp."""

    def show_again(self) -> None:
        """Show the robot's state to a visitor who has just come."""

    def turn_back(self, time: bool, restart: Callable[[], None] | None) -> None:
        """Set the clock back to the start of the run; `restart` begins the hall anew."""


class RunServices:
    """Serve what holds a run and lets it go.

    Args:
        node: the simulator, whose name is put before the services'.
        requests: carried out between two ticks.
        control: of the run.
        run: the clock, and what besides the hall begins anew with it.
        stage: begins the hall anew.
    """

    def __init__(self, node: Node, requests: Requests, control: RunControl, run: Run, stage: Stage) -> None:
        self._node, self._requests, self._control = node, requests, control
        self._run, self._stage = run, stage
        requests.serve(GetSimulationState, "get_simulation_state", self._get_state)
        requests.serve(ResetSimulation, "reset_simulation", self._reset)
        serve(node, SetSimulationState, "~/set_simulation_state", self._set_state)
        serve(node, StepSimulation, "~/step_simulation", self._step)
        self._server = ActionServer(
            node, SimulateSteps, "~/simulate_steps", self._simulate, cancel_callback=self._on_cancel
        )

    def _get_state(self, request: Any, response: Any) -> None:
        response.state.state = int(self._control.state)

    async def _set_state(self, request: Any, response: Any) -> Any:
        response = await self._requests.carried_out(SetSimulationState.Response, self._go_to, request, response)
        quits = request.state.state == SimulationState.STATE_QUITTING
        if quits and response.result.result == Result.RESULT_OK:
            signal.raise_signal(signal.SIGTERM)  # the process ends after this answer, as when told to from outside
        return response

    def _go_to(self, request: Any, response: Any) -> None:
        target, control = request.state.state, self._control
        if target == control.state and not control.stepping:
            raise Refused(ALREADY_IN_TARGET_STATE, f"the simulation is {control.state.name.lower()} already")
        match target:
            case SimulationState.STATE_PLAYING:
                control.play()
            case SimulationState.STATE_PAUSED:
                control.pause()
            case SimulationState.STATE_STOPPED:
                control.stop()
                self._turn_back(ALL)
            case SimulationState.STATE_QUITTING:
                control.stop()
            case _:
                raise Refused(FEATURE_UNSUPPORTED, f"state {target} cannot be set: the hall is there while it runs")

    def _reset(self, request: Any, response: Any) -> None:
        scope = request.scope or ALL
        if scope != ALL and scope & ~(TIME | STATE | SPAWNED):
            raise Refused(FEATURE_UNSUPPORTED, f"scope {scope} is no sum of the scopes that ResetSimulation names")
        self._control.interrupt("the simulation was reset")
        self._turn_back(scope)

    def _turn_back(self, scope: int) -> None:
        lost: list[str] = []
        if scope & STATE:
            keep = not scope & SPAWNED
            self._run.turn_back(bool(scope & TIME), lambda: lost.extend(self._stage.restart(keep)))
        else:
            if scope & SPAWNED:
                self._stage.remove_spawned()
            self._run.turn_back(bool(scope & TIME), None)
        if lost:
            raise Refused(OPERATION_FAILED, f"the simulation was reset, but these found no room again: {lost}")

    async def _step(self, request: StepSimulation.Request, response: StepSimulation.Response) -> Any:
        begun: list[Any] = []
        response = await self._requests.carried_out(
            StepSimulation.Response, lambda asked, _: begun.append(self._control.step(asked.steps)), request, response
        )
        try:
            for done in begun:
                await finished(self._node, done)
        except Refused as error:
            response.result = convert.refusal(StepSimulation.Response, error)
        return response

    async def _simulate(self, handle: ServerGoalHandle) -> SimulateSteps.Result:
        wanted = handle.request.steps

        def tell(made: int) -> None:
            handle.publish_feedback(SimulateSteps.Feedback(completed_steps=made, remaining_steps=wanted - made))

        try:
            done = await finished(self._node, self._control.submit(self._control.step, wanted, tell))
            await finished(self._node, done)
        except Refused as error:
            (handle.canceled if handle.is_cancel_requested else handle.abort)()
            return SimulateSteps.Result(result=convert.refusal(SimulateSteps.Result, error))
        handle.succeed()
        return SimulateSteps.Result(result=convert.ok())

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        self._control.submit(self._control.interrupt, "they were cancelled")
        return CancelResponse.ACCEPT
