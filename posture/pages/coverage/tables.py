"""The account-regions behind every figure of coverage, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import django_tables2 as tables
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import AwsAccount
from posture.core.coverage import Tool, tools
from posture.history.scope import Scope
from posture.pages.coverage import queries
from posture.pages.coverage.filters import CoverageSelection
from posture.pages.coverage.matrix import ToolLocation, unit_id
from posture.pages.coverage.state_grid import STATES, WORDS, StateGrid, cells
from posture.web.columns import NUMBER, AccountColumn
from posture.web.tables import Table
from posture.web.templatetags.words import figure

RANK = {name: rank for rank, name in enumerate(("off", "unknown", "partly", "empty", "not_offered", "on"))}
"""What needs attention comes first."""
MOVES = {"g": "gained", "l": "lost", " ": ""}
SHORT_WORDS = {**WORDS, "off": "off", "empty": "off, empty", "not_offered": "not available"}
"""States as the narrow column words them."""
NOWRAP = {"td": {"class": "pl-nowrap"}}


class AccountRegion(NamedTuple):
    """One tool in one account-region; a large organization has 100,000 of them."""

    account: AwsAccount
    region: str
    tool: Tool
    state: str
    moved: str

    @property
    def rank(self) -> int:
        """The position of its state in the list."""
        return RANK[self.state]

    @property
    def key(self) -> tuple[int, str, str]:
        """Its key: account, region and tool."""
        return self.account.pk, self.region, self.tool.id


def account_regions(scope: Scope, grid: StateGrid, chosen: CoverageSelection) -> list[AccountRegion]:
    """Return chosen account-regions: off first, then by account, tool and region."""
    accounts = [each for each in scope.accounts if not chosen.unit or unit_id(each) == chosen.unit]
    shown = [tool for tool in tools() if chosen.tool in {"", tool.id}]
    # Ordered as they come: sorting 100,000 rows takes longer than everything else here.
    by_state: dict[str, list[AccountRegion]] = {name: [] for name in RANK}
    for account in sorted(accounts, key=lambda each: each.name):
        for row in _of_account(account, grid, shown):
            if chosen.has(row.region, row.state, row.moved):
                by_state[row.state].append(row)
    return [row for name in RANK for row in by_state[name]]


def _of_account(account: AwsAccount, grid: StateGrid, shown: Sequence[Tool]) -> Iterable[AccountRegion]:
    for tool in shown:
        for _, region, letter, move in cells(grid, tool, (account.pk,)):
            yield AccountRegion(account, region, tool, STATES[letter], MOVES[move])


class AccountRegionTable(Table):
    """The table of account-regions; details are read only for the page's rows."""

    caption = "Account-regions"
    is_swept_data = True
    state = tables.Column(order_by="rank", attrs=NOWRAP)
    tool = tables.Column(accessor="tool__title", attrs=NOWRAP)
    account = AccountColumn()
    region = tables.Column(attrs=NOWRAP)
    detail = tables.Column("Detail", empty_values=(), orderable=False)
    since = tables.Column("On since", empty_values=(), orderable=False)
    workloads = tables.Column("Runs there", empty_values=(), orderable=False, attrs=NUMBER)

    class Meta(Table.Meta):
        empty_text = "No account-region matches these filters."

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.locations: dict[tuple[int, str, str], ToolLocation] = {}

    def before_render(self, request: HttpRequest) -> None:
        """Read the page's rows together."""
        self.prepare([row.record for row in self.paginated_rows])

    def prepare(self, records: Sequence[Any]) -> None:
        """Read the details of the given rows, and drop the others."""
        accounts = list(dict.fromkeys(record.account.pk for record in records))
        rows = queries.rows_of(self.scope, accounts) if accounts else []
        found = [location for row in rows for _, locations in row.cells for location in locations]
        self.locations = {(one.account.pk, one.region, one.tool.id): one for one in found}

    def _location(self, record: AccountRegion) -> ToolLocation:
        if record.key not in self.locations:
            self.prepare([record])
        return self.locations[record.key]

    def render_state(self, value: str, record: AccountRegion) -> SafeString:
        """Return the mark and words of a state, and whether it was gained or lost."""
        kind = "better" if record.moved == "gained" else "worse"
        moved = format_html(' <span class="pl-change pl-change-{}">{}</span>', kind, record.moved)
        mark = '<span class="pl-mark pl-mark-{}" aria-hidden="true"></span> <span title="{}">{}</span>'
        shown = format_html(mark, value, WORDS[value], SHORT_WORDS[value])
        return format_html("{}{}", shown, moved if record.moved else "")

    def value_state(self, value: str) -> str:
        """Export the state in words."""
        return WORDS[value]

    def render_detail(self, record: AccountRegion) -> str:
        """Return the sweep's detail."""
        return self._location(record).cell.detail

    def render_since(self, record: AccountRegion) -> str:
        """Return since when it is on, if AWS reports it."""
        return (self._location(record).cell.since or "")[:10]

    def render_workloads(self, record: AccountRegion) -> str:
        """Return the number of instances and data stores."""
        return figure(self._location(record).workloads)

    def value_workloads(self, record: AccountRegion) -> int:
        """Export the number itself."""
        return self._location(record).workloads
