"""CloudFormation: what the last comparison of a stack with its template found."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("cloudformation")
def describe_stacks(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    drift = call.shelf().get("drift", {})
    for stack in answer["Stacks"]:
        stack["DriftInformation"] = {"StackDriftStatus": drift.get(stack["StackName"], "NOT_CHECKED")}
    return answer
