"""Charts of data stores by classification, kind, and account or unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.drawing import bars, holdings, text
from posture.drawing.bars import Bar, BarPart
from posture.pages.data.holders import BARS_MAX, StoreHolder
from posture.pages.data.levels import NO_LEVEL, level_name
from posture.pages.data.queries import UNCLASSIFIED, DataMap, DataRow, Risk
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

TABLE_MAX = 60
"""Accounts or units in the table of the bars."""
NARROW_WIDTH, NAMES, FIGURE_SIZE = 322, 112, 13
"""Pixels of the bars with all, of their names, and of the type of their figures."""
REST = "rest"


@dataclass(slots=True)
class StoreTotals:
    """The stores of an account or unit, summed over accounts and kinds."""

    holder: StoreHolder
    open: int = 0
    sensitive: int = 0
    other: int = 0
    unclassified: int = 0
    unread: int = 0

    @property
    def total(self) -> int:
        """The number of stores."""
        return self.sensitive + self.other + self.unclassified + self.unread


def by_classification(request: HttpRequest, risks: Sequence[Risk]) -> Panel:
    """Return stores and open stores by classification."""
    exposed, stores = sum(one.exposed for one in risks), sum(one.stores for one in risks)
    verb = "is" if exposed == 1 else "are"
    title = f"{figure(exposed)} of {plural(stores, 'data store')} {verb} open"
    url = url_in_scope(request, "data:map")
    shown = [_bar(one, _level_url(request, one)) for one in risks]
    drawing = bars.draw(shown, title, bars.BarColumns(figures=76))
    rows = [(level_name(one.level), one.exposed, one.stores) for one in risks]
    return Panel(title, "Data", url, drawing, ("Classification", "Open", "Stores"), rows)


def _level_url(request: HttpRequest, one: Risk) -> str:
    """Return the URL of a level's open stores."""
    return f"{url_in_scope(request, 'data:map', None, level=one.level or NO_LEVEL)}#open"


def _bar(one: Risk, url: str) -> Bar:
    unread = min(one.unread, one.stores - one.exposed)
    rest = BarPart(one.stores - one.exposed - unread, "bar" if one.level else "n2")
    words = f"{figure(one.exposed)} open of {figure(one.stores)}" if one.exposed else figure(one.stores)
    title = f"{level_name(one.level)}: {one.exposed} open of {plural(one.stores, 'store')}"
    title += f", {figure(unread)} could not be read" if unread else ""
    parts = [BarPart(one.exposed, "critical"), rest, BarPart(unread, "none", is_hatched=True)]
    return Bar(level_name(one.level), parts, words, url, title)


def by_kind(request: HttpRequest, data: DataMap) -> Panel:
    """Return stores by kind and classification, with those open to anyone."""
    levels = [*_levels_in_use(data), UNCLASSIFIED]
    known = dict(data.levels)
    columns = [holdings.HoldingColumn(level_name(name), known.get(name, False)) for name in levels]
    rows, title = _kind_rows(request, data, levels), _kind_title(data)
    return Panel(
        title,
        "Inventory",
        url_in_scope(request, "inventory:types"),
        holdings.draw(columns, rows, title),
        ("Kind", *(column.name for column in columns), "Open to anyone", "All"),
        [_kind_figures(row) for row in rows],
        holdings.draw(columns, rows, title, holdings.NARROW),
    )


def _levels_in_use(data: DataMap) -> list[str]:
    """Return the levels with stores: the scheme's in order, then others by name."""
    used = {name for row in data.rows for name, number in row.counts.items() if number and name}
    scheme = [name for name, _ in data.levels]
    return [name for name in scheme if name in used] + sorted(used.difference(scheme))


def _kind_title(data: DataMap) -> str:
    if not data.sensitive:
        return f"No store of {figure(data.stores)} is classified as sensitive"
    return f"{figure(data.sensitive)} of {plural(data.stores, 'store')} {_is(data.sensitive)} classified as sensitive"


def _kind_figures(row: holdings.HoldingRow) -> Sequence[str]:
    exposed = sum(cell.open for cell in row.cells)
    return row.name, *(figure(cell.count) for cell in row.cells), figure(exposed), figure(row.total)


def _kind_rows(request: HttpRequest, drawn: DataMap, levels: Sequence[str]) -> list[holdings.HoldingRow]:
    counts: dict[str, Counter[str]] = {}
    unread, names = Counter[str](), dict[str, str]()
    for row in drawn.rows:
        kind = row.kind.resource_type
        names[kind] = row.kind.plural
        counts.setdefault(kind, Counter()).update(row.counts)
        unread[kind] += row.unread
    opened = Counter((one.finding.resource_type, one.level) for one in drawn.open_stores if one.is_public)
    made = []
    for kind, found in counts.items():
        cells = [
            holdings.HoldingCell(
                found[level],
                opened[kind, level],
                unread[kind] if not level else 0,
                url_in_scope(request, "inventory:table", type=kind, data=level or NO_LEVEL),
            )
            for level in levels
        ]
        made.append(holdings.HoldingRow(names[kind], cells, url_in_scope(request, "inventory:table", type=kind)))
    return sorted(made, key=lambda row: (-sum(cell.open for cell in row.cells), -row.total, row.name))


def by_holder(data: DataMap, where: Mapping[int, StoreHolder]) -> Panel:
    """Return the stores of each account or unit as bars, by classification."""
    found: dict[str, StoreTotals] = {}
    for row in data.rows:
        _add(found.setdefault(where[row.account.pk].key, StoreTotals(where[row.account.pk])), row)
    ranked = sorted(found.values(), key=lambda one: (-one.open, -one.sensitive, -one.total, one.holder.name))
    shown = ranked if len(ranked) <= BARS_MAX else [*ranked[: BARS_MAX - 1], _sum(ranked[BARS_MAX - 1 :])]
    drawn, title = [_totals_bar(one) for one in shown], _holder_title(ranked)
    figures = max(text.width(one.figure, FIGURE_SIZE) for one in drawn) + 10
    return Panel(
        title,
        "",
        "",
        bars.draw(drawn, title, bars.BarColumns(NARROW_WIDTH, NAMES, figures)),
        ("Where", "Open", "Sensitive", "Other", "Unclassified", "Not read", "All"),
        [_holder_figures(one) for one in ranked[:TABLE_MAX]],
    )


def _holder_figures(one: StoreTotals) -> Sequence[str]:
    numbers = one.open, one.sensitive, one.other, one.unclassified, one.unread, one.total
    return one.holder.name, *map(figure, numbers)


def _add(totals: StoreTotals, row: DataRow) -> None:
    totals.open += row.exposed
    totals.sensitive += row.sensitive
    totals.other += row.other
    totals.unclassified += row.unclassified
    totals.unread += row.unread


def _sum(some: Sequence[StoreTotals]) -> StoreTotals:
    found = StoreTotals(StoreHolder(REST, f"{len(some):,} others", "", ""))
    for one in some:
        found.open += one.open
        found.sensitive += one.sensitive
        found.other += one.other
        found.unclassified += one.unclassified
        found.unread += one.unread
    return found


def _totals_bar(one: StoreTotals) -> Bar:
    words = f"{figure(one.open)} open of {figure(one.total)}" if one.open else figure(one.total)
    parts_in_words = [
        f"{figure(one.sensitive)} sensitive",
        f"{figure(one.other)} other",
        f"{figure(one.unclassified)} unclassified",
    ]
    parts_in_words += [f"{figure(one.unread)} could not be read"] if one.unread else []
    parts = [
        BarPart(one.sensitive, "ink"),
        BarPart(one.other, "bar"),
        BarPart(one.unclassified, "n2"),
        BarPart(one.unread, "none", is_hatched=True),
    ]
    return Bar(
        one.holder.name,
        parts,
        words,
        one.holder.url,
        f"{one.holder.name}: {', '.join(parts_in_words)}; {one.open:,} open",
    )


def _holder_title(ranked: Sequence[StoreTotals]) -> str:
    most = [one for one in ranked if one.open]
    if not most:
        sensitive = max(ranked, key=lambda one: one.sensitive, default=None)
        if sensitive is None or not sensitive.sensitive:
            return "Stores by account" if len(ranked) > 1 else "Stores"
        return f"{sensitive.holder.name} has most sensitive stores"
    total = sum(one.open for one in most)
    if len(most) == 1:
        return f"{plural(total, 'open store')}, all in {most[0].holder.name}"
    return f"{most[0].holder.name} has {figure(most[0].open)} of {plural(total, 'open store')}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
