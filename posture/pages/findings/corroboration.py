"""Findings of AWS's own tools about the same resource, as swept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from posture.core.check import Check
from posture.core.resource import GLOBAL
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import FindingRecord, ResourceRecord
from posture.history.scope import Scope

HUB, GUARDDUTY = "AWS::SecurityHub::Finding", "AWS::GuardDuty::Finding"
ACCESS_ANALYZER = "AWS::AccessAnalyzer::Finding"
NAMES = {GUARDDUTY: "GuardDuty", ACCESS_ANALYZER: "Access Analyzer"}
"""What each tool is called whose findings name no product."""
NAME_LENGTH_MIN = 3
"""Letters of a name that is taken for no id."""
FINDINGS_MAX = 1000
"""As many findings of AWS's tools are looked through for one page."""


@dataclass(frozen=True, slots=True)
class CorroboratingFinding:
    """One finding of another tool.

    `agrees` where it is about the same rule, not only the same resource.
    """

    tool: str
    title: str
    resource_id: int
    agrees: bool


def corroborating_findings(
    scope: Scope, finding: FindingRecord, check: Check | None, version: ResourceRecord | None = None
) -> list[CorroboratingFinding]:
    """Return other tools' findings on a resource, the same rule first.

    For a population they may be on any of its members.
    """
    theirs = query.resources(scope).filter(account_id=finding.account_id, type__in=(HUB, *NAMES))
    if finding.region != GLOBAL:
        theirs = theirs.filter(Q(region=finding.region))
    rules = {one.partition(":")[2] for one in (check.aliases if check else ()) if one.startswith("securityhub:")}
    arns = {finding.resource_arn, *(each.arn for each in (version.unfolded() if version else ()))}
    names = arns | {last for arn in arns if len(last := arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]) > NAME_LENGTH_MIN}
    found = [one for record in theirs[:FINDINGS_MAX] for one in _of_record(record, names, rules)]
    return sorted(found, key=lambda one: (not one.agrees, one.tool, one.title))


def _of_record(record: ResourceRecord, names: set[str], rules: set[str]) -> Iterator[CorroboratingFinding]:
    config = record.config
    if not _is_about(config, names):
        return
    tool = _text(config.get("ProductName")) or NAMES.get(record.type, "Security Hub")
    agrees = _text(config.get("SecurityControlId")) in rules
    yield CorroboratingFinding(tool, record.name, record.resource_id, agrees)


def _is_about(config: dict[str, Any], names: set[str]) -> bool:
    named = config.get("ResourceIds", config.get("ResourceId", config.get("resource")))
    if isinstance(named, Unknown) or not named:
        return False
    return not names.isdisjoint([named] if isinstance(named, str) else named)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
