"""Access Analyzer's active findings: access from outside, and unused access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from posture.core.arn import Arn
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown

SERVICE = "accessanalyzer"
MAX_FINDINGS = 1000
"""As many findings are read of one analyzer; that there are more is said."""
EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})
"""Analyzers of access from outside: their older listing says by whom, for what, and whether by anyone."""
KINDS = {
    "ExternalAccess": "Access from outside",
    "InternalAccess": "Access within the organization",
    "UnusedIAMRole": "Unused role",
    "UnusedIAMUserAccessKey": "Unused access key",
    "UnusedIAMUserPassword": "Unused password",
    "UnusedPermission": "Unused permissions",
}
_ACTIVE = {"status": {"eq": ["ACTIVE"]}}


@collector(
    resource_type="AWS::AccessAnalyzer::Finding",
    title="Access Analyzer finding",
    plural="Access Analyzer findings",
    service=SERVICE,
    family=Family.SECURITY,
    actions=("access-analyzer:ListAnalyzers", "access-analyzer:ListFindings"),
    columns=(
        Column("findingType", "Kind"),
        Column("resource", "Resource"),
        Column("resourceOwnerAccount", "Its account"),
        Column("isPublic", "Public"),
        Column("principal", "Who"),
        Column("createdAt", "Since"),
    ),
    relations=(Relation("analyzerArn", "AWS::AccessAnalyzer::Analyzer"),),
    ignored=("analyzedAt", "resourceControlPolicyRestriction"),
    observed=("updatedAt",),
    unordered=("action", "sources"),
)
def findings(ask: Ask) -> Iterator[Resource]:
    """What AWS has proved of policies: who from outside gets in, and which roles, keys and permissions nobody uses.

    Only active findings are kept: archived ones were looked at. The findings of an organization's analyzer are kept
    in the account that owns it; `resourceOwnerAccount` is whose resource each is about.
    """
    for analyzer in ask.pages(SERVICE, "list_analyzers", "analyzers"):
        if analyzer.get("status", "ACTIVE") == "ACTIVE":
            yield from _of_analyzer(ask, analyzer)


def _of_analyzer(ask: Ask, analyzer: Mapping[str, Any]) -> Iterator[Resource]:
    operation = "list_findings" if analyzer["type"] in EXTERNAL else "list_findings_v2"
    pages = ask.pages(
        SERVICE,
        operation,
        "findings",
        absent=("ResourceNotFoundException",),
        analyzerArn=analyzer["arn"],
        filter=_ACTIVE,
        sort={"attributeName": "createdAt", "orderBy": "ASC"},
        maxResults=100,
    )
    found = list(islice(pages, MAX_FINDINGS + 1))
    for raw in found[:MAX_FINDINGS]:
        if raw.get("status", "ACTIVE") == "ACTIVE":
            yield _finding(ask, analyzer, raw)
    if len(found) > MAX_FINDINGS:
        yield _further(ask, analyzer)


def _finding(ask: Ask, analyzer: Mapping[str, Any], raw: Mapping[str, Any]) -> Resource:
    kind, about = raw.get("findingType") or "ExternalAccess", raw.get("resource")
    words = KINDS.get(kind, kind)
    return ask.resource(
        {**raw, "findingType": kind, "analyzerArn": analyzer["arn"]},
        arn=f"{analyzer['arn']}/finding/{raw['id']}",
        name=f"{words}: {_short(about)}" if about else words,
    )


def _short(resource: str) -> str:
    """Return what people call a resource: the end of its ARN."""
    return Arn.parse(resource).resource if resource.startswith("arn:") else resource


def _further(ask: Ask, analyzer: Mapping[str, Any]) -> Resource:
    """Return a marker for the unread findings beyond the maximum: there, and unknown."""
    unread = Unknown("access-analyzer:ListFindings", f"MoreThan{MAX_FINDINGS}", GapReason.TIMED_OUT)
    keys = ("findingType", "resource", "resourceOwnerAccount", "isPublic", "createdAt")
    return ask.resource(
        {**dict.fromkeys(keys, unread), "analyzerArn": analyzer["arn"]},
        arn=f"{analyzer['arn']}/finding/further",
        name=f"Further findings of {analyzer['name']}, beyond {MAX_FINDINGS}",
    )
