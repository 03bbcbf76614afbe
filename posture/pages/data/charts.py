"""The pictures of data: what lets others in, stores by kind and classification, and by account or unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.models import OrganizationalUnit
from posture.drawing import bars, holdings, openings, text
from posture.drawing.bars import Bar, Part
from posture.history.scope import Scope
from posture.pages.data.exposure import WORDS, Way
from posture.pages.data.queries import UNCLASSIFIED, DataMap, Opening, Risk, Row
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

ABBREVIATION_MAX = 4
"""Letters up to which a classification is an abbreviation, as PII."""
NO_LEVEL = "none"
"""What a URL says for stores without a classification."""
GROUPS_MAX, PLACES_MAX = 7, 6
"""Groups of stores, and accounts or units, that the picture names; the others are summed."""
BARS_MAX, TABLE_MAX = 14, 60
"""Accounts or units that have a bar, and that the table next to the bars names."""
NARROW_WIDTH, NAMES, FIGURE_SIZE = 322, 112, 13
"""Pixels of the bars with all, of their names, and of the type of their figures."""
REST, ROOT = "rest", "In no unit"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What part of what is open the URL asks for; empty for all."""

    way: str = ""
    kind: str = ""
    level: str = ""

    def has(self, one: Opening) -> bool:
        """Return True where an opening is of that part."""
        return (
            (not self.way or self.way in one.ways)
            and (not self.kind or self.kind == one.finding.resource_type)
            and (not self.level or self.level == (one.level or NO_LEVEL))
        )


@dataclass(frozen=True, slots=True)
class Place:
    """An account, or a unit with all its accounts, and where it leads."""

    key: str
    name: str
    detail: str
    url: str


@dataclass(slots=True)
class Held:
    """What is held in a place, summed over its accounts and kinds."""

    place: Place
    open: int = 0
    sensitive: int = 0
    other: int = 0
    unclassified: int = 0
    unread: int = 0

    @property
    def total(self) -> int:
        """How many stores there are."""
        return self.sensitive + self.other + self.unclassified + self.unread


@dataclass(slots=True)
class _Groups:
    """Stores, and where they are, by the places of their nodes in the picture."""

    found: dict[tuple[str, ...], int] = field(default_factory=dict)

    def index(self, key: tuple[str, ...]) -> int:
        """Return the place of a key's node, which is the last one where it is new."""
        return self.found.setdefault(key, len(self.found))


def by_classification(request: HttpRequest, risks: Sequence[Risk]) -> Panel:
    """Return how many stores of each level there are and are open."""
    exposed, stores = sum(one.exposed for one in risks), sum(one.stores for one in risks)
    verb = "is" if exposed == 1 else "are"
    title = f"{figure(exposed)} of {plural(stores, 'data store')} {verb} open"
    url = url_in_scope(request, "data:map")
    shown = [_bar(one, _level_url(request, one)) for one in risks]
    drawing = bars.draw(shown, title, bars.Columns(figures=76))
    rows = [(level_name(one.level), one.exposed, one.stores) for one in risks]
    return Panel(title, "Data", url, drawing, ("Classification", "Open", "Stores"), rows)


def level_name(level: str) -> str:
    """Return what a classification is called: "PII", "Confidential", "Unclassified"."""
    if not level:
        return "Unclassified"
    return level.upper() if len(level) < ABBREVIATION_MAX else level.capitalize()


def _level_url(request: HttpRequest, one: Risk) -> str:
    """Return where the open stores of a level are listed."""
    return f"{url_in_scope(request, 'data:map', None, level=one.level or NO_LEVEL)}#open"


def _bar(one: Risk, url: str) -> Bar:
    unread = min(one.unread, one.stores - one.exposed)
    rest = Part(one.stores - one.exposed - unread, "bar" if one.level else "n2")
    words = f"{figure(one.exposed)} open of {figure(one.stores)}" if one.exposed else figure(one.stores)
    title = f"{level_name(one.level)}: {one.exposed} open of {plural(one.stores, 'store')}"
    title += f", of {figure(unread)} it could not be read" if unread else ""
    parts = [Part(one.exposed, "critical"), rest, Part(unread, "none", is_hatched=True)]
    return Bar(level_name(one.level), parts, words, url, title)


def places(request: HttpRequest, scope: Scope) -> Mapping[int, Place]:
    """Return by account where it is shown: by itself in a small scope, in its unit in a large one."""
    if len(scope.accounts) <= BARS_MAX:
        return {one.pk: _account_place(request, one.account_id, one.name) for one in scope.accounts}
    units = OrganizationalUnit.objects.in_bulk({one.unit_id for one in scope.accounts if one.unit_id})
    counts = Counter(one.unit_id for one in scope.accounts)
    made = {pk: _unit_place(request, unit, counts[pk]) for pk, unit in units.items()}
    if len(made) + bool(counts[None]) < 2:  # noqa: PLR2004 - one unit alone says nothing
        return {one.pk: _account_place(request, one.account_id, one.name) for one in scope.accounts}
    root = Place("", ROOT, plural(counts[None], "account"), url_in_scope(request, "organization:tree"))
    return {one.pk: made.get(one.unit_id or 0, root) for one in scope.accounts}


def _account_place(request: HttpRequest, account_id: str, name: str) -> Place:
    return Place(account_id, name, account_id, url_in_scope(request, "data:map", None, account=account_id))


def _unit_place(request: HttpRequest, unit: OrganizationalUnit, accounts: int) -> Place:
    url = url_in_scope(request, "data:map", None, ou=unit.ou_id, account="")
    return Place(unit.ou_id, unit.name, plural(accounts, "account"), url)


def ways_in(request: HttpRequest, drawn: DataMap, where: Mapping[int, Place], chosen: Chosen) -> Panel | None:
    """Return what lets others in, to which stores, and where these are; None where nothing is open."""
    if not drawn.openings:
        return None
    names = {row.kind.resource_type: row.kind.plural for row in drawn.rows}
    stores = Counter((one.finding.resource_type, one.level, one.is_sensitive) for one in drawn.openings)
    ranked = sorted(stores, key=lambda key: (not key[2], -stores[key], key[0], key[1]))
    kept = set(ranked if len(ranked) <= GROUPS_MAX else ranked[: GROUPS_MAX - 1])
    here = Counter(_place(where, one).key for one in drawn.openings)
    top = [key for key, _ in here.most_common()]
    named = set(top if len(top) <= PLACES_MAX else top[: PLACES_MAX - 1])
    strands, groups, sites, ways = Counter[tuple[int, int, int, bool]](), _Groups(), _Groups(), _Groups()
    stale: dict[tuple[int, int, int, bool], int] = Counter()
    for key in ranked:
        groups.index((key[0], key[1]) if key in kept else (REST, ""))
    for one in drawn.openings:
        key = (one.finding.resource_type, one.level, one.is_sensitive)
        store = groups.index((key[0], key[1]) if key in kept else (REST, ""))
        place = _place(where, one).key
        site = sites.index((place if place in named else REST,))
        for way in one.ways:
            strand = (ways.index((way,)), store, site, one.is_sensitive and way is not Way.SHARED)
            strands[strand] += 1
            stale[strand] += one.is_stale
    by_way = Counter(way for one in drawn.openings for way in one.ways)
    by_key = {place.key: place for place in where.values()}
    found = openings.Openings(
        [_way_node(request, Way(way), by_way[Way(way)], chosen) for (way,) in ways.found],
        [_store_node(request, key, stores, kept, names, chosen) for key in groups.found],
        [_place_node(key, here, named, by_key) for (key,) in sites.found],
        [openings.Strand(*each[:3], count, each[3], stale[each] == count) for each, count in strands.items()],
    )
    title = _title(drawn)
    rows = [
        (_store_words(one, names), WORDS[way].name, _place(where, one).name)
        for one in drawn.openings
        for way in one.ways
    ]
    counted = [(*key, figure(number)) for key, number in Counter(rows).most_common()]
    return Panel(
        title,
        "The stores",
        "#open",
        openings.draw(found, title, ("Way in", "Data stores", "Where they are")),
        ("Stores", "Way in", "Where", "Number"),
        counted,
        openings.draw_narrow(found, title),
    )


def _place(where: Mapping[int, Place], one: Opening) -> Place:
    return where[one.finding.account_id]


def _store_words(one: Opening, names: Mapping[str, str]) -> str:
    kind = one.finding.resource_type
    return (
        f"{names.get(kind, kind)}, {level_name(one.level).lower() if not one.is_sensitive else level_name(one.level)}"
    )


def _way_node(request: HttpRequest, way: Way, count: int, chosen: Chosen) -> openings.Node:
    url = "" if way == chosen.way else way.value
    words = WORDS[way]
    return openings.Node(
        words.name,
        words.who,
        count,
        f"{url_in_scope(request, 'data:map', None, way=url)}#open",
        way is not Way.SHARED,
        way == chosen.way,
    )


def _store_node(
    request: HttpRequest,
    key: tuple[str, ...],
    stores: Mapping[tuple[str, str, bool], int],
    kept: set[tuple[str, str, bool]],
    names: Mapping[str, str],
    chosen: Chosen,
) -> openings.Node:
    if key[0] == REST:
        rest = [each for each in stores if each not in kept]
        url = f"{url_in_scope(request, 'data:map')}#open"
        return openings.Node("All others", plural(len(rest), "group"), sum(stores[each] for each in rest), url)
    kind, level = key
    is_sensitive = (kind, level, True) in stores
    is_chosen = (kind, level or NO_LEVEL) == (chosen.kind, chosen.level)
    query = {} if is_chosen else {"kind": kind, "level": level or NO_LEVEL}
    url = f"{url_in_scope(request, 'data:map', None, **query)}#open"
    count = stores[kind, level, is_sensitive]
    return openings.Node(names.get(kind, kind), level_name(level), count, url, is_sensitive, is_chosen)


def _place_node(key: str, here: Mapping[str, int], named: set[str], by_key: Mapping[str, Place]) -> openings.Node:
    if key == REST:
        rest = [each for each in here if each not in named]
        return openings.Node(f"{len(rest):,} others", "", sum(here[each] for each in rest))
    place = by_key[key]
    return openings.Node(place.name, place.detail, here[key], f"{place.url}#open")


def _title(drawn: DataMap) -> str:
    """Name the way by which most stores are open, and sharing only where nothing else is."""
    counted = Counter(way for one in drawn.openings if one.is_public for way in one.ways if way is not Way.SHARED)
    if not counted:
        return f"{plural(drawn.shared, 'store')} {_is(drawn.shared)} shared with accounts outside the organization"
    way, number = counted.most_common(1)[0]
    words = WORDS[way].name
    article = f"{words[0].lower()}{words[1:]}"
    if len(counted) == 1:
        return f"A {article} opens {plural(number, 'store')}"
    return f"A {article} opens {figure(number)} of the {figure(drawn.exposed_stores)} stores that are open to anyone"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def by_kind(request: HttpRequest, drawn: DataMap) -> Panel:
    """Return the stores by kind and classification; what is open to anyone is at the foot of each cell."""
    known = dict(drawn.levels)
    held = {name for row in drawn.rows for name, number in row.counts.items() if number and name}
    shown = [name for name, _ in drawn.levels if name in held] + sorted(held - known.keys())
    columns = [holdings.Column(level_name(name), known.get(name, False)) for name in shown]
    columns.append(holdings.Column(level_name(UNCLASSIFIED)))
    rows = _kind_rows(request, drawn, [*shown, UNCLASSIFIED])
    open_ = Counter((one.finding.resource_type, one.level) for one in drawn.openings if one.is_public)
    title = (
        f"{figure(drawn.sensitive)} of {plural(drawn.stores, 'store')} {_is(drawn.sensitive)} classified as sensitive"
    )
    if not drawn.sensitive:
        title = f"No store of {figure(drawn.stores)} is classified as sensitive"
    return (
        Panel(
            title,
            "Inventory",
            url_in_scope(request, "inventory:types"),
            holdings.draw(columns, rows, title),
            ("Kind", *(column.name for column in columns), "Open to anyone", "All"),
            [
                (
                    row.name,
                    *(figure(cell.count) for cell in row.cells),
                    figure(sum(cell.open for cell in row.cells)),
                    figure(row.total),
                )
                for row in rows
            ],
            holdings.draw(columns, rows, title, holdings.NARROW),
        )
        if open_ or rows
        else Panel(title, "", "", SafeString(), (), ())
    )


def _kind_rows(request: HttpRequest, drawn: DataMap, levels: Sequence[str]) -> list[holdings.Row]:
    counts: dict[str, Counter[str]] = {}
    unread, names = Counter[str](), dict[str, str]()
    for row in drawn.rows:
        kind = row.kind.resource_type
        names[kind] = row.kind.plural
        counts.setdefault(kind, Counter()).update(row.counts)
        unread[kind] += row.unread
    opened = Counter((one.finding.resource_type, one.level) for one in drawn.openings if one.is_public)
    made = []
    for kind, found in counts.items():
        cells = [
            holdings.Cell(
                found[level],
                opened[kind, level],
                unread[kind] if not level else 0,
                url_in_scope(request, "inventory:table", type=kind, data=level or NO_LEVEL),
            )
            for level in levels
        ]
        made.append(holdings.Row(names[kind], cells, url_in_scope(request, "inventory:table", type=kind)))
    return sorted(made, key=lambda row: (-sum(cell.open for cell in row.cells), -row.total, row.name))


def by_place(drawn: DataMap, where: Mapping[int, Place]) -> Panel:
    """Return the stores of each account or unit as bars: open, sensitive, other, unclassified, not read."""
    found: dict[str, Held] = {}
    for row in drawn.rows:
        held = found.setdefault(where[row.account.pk].key, Held(where[row.account.pk]))
        _add(held, row)
    ranked = sorted(found.values(), key=lambda one: (-one.open, -one.sensitive, -one.total, one.place.name))
    shown = ranked if len(ranked) <= BARS_MAX else ranked[: BARS_MAX - 1]
    drawn_bars = [_held_bar(one) for one in shown]
    rest = ranked[len(shown) :]
    if rest:
        drawn_bars.append(_held_bar(_sum(rest)))
    title = _place_title(ranked)
    figures = max(text.width(one.figure, FIGURE_SIZE) for one in drawn_bars) + 10
    return Panel(
        title,
        "",
        "",
        bars.draw(drawn_bars, title, bars.Columns(NARROW_WIDTH, NAMES, figures)),
        ("Where", "Open", "Sensitive", "Other", "Unclassified", "Not read", "All"),
        [
            (
                one.place.name,
                *map(figure, (one.open, one.sensitive, one.other, one.unclassified, one.unread, one.total)),
            )
            for one in ranked[:TABLE_MAX]
        ],
    )


def _add(held: Held, row: Row) -> None:
    held.open += row.exposed
    held.sensitive += row.sensitive
    held.other += row.other
    held.unclassified += row.unclassified
    held.unread += row.unread


def _sum(some: Sequence[Held]) -> Held:
    found = Held(Place(REST, f"{len(some):,} others", "", ""))
    for one in some:
        found.open += one.open
        found.sensitive += one.sensitive
        found.other += one.other
        found.unclassified += one.unclassified
        found.unread += one.unread
    return found


def _held_bar(one: Held) -> Bar:
    words = f"{figure(one.open)} open of {figure(one.total)}" if one.open else figure(one.total)
    said = [
        f"{figure(one.sensitive)} sensitive",
        f"{figure(one.other)} other",
        f"{figure(one.unclassified)} unclassified",
    ]
    said += [f"{figure(one.unread)} could not be read"] if one.unread else []
    parts = [
        Part(one.sensitive, "ink"),
        Part(one.other, "bar"),
        Part(one.unclassified, "n2"),
        Part(one.unread, "none", is_hatched=True),
    ]
    return Bar(one.place.name, parts, words, one.place.url, f"{one.place.name}: {', '.join(said)}; {one.open:,} open")


def _place_title(ranked: Sequence[Held]) -> str:
    most = [one for one in ranked if one.open]
    if not most:
        sensitive = max(ranked, key=lambda one: one.sensitive, default=None)
        if sensitive is None or not sensitive.sensitive:
            return "Stores by account" if len(ranked) > 1 else "Stores"
        return f"{sensitive.place.name} holds most sensitive stores"
    total = sum(one.open for one in most)
    if len(most) == 1:
        return (
            f"All {figure(total)} open are in {most[0].place.name}"
            if total > 1
            else f"The open one is in {most[0].place.name}"
        )
    return f"{most[0].place.name} holds {figure(most[0].open)} of {figure(total)} open"
