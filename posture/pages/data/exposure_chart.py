"""The chart of open stores by exposure, kind, and account or unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.http import HttpRequest

from posture.drawing import openings
from posture.pages.data.exposure import EXPOSURE_WORDS, DataExposure
from posture.pages.data.filters import StoreFilters
from posture.pages.data.holders import StoreHolder
from posture.pages.data.levels import NO_LEVEL, level_name
from posture.pages.data.queries import DataMap, OpenStore
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

GROUPS_MAX, HOLDERS_MAX = 7, 6
"""Groups of stores, and accounts or units, that have a node each; the others are summed."""
REST = "rest"
T = TypeVar("T")


StoreGroup = tuple[str, str, bool]
"""Stores of one type and level, and whether that is sensitive."""
StrandKey = tuple[int, int, int, bool]
"""The nodes of an exposure, a group of stores and a holder, and whether it is severe."""


@dataclass(slots=True)
class _Nodes:
    """Nodes of one column by their position."""

    found: dict[tuple[str, ...], int] = field(default_factory=dict)

    def index(self, key: tuple[str, ...]) -> int:
        """Return the position of a key's node; a new one is the last."""
        return self.found.setdefault(key, len(self.found))


class _Graph:
    """Open stores as nodes and strands: exposure, group of stores, holder."""

    def __init__(self, data: DataMap, where: Mapping[int, StoreHolder]) -> None:
        self.where = where
        self.stores = Counter(_group_of(one) for one in data.open_stores)
        self.by_exposure = Counter(exposure for one in data.open_stores for exposure in one.exposures)
        self.by_holder = Counter(_holder(where, one).key for one in data.open_stores)
        ranked = sorted(self.stores, key=lambda group: (not group[2], -self.stores[group], group[0], group[1]))
        self.kept = set(_first(ranked, GROUPS_MAX))
        self.named = set(_first([key for key, _ in self.by_holder.most_common()], HOLDERS_MAX))
        self.groups, self.holders, self.exposures = _Nodes(), _Nodes(), _Nodes()
        self.strands, self.stale = Counter[StrandKey](), Counter[StrandKey]()
        for group in ranked:
            self.groups.index(self._group_key(group))
        for one in data.open_stores:
            self._add(one)

    def _group_key(self, group: StoreGroup) -> tuple[str, str]:
        return (group[0], group[1]) if group in self.kept else (REST, "")

    def _add(self, one: OpenStore) -> None:
        store = self.groups.index(self._group_key(_group_of(one)))
        key = _holder(self.where, one).key
        holder = self.holders.index((key if key in self.named else REST,))
        for exposure in one.exposures:
            is_severe = one.is_sensitive and exposure is not DataExposure.SHARED
            strand = (self.exposures.index((exposure,)), store, holder, is_severe)
            self.strands[strand] += 1
            self.stale[strand] += one.is_stale


def _group_of(one: OpenStore) -> StoreGroup:
    return one.finding.resource_type, one.level, one.is_sensitive


def _first(ranked: Sequence[T], most: int) -> Sequence[T]:
    """Return all, or one less than the maximum, to leave room for the rest."""
    return ranked if len(ranked) <= most else ranked[: most - 1]


def exposure_chart(
    request: HttpRequest, data: DataMap, where: Mapping[int, StoreHolder], chosen: StoreFilters
) -> Panel | None:
    """Return the chart of open stores by exposure and holder; None if nothing is open."""
    if not data.open_stores:
        return None
    names = {row.kind.resource_type: row.kind.plural for row in data.rows}
    graph, title = _Graph(data, where), _title(data)
    drawing = _drawing(request, graph, names, chosen)
    return Panel(
        title,
        "The stores",
        "#open",
        openings.draw(drawing, title, ("Exposure", "Data stores", "Where they are")),
        ("Stores", "Exposure", "Where", "Number"),
        _rows(data, where, names),
        openings.draw_narrow(drawing, title),
    )


def _drawing(request: HttpRequest, graph: _Graph, names: Mapping[str, str], chosen: StoreFilters) -> openings.Openings:
    holders = {holder.key: holder for holder in graph.where.values()}
    found = [DataExposure(key) for (key,) in graph.exposures.found]
    return openings.Openings(
        [_exposure_node(request, one, graph.by_exposure[one], chosen) for one in found],
        [_store_node(request, key, graph, names, chosen) for key in graph.groups.found],
        [_holder_node(key, graph, holders) for (key,) in graph.holders.found],
        [
            openings.Strand(*strand[:3], count, strand[3], graph.stale[strand] == count)
            for strand, count in graph.strands.items()
        ],
    )


def _rows(data: DataMap, where: Mapping[int, StoreHolder], names: Mapping[str, str]) -> list[Sequence[str]]:
    counted = Counter(
        (_store_words(one, names), EXPOSURE_WORDS[exposure].name, _holder(where, one).name)
        for one in data.open_stores
        for exposure in one.exposures
    )
    return [(*key, figure(number)) for key, number in counted.most_common()]


def _holder(where: Mapping[int, StoreHolder], one: OpenStore) -> StoreHolder:
    return where[one.finding.account_id]


def _store_words(one: OpenStore, names: Mapping[str, str]) -> str:
    kind = one.finding.resource_type
    level = level_name(one.level)
    return f"{names.get(kind, kind)}, {level if one.is_sensitive else level.lower()}"


def _exposure_node(
    request: HttpRequest, exposure: DataExposure, count: int, chosen: StoreFilters
) -> openings.OpeningNode:
    url = "" if exposure == chosen.exposure else exposure.value
    words = EXPOSURE_WORDS[exposure]
    return openings.OpeningNode(
        words.name,
        words.who,
        count,
        f"{url_in_scope(request, 'data:map', None, way=url)}#open",
        exposure is not DataExposure.SHARED,
        exposure == chosen.exposure,
    )


def _store_node(
    request: HttpRequest, key: tuple[str, ...], graph: _Graph, names: Mapping[str, str], chosen: StoreFilters
) -> openings.OpeningNode:
    if key[0] == REST:
        rest = [group for group in graph.stores if group not in graph.kept]
        url = f"{url_in_scope(request, 'data:map')}#open"
        number = sum(graph.stores[group] for group in rest)
        return openings.OpeningNode("All others", plural(len(rest), "group"), number, url)
    kind, level = key
    is_sensitive = (kind, level, True) in graph.stores
    is_chosen = (kind, level or NO_LEVEL) == (chosen.kind, chosen.level)
    query = {} if is_chosen else {"kind": kind, "level": level or NO_LEVEL}
    url = f"{url_in_scope(request, 'data:map', None, **query)}#open"
    count = graph.stores[kind, level, is_sensitive]
    return openings.OpeningNode(names.get(kind, kind), level_name(level), count, url, is_sensitive, is_chosen)


def _holder_node(key: str, graph: _Graph, holders: Mapping[str, StoreHolder]) -> openings.OpeningNode:
    if key == REST:
        rest = [each for each in graph.by_holder if each not in graph.named]
        return openings.OpeningNode(f"{len(rest):,} others", "", sum(graph.by_holder[each] for each in rest))
    holder = holders[key]
    return openings.OpeningNode(holder.name, holder.detail, graph.by_holder[key], f"{holder.url}#open")


def _title(data: DataMap) -> str:
    """Return the title: the most common exposure, or sharing if there is no other."""
    counted = Counter(
        exposure
        for one in data.open_stores
        if one.is_public
        for exposure in one.exposures
        if exposure is not DataExposure.SHARED
    )
    if not counted:
        verb = "is" if data.shared == 1 else "are"
        return f"{plural(data.shared, 'store')} {verb} shared with accounts outside the organization"
    exposure, number = counted.most_common(1)[0]
    words = EXPOSURE_WORDS[exposure].name
    article = f"{words[0].lower()}{words[1:]}"
    if len(counted) == 1:
        return f"A {article} opens {plural(number, 'store')}"
    return f"A {article} opens {figure(number)} of the {figure(data.exposed_stores)} stores that are open to anyone"
