"""Trusted Advisor's results, check by check.

It is never asked to look again: that is a write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from posture.collectors.enablement import is_off
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown, UnknownFieldError

SHOWN = 50
"""How many flagged resources of a check are kept to be looked at; their number is kept whole."""
FLAGGED = frozenset({"warning", "error"})
COUNTED = ("resourcesProcessed", "resourcesFlagged", "resourcesIgnored", "resourcesSuppressed")


@collector(
    resource_type="AWS::Support::TrustedAdvisorCheck",
    title="Trusted Advisor check",
    plural="Trusted Advisor checks",
    service="support",
    family=Family.SECURITY,
    scope=ListingScope.GLOBAL,
    actions=(
        "support:DescribeTrustedAdvisorCheckResult",
        "support:DescribeTrustedAdvisorCheckSummaries",
        "support:DescribeTrustedAdvisorChecks",
    ),
    columns=(
        Column("category", "Category"),
        Column("status", "Status"),
        Column("observed.resourcesSummary.resourcesFlagged", "Flagged"),
        Column("observed.timestamp", "As of"),
    ),
    observed=("timestamp", "resourcesSummary", "flaggedResources"),
)
def trusted_advisor_checks(ask: Ask) -> Iterator[Resource]:
    """What AWS itself says of the account's security, limits, resilience and cost, as of its own last look."""
    checks: Any = ask.listing("support", "describe_trusted_advisor_checks", "checks", language="en")
    if is_off(checks):
        return
    if isinstance(checks, Unknown):
        raise UnknownFieldError(checks)
    summaries = _summaries(ask, [check["id"] for check in checks])
    yield from ask.each(lambda check: _check(ask, check, summaries.get(check["id"], {})), checks)


def _summaries(ask: Ask, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    pages = ask.pages("support", "describe_trusted_advisor_check_summaries", "summaries", checkIds=list(ids))
    return {summary["checkId"]: summary for summary in pages}


def _check(ask: Ask, check: Mapping[str, Any], summary: Mapping[str, Any]) -> Resource:
    counts = summary.get("resourcesSummary") or {}
    status = summary.get("status", "not_available")
    security = check["category"] == "security" and status in FLAGGED
    raw = {
        "checkId": check["id"],
        "category": check["category"],
        "status": status,
        "timestamp": summary.get("timestamp"),
        "resourcesSummary": {key: counts.get(key) for key in COUNTED},
        "flaggedResources": _flagged(ask, check) if security else [],
    }
    return ask.resource(
        raw,
        arn=ask.arn("support", f"trusted-advisor-check/{check['id']}", region=""),
        name=check["name"],
        region=GLOBAL,
    )


def _flagged(ask: Ask, check: Mapping[str, Any]) -> Any:
    """Return the first flagged resources, each with the check's own headings."""
    found = ask.field(
        "support",
        "describe_trusted_advisor_check_result",
        "result.flaggedResources",
        checkId=check["id"],
        language="en",
    )
    if not isinstance(found, list):
        return found
    wanted = [resource for resource in found if resource.get("status") in FLAGGED and not resource.get("isSuppressed")]
    return [_resource(check["metadata"], resource) for resource in wanted[:SHOWN]]


def _resource(headings: Sequence[str], resource: Mapping[str, Any]) -> dict[str, Any]:
    values = resource.get("metadata") or []
    return {
        "status": resource["status"],
        "region": resource.get("region"),
        **{heading: value for heading, value in zip(headings, values, strict=False) if value},
    }
