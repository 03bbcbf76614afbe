"""Classic load balancers: how each treats odd requests, which moto does not keep."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call

DEFAULTS = [{"Key": "elb.http.desyncmitigationmode", "Value": "defensive"}]


@answers("elb")
def describe_load_balancer_attributes(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    answer["LoadBalancerAttributes"]["AdditionalAttributes"] = DEFAULTS
    return answer
