"""API Gateway: where stages log accesses, which moto does not keep."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("apigateway")
def get_stages(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    group = call.shelf().get("logs", {}).get(call.params["restApiId"])
    for stage in answer.get("item", []) if group else ():
        stage["accessLogSettings"] = {"destinationArn": group, "format": "$context.requestId"}
    return answer
