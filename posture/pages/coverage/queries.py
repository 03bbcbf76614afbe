"""Queries of the coverage pages: each tool in each account-region, from history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.db.models import Sum
from django.db.models.functions import Coalesce

from accounts.models import AwsAccount
from posture.collectors import all_collectors
from posture.core import coverage
from posture.core.coverage import Cell, State, Tool, covers_all, tools
from posture.core.gap import ANY, Gap
from posture.core.resource import GLOBAL, Resource
from posture.history import query
from posture.history.query import list_shared_resources
from posture.history.scope import Scope
from posture.pages.coverage.matrix import AccountRow, Matrix, ToolLocation, summarize
from posture.pages.coverage.totals import CoverageTotals, total

REGION = "AWS::Account::Region"
INSTANCE = "AWS::EC2::Instance"


def matrix(scope: Scope) -> Matrix:
    """Read the matrix as of the scope's date, with changes since `compare_to`."""
    now, regions = _cells(scope)
    before, _ = _cells(replace(scope, as_of=scope.compare_to))
    workloads = _workloads(scope)
    rows = [
        AccountRow(
            account,
            [
                (tool, _locations(account, tool, regions.get(account.pk, ()), now, before, workloads))
                for tool in tools()
            ],
        )
        for account in scope.accounts
        if account.pk in regions
    ]
    locations = [location for row in rows for _, found in row.cells for location in found]
    return Matrix(
        regions=sorted({region for found in regions.values() for region in found}),
        rows=rows,
        summaries=[summarize(tool, locations) for tool in tools()],
        uncovered=sorted(
            filter(_is_uncovered, locations), key=lambda location: (-location.workloads, location.account.name)
        ),
        moved=[location for location in locations if location.moved],
    )


Key = tuple[int, str, str]
"""Account, region, tool."""


def _locations(
    account: AwsAccount,
    tool: Tool,
    regions: Sequence[str],
    now: Mapping[Key, Cell],
    before: Mapping[Key, Cell],
    workloads: Mapping[tuple[int, str], int],
) -> list[ToolLocation]:
    where = regions if tool.regional else (GLOBAL,)
    return [
        ToolLocation(
            account=account,
            region=region,
            tool=tool,
            cell=now[account.pk, region, tool.id],
            before=before[key].state if (key := (account.pk, region, tool.id)) in before else None,
            workloads=workloads.get((account.pk, region if tool.regional else ANY), 0),
        )
        for region in where
    ]


def _cells(scope: Scope) -> tuple[dict[Key, Cell], dict[int, list[str]]]:
    types = sorted({kind for tool in tools() for kind in tool.reads} | {REGION})
    by_account: dict[int, list[Resource]] = defaultdict(list)
    for record in query.resources(scope).filter(type__in=types).select_related(None):
        record.account = scope.by_pk[record.account_id]  # one object per account, not per row
        by_account[record.account_id].append(record.as_resource())
    gaps: dict[int, list[Gap]] = defaultdict(list)
    for gap in query.gaps(scope).filter(resource_type__in=[*types, ANY]):
        gaps[gap.account_id].append(gap.as_gap())
    own = (one for found in by_account.values() for one in found if covers_all(one))
    shared = [*list_shared_resources(scope, types), *own]
    regions = _regions(scope, by_account, gaps)
    cells = {
        (account, region, tool.id): _cell(tool, region, by_account[account], gaps[account], shared)
        for account, found in regions.items()
        for tool in tools()
        for region in (found if tool.regional else [GLOBAL])
    }
    return cells, regions


def _cell(
    tool: Tool, region: str, resources: Sequence[Resource], gaps: Sequence[Gap], shared: Sequence[Resource]
) -> Cell:
    own = resources[0].account_id if resources else ""
    return coverage.assess(tool, region, resources, gaps, [one for one in shared if one.account_id != own])


def _regions(
    scope: Scope, resources: Mapping[int, Iterable[Resource]], gaps: Mapping[int, Iterable[Gap]]
) -> dict[int, list[str]]:
    """Return the regions of each swept account; a refused one has the others' regions."""
    known = {
        account: {one.region for one in found if one.type == REGION} | {gap.region for gap in gaps.get(account, ())}
        for account, found in resources.items()
    }
    everywhere = {region for found in known.values() for region in found} - {ANY, GLOBAL}
    swept = set(known) | set(gaps)
    return {
        account.pk: sorted((known.get(account.pk, set()) - {ANY, GLOBAL}) or everywhere)
        for account in scope.accounts
        if account.pk in swept
    }


def _workloads(scope: Scope) -> dict[tuple[int, str], int]:
    """Return workloads by account and region; under `ANY`, of all regions."""
    types = [INSTANCE, *(kind for kind, one in all_collectors().items() if one.data_store)]
    counted = (
        query.resources(scope)
        .filter(type__in=types)
        .order_by()
        .values_list("account_id", "region")
        .annotate(number=Sum(Coalesce("members", 1)))
    )
    workloads: dict[tuple[int, str], int] = defaultdict(int)
    for account, region, number in counted:
        workloads[account, region] += number
        workloads[account, ANY] += number
    return workloads


def _is_uncovered(location: ToolLocation) -> bool:
    return location.workloads > 0 and location.cell.state in {State.OFF, State.PARTLY, State.UNKNOWN}


def totals(scope: Scope) -> CoverageTotals:
    """Sum the whole matrix; cached until the next sweep."""
    return query.get_or_compute(
        scope, "coverage", lambda: total(matrix(scope)), query.date_key(scope, scope.compare_to)
    )


def totals_and_rows(scope: Scope) -> tuple[CoverageTotals, Sequence[AccountRow]]:
    """Return the totals and the rows of a small matrix, from one read."""
    drawn = matrix(scope)
    return total(drawn), drawn.rows


def rows_of(scope: Scope, accounts: Sequence[int]) -> Sequence[AccountRow]:
    """Return the rows of some of the accounts."""
    chosen = replace(scope, accounts=tuple(scope.by_pk[pk] for pk in accounts), sees_everything=False)
    return matrix(chosen).rows
