"""The account-regions behind every figure of coverage, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import django_tables2 as tables
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import AwsAccount
from posture.core.coverage import Tool, tools
from posture.history.scope import Scope
from posture.pages.coverage import queries
from posture.pages.coverage.queries import Place
from posture.pages.coverage.state_grid import STATES, WORDS, StateGrid, cells
from posture.web.columns import NUMBER, AccountColumn
from posture.web.tables import Table
from posture.web.templatetags.words import figure

RANK = {name: place for place, name in enumerate(("off", "unknown", "partly", "empty", "not_offered", "on"))}
"""What needs attention comes first."""
MOVES = {"g": "gained", "l": "lost", " ": ""}
SHORT = {**WORDS, "off": "off", "empty": "off, empty", "not_offered": "not available"}
"""States as the narrow column words them."""
NOWRAP = {"td": {"class": "pl-nowrap"}}


class AccountRegion(NamedTuple):
    """One tool in one region of one account, as the grid has it; a large organization has 100,000 of them."""

    account: AwsAccount
    region: str
    tool: Tool
    state: str
    moved: str

    @property
    def rank(self) -> int:
        """Where its state comes in the order of the list."""
        return RANK[self.state]

    @property
    def key(self) -> tuple[int, str, str]:
        """What it is found by."""
        return self.account.pk, self.region, self.tool.id


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list is narrowed to; empty means everything."""

    tool: str = ""
    state: str = ""
    region: str = ""
    unit: str = ""
    moved: str = ""


def account_regions(scope: Scope, grid: StateGrid, chosen: Chosen) -> list[AccountRegion]:
    """Return the account-regions that are chosen: what is off first, then by account, tool and region."""
    accounts = [each for each in scope.accounts if not chosen.unit or queries.unit_id(each) == chosen.unit]
    shown = [tool for tool in tools() if chosen.tool in {"", tool.id}]
    # Put in order as they come: sorting a hundred thousand rows takes longer than all else here.
    by_state: dict[str, list[AccountRegion]] = {name: [] for name in RANK}
    for account in sorted(accounts, key=lambda each: each.name):
        for row in _of_account(account, grid, shown):
            if _is_chosen(row, chosen):
                by_state[row.state].append(row)
    return [row for name in RANK for row in by_state[name]]


def _of_account(account: AwsAccount, grid: StateGrid, shown: Sequence[Tool]) -> Iterable[AccountRegion]:
    for tool in shown:
        for _, region, letter, move in cells(grid, tool, (account.pk,)):
            yield AccountRegion(account, region, tool, STATES[letter], MOVES[move])


def _is_chosen(row: AccountRegion, chosen: Chosen) -> bool:
    return chosen.state in {"", row.state} and chosen.region in {"", row.region} and chosen.moved in {"", row.moved}


class AccountRegionTable(Table):
    """Account-regions; what the sweep said of each is read for the rows on the page alone."""

    caption = "Account-regions"
    is_swept_data = True
    state = tables.Column(order_by="rank", attrs=NOWRAP)
    tool = tables.Column(accessor="tool__title", attrs=NOWRAP)
    account = AccountColumn()
    region = tables.Column(attrs=NOWRAP)
    detail = tables.Column("In words", empty_values=(), orderable=False)
    since = tables.Column("On since", empty_values=(), orderable=False)
    workloads = tables.Column("Runs there", empty_values=(), orderable=False, attrs=NUMBER)

    class Meta(Table.Meta):
        empty_text = "No account-region is like that."

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.places: dict[tuple[int, str, str], Place] = {}

    def before_render(self, request: HttpRequest) -> None:
        """Read the page's rows together."""
        self.prepare([row.record for row in self.paginated_rows])

    def prepare(self, records: Sequence[Any]) -> None:
        """Read what the sweep said of the given rows, and forget the others."""
        accounts = list(dict.fromkeys(record.account.pk for record in records))
        rows = queries.part(self.scope, accounts) if accounts else []
        found = [place for row in rows for _, places in row.cells for place in places]
        self.places = {(one.account.pk, one.region, one.tool.id): one for one in found}

    def _place(self, record: AccountRegion) -> Place:
        if record.key not in self.places:
            self.prepare([record])
        return self.places[record.key]

    def render_state(self, value: str, record: AccountRegion) -> SafeString:
        """Return the mark and the words of a state, and whether it was gained or lost."""
        kind = "better" if record.moved == "gained" else "worse"
        moved = format_html(' <span class="pl-change pl-change-{}">{}</span>', kind, record.moved)
        mark = '<span class="pl-mark pl-mark-{}" aria-hidden="true"></span> <span title="{}">{}</span>'
        shown = format_html(mark, value, WORDS[value], SHORT[value])
        return format_html("{}{}", shown, moved if record.moved else "")

    def value_state(self, value: str) -> str:
        """Export the state in words."""
        return WORDS[value]

    def render_detail(self, record: AccountRegion) -> str:
        """Return what the sweep said."""
        return self._place(record).cell.detail

    def render_since(self, record: AccountRegion) -> str:
        """Return since when it is on, where AWS shows that."""
        return (self._place(record).cell.since or "")[:10]

    def render_workloads(self, record: AccountRegion) -> str:
        """Return how many instances and data stores there are."""
        return figure(self._place(record).workloads)

    def value_workloads(self, record: AccountRegion) -> int:
        """Export the number itself."""
        return self._place(record).workloads
