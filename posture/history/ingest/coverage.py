"""Writes how far AWS's own security tools cover an account.

So charts need not read configurations.

Every swept region counts, whether it contains a resource or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from posture.core import coverage
from posture.core.coverage import State, Tool
from posture.core.gap import ANY
from posture.core.resource import GLOBAL, Resource
from posture.core.sweep import AccountResult
from posture.history.models import CoveragePoint, ResourceRecord
from posture.history.tuning import tuning

COUNTED = {State.ON: "on", State.PARTLY: "partly", State.OFF: "off", State.UNKNOWN: "unknown"}
"""States that are counted; a tool that is not offered in a region counts nowhere."""
ToolCounts = dict[str, int]
_running: dict[tuple[int, datetime], dict[int, list[Resource]]] = {}
"""Resources by which accounts run a tool for the whole organization, by account; by organization and sweep."""


def write(account_pk: int, organization_pk: int, at: datetime, result: AccountResult) -> None:
    """Write the tools whose counts changed."""
    counted = {} if result.refused else _counted(account_pk, organization_pk, at, result)
    if not counted and not result.refused:
        return
    last = _last(account_pk)
    now = _hidden(last) if result.refused else counted
    _save(account_pk, at, {tool: counts for tool, counts in now.items() if last.get(tool) != counts})


def leave(account_pk: int, at: datetime) -> None:
    """End the coverage of an account that left."""
    nothing = dict.fromkeys(COUNTED.values(), 0)
    _save(account_pk, at, {tool: nothing for tool, counts in _last(account_pk).items() if counts != nothing})


def _last(account_pk: int) -> dict[str, ToolCounts]:
    points = CoveragePoint.objects.filter(account=account_pk).order_by("tool", "-at").distinct("tool")
    return {point.tool: {name: getattr(point, name) for name in COUNTED.values()} for point in points}


def _save(account_pk: int, at: datetime, moved: dict[str, ToolCounts]) -> None:
    CoveragePoint.objects.bulk_create(
        (CoveragePoint(account_id=account_pk, tool=tool, at=at, **counts) for tool, counts in moved.items()),
        update_conflicts=True,
        unique_fields=["account", "tool", "at"],
        update_fields=list(COUNTED.values()),
    )


def _hidden(last: dict[str, ToolCounts]) -> dict[str, ToolCounts]:
    """Return the same number of regions as before, all of them unknown."""
    return {
        tool: {**dict.fromkeys(COUNTED.values(), 0), "unknown": sum(counts.values())} for tool, counts in last.items()
    }


def _counted(account_pk: int, organization_pk: int, at: datetime, result: AccountResult) -> dict[str, ToolCounts]:
    types = {kind for tool in coverage.tools() for kind in tool.reads}
    asked = [tool for tool in coverage.tools() if tool.reads <= set(result.swept_types)]
    if not asked:
        return {}
    own = [one for one in result.resources if one.type in types]
    others = _others(account_pk, organization_pk, at, own)
    return {tool.id: _count(tool, own, others, result) for tool in asked}


def _count(tool: Tool, own: Sequence[Resource], others: Sequence[Resource], result: AccountResult) -> ToolCounts:
    regions = result.regions if tool.regional else [GLOBAL]
    mine = [one for one in own if one.type in tool.reads]
    gaps = [gap for gap in result.gaps if gap.resource_type in {ANY, *tool.reads}]
    states = Counter(coverage.assess(tool, region, mine, gaps, others).state for region in regions)
    return {name: states[state] for state, name in COUNTED.items()}


def _others(account_pk: int, organization_pk: int, at: datetime, own: Sequence[Resource]) -> list[Resource]:
    """Return what other accounts run for the whole organization.

    They are read once a sweep, since every account has some of these types and few run them for all; what this process
    records in the meantime is added.
    """
    running = _running.get((organization_pk, at))
    if running is None:
        running = _running[organization_pk, at] = _for_all(organization_pk)
        for sweep in list(_running)[: -tuning.delegated_tools_sweeps_max]:
            _running.pop(sweep, None)
    found = [one for one in own if coverage.covers_all(one)]
    if found or account_pk in running:
        running[account_pk] = found
    return [one for pk, ones in list(running.items()) if pk != account_pk for one in ones]


def _for_all(organization_pk: int) -> dict[int, list[Resource]]:
    records = ResourceRecord.objects.filter(
        account__organization_id=organization_pk, type__in=coverage.SHARED, valid_to=None
    )
    found: dict[int, list[Resource]] = {}
    for record in records.select_related("account"):
        one = record.as_resource()
        if coverage.covers_all(one):
            found.setdefault(record.account_id, []).append(one)
    return found
