"""CloudTrail, with the organization's trail in every member account."""

from __future__ import annotations

from typing import Any

from moto.cloudtrail.models import cloudtrail_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.answers.organizations import members
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError


def organization_trails(call: Call) -> list[Any]:
    """Return the management account's trails that cover this member and region."""
    management = call.world.management
    if call.account == management or call.account not in members(call):
        return []
    regions = [call.region, *[r for r in call.world.regions if r != call.region]]
    trails = [t for r in regions for t in cloudtrail_backends[management][r].trails.values()]
    return [t for t in trails if t.is_org_trail and (t.is_multi_region or t.region_name == call.region)]


@answers("cloudtrail")
def describe_trails(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    if call.params.get("includeShadowTrails", True):
        answer["trailList"] += [t.description(include_region=True) for t in organization_trails(call)]
    return answer


@answers("cloudtrail")
def list_trails(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    answer["Trails"] += [t.short() for t in organization_trails(call)]
    return answer


@answers("cloudtrail")
def get_trail(call: Call) -> dict[str, Any]:
    for trail in organization_trails(call):
        if trail.arn == call.params["Name"]:
            return {"Trail": trail.description(include_region=True)}
    return call.beneath()


@answers("cloudtrail")
def get_trail_status(call: Call) -> dict[str, Any]:
    for trail in organization_trails(call):
        if trail.arn == call.params["Name"]:
            return {"IsLogging": trail.status.is_logging}
    return call.beneath()


@answers("cloudtrail", "GetEventSelectors", "GetInsightSelectors")
def get_selectors(call: Call) -> dict[str, Any]:
    name = call.params.get("TrailName", "")
    if name in {t.arn for t in organization_trails(call)}:
        raise AwsError("TrailNotFoundException", f"Unknown trail: {name} for the user: {call.account}", 404)
    answer = call.beneath()
    if call.operation == "GetInsightSelectors" and not answer.get("InsightSelectors"):
        message = f"Trail {name} does not have Insights enabled. Edit the trail settings to enable Insights,"
        raise AwsError("InsightNotEnabledException", f"{message} and then try the operation again.", 400)
    return answer
