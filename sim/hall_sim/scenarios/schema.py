"""The JSON schema of scenario files, from the models that read them."""

from __future__ import annotations

from typing import Any

from hall_sim.scenarios.file import DISTRIBUTIONS
from hall_sim.scenarios.scenario import Scenario

PLACEHOLDER = {"type": "string", "pattern": r"\$\{\w+\}"}
"""What may stand in place of any plain value."""
PLAIN = ("integer", "number", "boolean", "string")


def scenario_schema() -> dict[str, Any]:
    """Return the schema: that of `Scenario`, with includes, parameters and `${parameter}` in place of plain values."""
    schema = Scenario.model_json_schema()
    for definition in (schema, *schema.get("$defs", {}).values()):
        for name, value in definition.get("properties", {}).items():
            definition["properties"][name] = _or_placeholder(value)
        definition.pop("required", None)  # an included file may give what this one does not
    schema["properties"] |= {
        "include": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "parameters": {"type": "object", "additionalProperties": {"anyOf": [{"type": [*PLAIN, "array"]}, _drawn()]}},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _drawn() -> dict[str, Any]:
    kinds = [{"required": [kind]} for kind in DISTRIBUTIONS]
    return {"type": "object", "oneOf": kinds}


def _or_placeholder(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") == "array" and isinstance(value.get("items"), dict):
        return value | {"items": _or_placeholder(value["items"])}
    if "prefixItems" in value:
        return value | {"prefixItems": [_or_placeholder(each) for each in value["prefixItems"]]}
    if "anyOf" in value:
        return value | {"anyOf": [*(_or_placeholder(each) for each in value["anyOf"]), PLACEHOLDER]}
    if value.get("type") in ("integer", "number", "boolean") or "enum" in value:
        kept = {key: value[key] for key in ("title", "default", "description") if key in value}
        return kept | {"anyOf": [{key: v for key, v in value.items() if key not in kept}, PLACEHOLDER]}
    return value
