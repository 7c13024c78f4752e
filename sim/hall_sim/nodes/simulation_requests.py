"""Carry out what services are asked between two ticks of the hall, and answer when it is done."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from simulation_interfaces.msg import Result

from guide_common.waiting import finished, serve
from hall_sim.control.refusals import Refused
from hall_sim.control.run import RunControl
from hall_sim.nodes import simulation_messages as convert

Work = Callable[[Any, Any], None]
"""Fills a response for a request, in the hall's thread; raises Refused."""


class Requests:
    """Serve requests by the hall's thread.

    Args:
        node: the simulator, whose name is put before the services'.
        control: of its run.
    """

    def __init__(self, node: Node, control: RunControl) -> None:
        self._node, self._control = node, control

    def serve(self, kind: Any, name: str, work: Work) -> None:
        """Serve requests of a kind under a name."""

        async def answer(request: Any, response: Any) -> Any:
            return await self.carried_out(kind.Response, work, request, response)

        serve(self._node, kind, f"~/{name}", answer)

    async def carried_out(self, kind: type, work: Work, request: Any, response: Any) -> Any:
        """Return a response that was filled; what was refused stands in its result. `kind` is the response's type."""
        response.result = convert.ok()
        try:
            await finished(self._node, self._control.submit(work, request, response))
        except Refused as error:
            response.result = convert.refusal(kind, error)
        except Exception as error:  # a fault of ours: the caller must not wait for ever, nor the hall go down with it
            self._node.get_logger().error(traceback.format_exc())
            response.result = Result(result=Result.RESULT_OPERATION_FAILED, error_message=repr(error))
        return response
