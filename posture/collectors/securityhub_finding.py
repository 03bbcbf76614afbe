"""Security Hub's open findings: failed controls, and other products' findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from posture.collectors.enablement import unless_off
from posture.collectors.securityhub_hub import NOT_SUBSCRIBED
from posture.core.collector import Ask, Column, Family, collector
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown

MAX_FINDINGS = 2000
"""As many findings of each kind are read for one region of an account, the worst first; that there are more is said."""
RESOURCES = 20
OWN = "Security Hub"
FAILED = frozenset({"FAILED", "WARNING"})
OPEN = frozenset({"NEW", "NOTIFIED"})


@collector(
    resource_type="AWS::SecurityHub::Finding",
    title="Security Hub finding",
    plural="Security Hub findings",
    service="securityhub",
    family=Family.SECURITY,
    actions=("securityhub:DescribeHub", "securityhub:GetFindings"),
    columns=(
        Column("Severity", "Severity"),
        Column("ProductName", "Product"),
        Column("SecurityControlId", "Control"),
        Column("ResourceIds", "Resources"),
        Column("Workflow", "Workflow"),
        Column("CreatedAt", "Since"),
    ),
    observed=("LastObservedAt", "UpdatedAt"),
    unordered=("ResourceIds",),
)
def findings(ask: Ask) -> Iterator[Resource]:
    """A second opinion: what AWS's own checks fail, and what the other tools that report to it have found.

    Only what is active and unhandled is kept, in the account and region that it is about.
    """
    if unless_off(ask.call("securityhub", "describe_hub", absent=NOT_SUBSCRIBED)) is None:
        return
    seen: set[str] = set()
    for kind, filters in (("failed controls", _failed_controls()), ("other products", _other_products())):
        found = list(islice(_asked(ask, filters), MAX_FINDINGS + 1))
        for raw in found[:MAX_FINDINGS]:
            if raw["Id"] not in seen:
                seen.add(raw["Id"])
                yield _finding(ask, raw)
        if len(found) > MAX_FINDINGS:
            yield _further(ask, kind)


def _failed_controls() -> dict[str, Any]:
    return {"ComplianceStatus": [_equals(status) for status in sorted(FAILED)]}


def _other_products() -> dict[str, Any]:
    return {"ProductName": [{"Value": OWN, "Comparison": "NOT_EQUALS"}]}


def _asked(ask: Ask, filters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    everywhere = {
        "AwsAccountId": [_equals(ask.account_id)],
        "Region": [_equals(ask.region)],
        "RecordState": [_equals("ACTIVE")],
        "WorkflowStatus": [_equals(status) for status in sorted(OPEN)],
    }
    pages = ask.pages(
        "securityhub",
        "get_findings",
        "Findings",
        Filters={**everywhere, **filters},
        SortCriteria=[{"Field": "SeverityNormalized", "SortOrder": "desc"}],
        MaxResults=100,
    )
    return (raw for raw in pages if _concerns(ask, raw))


def _equals(value: str) -> dict[str, str]:
    return {"Value": value, "Comparison": "EQUALS"}


def _concerns(ask: Ask, raw: Mapping[str, Any]) -> bool:
    """Whether a finding is the account's own, here, open, and no passed control."""
    compliance = (raw.get("Compliance") or {}).get("Status")
    return (
        raw["AwsAccountId"] == ask.account_id
        and raw.get("Region", ask.region) == ask.region
        and raw.get("RecordState", "ACTIVE") == "ACTIVE"
        and (raw.get("Workflow") or {}).get("Status", "NEW") in OPEN
        and (compliance in FAILED or (compliance is None and raw.get("ProductName") != OWN))
    )


def _finding(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    compliance, severity = raw.get("Compliance") or {}, raw.get("Severity") or {}
    return ask.resource(
        {
            "Id": raw["Id"],
            "Title": raw["Title"],
            "ProductName": raw.get("ProductName"),
            "GeneratorId": raw.get("GeneratorId"),
            "Severity": severity.get("Label"),
            "SecurityControlId": compliance.get("SecurityControlId")
            or (raw.get("ProductFields") or {}).get("ControlId"),
            "Compliance": compliance.get("Status"),
            "Workflow": (raw.get("Workflow") or {}).get("Status"),
            "ResourceIds": [resource["Id"] for resource in raw["Resources"][:RESOURCES]],
            "CreatedAt": raw.get("CreatedAt"),
            "LastObservedAt": raw.get("LastObservedAt"),
            "UpdatedAt": raw.get("UpdatedAt"),
        },
        arn=_arn(ask, raw["Id"]),
        name=raw["Title"],
    )


def _arn(ask: Ask, finding_id: str) -> str:
    """Return the finding's id where it is an ARN; other products use ids of any form."""
    return finding_id if finding_id.startswith("arn:") else ask.arn("securityhub", f"finding/{finding_id}")


def _further(ask: Ask, kind: str) -> Resource:
    """Return a marker for the unread findings beyond the maximum: there, and unknown."""
    unread = Unknown("securityhub:GetFindings", f"MoreThan{MAX_FINDINGS}", GapReason.TIMED_OUT)
    keys = ("Title", "ProductName", "Severity", "SecurityControlId", "ResourceIds")
    return ask.resource(
        dict.fromkeys(keys, unread),
        arn=ask.arn("securityhub", f"finding/further/{kind.replace(' ', '-')}"),
        name=f"Further findings of {kind}, beyond {MAX_FINDINGS}",
    )
