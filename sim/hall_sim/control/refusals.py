"""Why a request to the simulator is refused: a sentence, and the name that simulation_interfaces has for the reason."""

from __future__ import annotations

from hall_sim.errors import HallError

FEATURE_UNSUPPORTED = "RESULT_FEATURE_UNSUPPORTED"
NOT_FOUND = "RESULT_NOT_FOUND"
OPERATION_FAILED = "RESULT_OPERATION_FAILED"

INVALID_POSE = "INVALID_POSE"
NAME_NOT_UNIQUE = "NAME_NOT_UNIQUE"
NAME_INVALID = "NAME_INVALID"
NAMESPACE_INVALID = "NAMESPACE_INVALID"
UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT"
NO_RESOURCE = "NO_RESOURCE"
RESOURCE_PARSE_ERROR = "RESOURCE_PARSE_ERROR"

ALREADY_IN_TARGET_STATE = "ALREADY_IN_TARGET_STATE"
STATE_TRANSITION_ERROR = "STATE_TRANSITION_ERROR"


class Refused(HallError):
    """Tell why something is not done.

    Args:
        why: name of the standard's constant for it, of Result or of the service's own.
        sentence: what is wrong, and how to mend it.
    """

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why
