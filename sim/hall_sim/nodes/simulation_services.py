"""The services of simulation_interfaces, under the simulator's name: `docs/simulation_interfaces.md` lists them."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from simulation_interfaces.msg import SimulatorFeatures
from simulation_interfaces.srv import (
    DeleteEntity,
    GetEntities,
    GetEntitiesStates,
    GetEntityInfo,
    GetEntityState,
    GetSimulatorFeatures,
    GetSpawnables,
    SetEntityState,
    SpawnEntity,
)

from hall_sim.control.entities_people import VISITOR_NAME
from hall_sim.control.entity_filters import chosen
from hall_sim.control.run import RunControl
from hall_sim.control.spawnables import Wish, spawnables
from hall_sim.control.spawning import Stage
from hall_sim.hall import Hall
from hall_sim.nodes import simulation_messages as convert
from hall_sim.nodes.simulation_requests import Requests
from hall_sim.nodes.simulation_run import Run, RunServices

FEATURES = (
    SimulatorFeatures.SPAWNING,
    SimulatorFeatures.DELETING,
    SimulatorFeatures.ENTITY_TAGS,
    SimulatorFeatures.ENTITY_BOUNDS_BOX,
    SimulatorFeatures.ENTITY_BOUNDS_CONVEX,
    SimulatorFeatures.ENTITY_CATEGORIES,
    SimulatorFeatures.ENTITY_STATE_GETTING,
    SimulatorFeatures.ENTITY_STATE_SETTING,
    SimulatorFeatures.ENTITY_INFO_GETTING,
    SimulatorFeatures.SPAWNABLES,
    SimulatorFeatures.SIMULATION_RESET,
    SimulatorFeatures.SIMULATION_RESET_TIME,
    SimulatorFeatures.SIMULATION_RESET_STATE,
    SimulatorFeatures.SIMULATION_RESET_SPAWNED,
    SimulatorFeatures.SIMULATION_STATE_GETTING,
    SimulatorFeatures.SIMULATION_STATE_SETTING,
    SimulatorFeatures.SIMULATION_STATE_PAUSE,
    SimulatorFeatures.STEP_SIMULATION_SINGLE,
    SimulatorFeatures.STEP_SIMULATION_MULTIPLE,
    SimulatorFeatures.STEP_SIMULATION_ACTION,
)
ABOUT = (
    "The simulated hall of the guide robot: people, a visitor, boxes; one step is one tick of /clock. "
    "docs/simulation_interfaces.md tells what is served; types as of simulation_interfaces 1.5.1."
)


class SimulationServices:
    """Serve the standard's requests.

    Args:
        node: the simulator, whose name is put before the services'.
        hall: made with room for guests and boxes.
        control: of its run.
        run: the clock, and what besides the hall begins anew with it.
    """

    def __init__(self, node: Node, hall: Hall, control: RunControl, run: Run) -> None:
        self._hall, self._run = hall, run
        self._stage = Stage(hall)
        requests = Requests(node, control)
        self._of_run = RunServices(node, requests, control, run, self._stage)
        node.create_service(GetSimulatorFeatures, "~/get_simulator_features", _tell_features)
        requests.serve(GetSpawnables, "get_spawnables", self._get_spawnables)
        requests.serve(GetEntities, "get_entities", self._get_entities)
        requests.serve(GetEntitiesStates, "get_entities_states", self._get_states)
        requests.serve(GetEntityInfo, "get_entity_info", self._get_info)
        requests.serve(GetEntityState, "get_entity_state", self._get_state)
        requests.serve(SetEntityState, "set_entity_state", self._set_state)
        requests.serve(SpawnEntity, "spawn_entity", self._spawn)
        requests.serve(DeleteEntity, "delete_entity", self._delete)

    def _get_spawnables(self, request: Any, response: Any) -> None:
        kind = self._hall.visitor.character.kind
        response.spawnables = [convert.spawnable_message(each) for each in spawnables(kind)]
        if request.sources:
            response.result.error_message = f"not searched, there is nothing but the hall's own: {request.sources}"

    def _get_entities(self, request: Any, response: Any) -> None:
        entities = chosen(self._stage.entities(), convert.tests_of(request.filters))
        response.entities = [entity.name for entity in entities]

    def _get_states(self, request: Any, response: Any) -> None:
        entities, stamp = chosen(self._stage.entities(), convert.tests_of(request.filters)), self._run.stamp_now()
        response.entities = [entity.name for entity in entities]
        response.states = [convert.state_message(entity.state, stamp) for entity in entities]

    def _get_info(self, request: Any, response: Any) -> None:
        response.info = convert.info_message(self._stage.find(request.entity).info)

    def _get_state(self, request: Any, response: Any) -> None:
        response.state = convert.state_message(self._stage.find(request.entity).state, self._run.stamp_now())

    def _set_state(self, request: Any, response: Any) -> None:
        entity, frame = self._stage.find(request.entity), self._stage.frame(request.state.header.frame_id)
        entity.place(convert.state_in(frame, request.state))

    def _spawn(self, request: Any, response: Any) -> None:
        frame = self._stage.frame(request.initial_pose.header.frame_id)
        wish = Wish(
            request.uri,
            convert.pose_in(frame, request.initial_pose.pose),
            request.name,
            request.allow_renaming,
            request.entity_namespace,
            request.resource_string,
        )
        response.entity_name = self._stage.spawn(wish)
        if response.entity_name == VISITOR_NAME:
            self._run.show_again()

    def _delete(self, request: Any, response: Any) -> None:
        self._stage.remove(request.entity)


def _tell_features(
    request: GetSimulatorFeatures.Request, response: GetSimulatorFeatures.Response
) -> GetSimulatorFeatures.Response:
    response.features = SimulatorFeatures(features=list(FEATURES), custom_info=ABOUT)
    return response
