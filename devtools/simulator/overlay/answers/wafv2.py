"""WAF: what a web ACL is in front of, which moto knows the other way round alone."""

from __future__ import annotations

from typing import Any

from moto.wafv2.models import wafv2_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call

MARKS = {"APPLICATION_LOAD_BALANCER": ":loadbalancer/app/", "API_GATEWAY": ":apigateway:"}
"""What ARNs of each type of resource contain."""


@answers("wafv2", "ListResourcesForWebACL")
def list_resources_for_web_acl(call: Call) -> dict[str, Any]:
    arn = call.params["WebACLArn"]
    mark = MARKS[call.params.get("ResourceType") or "APPLICATION_LOAD_BALANCER"]
    acl = wafv2_backends[call.account][call.region].wacls.get(arn)
    return {"ResourceArns": sorted(each for each in acl.associated_resources if mark in each) if acl else []}
