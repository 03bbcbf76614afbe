"""Trusted Advisor through the Support API.

Checks, and results where the account has a plan.
"""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.world import EVERYWHERE

NO_PLAN = "Amazon Web Services Premium Support Subscription is required to use this service."


def checks(call: Call) -> dict[str, dict[str, Any]]:
    """Return the account's checks by id, or raise the error of a missing plan."""
    shelf = call.world.peek(call.account, EVERYWHERE, "support")
    if shelf.get("plan", "basic") in {"basic", "developer"}:
        raise AwsError("SubscriptionRequiredException", NO_PLAN, 400)
    return dict(shelf.get("checks", {}))


@answers("support")
def describe_trusted_advisor_checks(call: Call) -> dict[str, Any]:
    return {"checks": [c["description"] for c in checks(call).values()]}


@answers("support")
def describe_trusted_advisor_check_result(call: Call) -> dict[str, Any]:
    return {"result": _known(call, call.params["checkId"])["result"]}


@answers("support")
def describe_trusted_advisor_check_summaries(call: Call) -> dict[str, Any]:
    keys = ("checkId", "timestamp", "status", "resourcesSummary", "categorySpecificSummary")
    results = [_known(call, check)["result"] for check in call.params["checkIds"]]
    return {
        "summaries": [{k: r[k] for k in keys} | {"hasFlaggedResources": bool(r["flaggedResources"])} for r in results]
    }


def _known(call: Call, check_id: str) -> dict[str, Any]:
    try:
        return checks(call)[check_id]
    except KeyError:
        raise AwsError("InvalidParameterValueException", f"Invalid check ID: {check_id}", 400) from None
