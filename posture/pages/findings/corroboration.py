"""What AWS's own tools say of the same resource, as they were swept in its account."""

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
SHORT = 3
"""Letters of a name that is taken for no id."""
MOST = 1000
"""As many findings of AWS's tools are looked through for one page."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One finding of another tool. `agrees` where it is about the same rule, not only the same resource."""

    tool: str
    title: str
    resource_id: int
    agrees: bool


def witnesses(
    scope: Scope, finding: FindingRecord, check: Check | None, version: ResourceRecord | None = None
) -> list[Witness]:
    """Return what else was found on the resource, the same rule first; on a population, on any of its members."""
    theirs = query.resources(scope).filter(account_id=finding.account_id, type__in=(HUB, GUARDDUTY))
    if finding.region != GLOBAL:
        theirs = theirs.filter(Q(region=finding.region))
    rules = {one.partition(":")[2] for one in (check.aliases if check else ()) if one.startswith("securityhub:")}
    arns = {finding.resource_arn, *(each.arn for each in (version.unfolded() if version else ()))}
    names = arns | {last for arn in arns if len(last := arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]) > SHORT}
    found = [witness for record in theirs[:MOST] for witness in _of_record(record, names, rules)]
    return sorted(found, key=lambda one: (not one.agrees, one.tool, one.title))


def _of_record(record: ResourceRecord, names: set[str], rules: set[str]) -> Iterator[Witness]:
    config = record.config
    if not _is_about(config, names):
        return
    tool = _text(config.get("ProductName")) or ("GuardDuty" if record.type == GUARDDUTY else "Security Hub")
    agrees = _text(config.get("SecurityControlId")) in rules
    yield Witness(tool, record.name, record.resource_id, agrees)


def _is_about(config: dict[str, Any], names: set[str]) -> bool:
    named = config.get("ResourceIds", config.get("ResourceId"))
    if isinstance(named, Unknown) or not named:
        return False
    return not names.isdisjoint([named] if isinstance(named, str) else named)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
