"""Accounts that answer what was declared for them, and never moto."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from botocore import xform_name
from botocore.model import Shape

from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.declared_clusters import with_endpoint
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.world import EVERYWHERE

SHELF = "declared-answers"
DESCRIBE_CLUSTER = "eks:describe_cluster"
UNDECLARED = "NoAnswerDeclared"
"""The code of the error for a call that nobody declared an answer to."""


def declared_for(call: Call) -> Mapping[str, Any]:
    """Return the answers declared for a call's account, by `service:method`.

    Most accounts have none. Who calls is never declared.
    """
    return {} if call.service == "sts" else call.world.peek(call.account, EVERYWHERE, SHELF)


def answer(call: Call, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared answer to a call; raise the declared error."""
    name = f"{call.service}:{xform_name(call.operation)}"
    choice = choose(declared.get(name, ()), call.region, call.params)
    if choice is None:
        raise AwsError(UNDECLARED, f"No answer is declared for {name} with {call.params} in {call.region}.", 400)
    if "error" in choice:
        raise AwsError(choice["error"], choice.get("message", ""), choice.get("status", 400))
    shape: Any = call.model.output_shape
    typed: dict[str, Any] = _typed(choice["answer"], shape) if shape else {}
    return with_endpoint(call, declared, typed) if name == DESCRIBE_CLUSTER else typed


def choose(choices: Sequence[Mapping[str, Any]], region: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the first choice whose conditions a call meets."""
    for choice in choices:
        wanted = choice.get("params", {})
        if choice.get("region", region) == region and all(params.get(key) == wanted[key] for key in wanted):
            return choice
    return None


def _typed(value: Any, shape: Shape) -> Any:
    """Return a value of JSON as botocore's model types it; bytes are in base64."""
    kind: Any = shape
    if value is None or getattr(shape, "is_document_type", False):
        return value
    match shape.type_name:
        case "structure":
            typed: Any = {key: _typed(item, kind.members[key]) for key, item in value.items() if item is not None}
        case "list":
            typed = [_typed(item, kind.member) for item in value]
        case "map":
            typed = {key: _typed(item, kind.value) for key, item in value.items()}
        case "timestamp":
            typed = _moment(value)
        case "blob":
            typed = base64.b64decode(value)
        case _:
            typed = value
    return typed


def _moment(value: str | float) -> dt.datetime:
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value)
    return dt.datetime.fromtimestamp(value, dt.UTC)
