"""Draw what lets others reach data.

Ways in at the left, groups of stores in the middle, where they are at the right.

One strand is a number of stores that one way opens: it runs from the way to the group, and on to the account or unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 1116.0, 322.0
HEAD, GAP = 26.0, 10.0
BOX_MIN, LINE = 44.0, 13.0
THICK_MIN, THICK_MAX = 2.0, 16.0
WAY, STORE, PLACE = (0.0, 226.0), (426.0, 286.0), (910.0, 206.0)
"""Where each column begins and how wide its boxes are, in pixels."""
TIP = 5.0
"""Pixels of the tip at the end of a ribbon."""


@dataclass(frozen=True, slots=True)
class OpeningNode:
    """A way in, a group of stores, or an account or unit.

    `count` stores of it are open.
    """

    name: str
    detail: str
    count: int
    url: str = ""
    is_strong: bool = False
    """A way that lets in anyone, or a group whose data is sensitive."""
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class Strand:
    """Stores of a group exposed in one way in one location, by column indexes."""

    way: int
    store: int
    place: int
    count: int
    is_strong: bool = False
    is_stale: bool = False
    """Not seen lately: as last seen."""


@dataclass(frozen=True, slots=True)
class Openings:
    """The three columns and what ties them."""

    ways: Sequence[OpeningNode]
    stores: Sequence[OpeningNode]
    places: Sequence[OpeningNode]
    strands: Sequence[Strand]

    @property
    def columns(self) -> tuple[Sequence[OpeningNode], Sequence[OpeningNode], Sequence[OpeningNode]]:
        """The three columns from left to right."""
        return self.ways, self.stores, self.places


@dataclass(slots=True)
class _Box:
    """A node's box, and where the next strand starts at its left and right edge."""

    node: OpeningNode
    x: float
    y: float
    width: float
    height: float
    left: float = 0.0
    right: float = 0.0


@dataclass(frozen=True, slots=True)
class _Tie:
    """The strands between two boxes as one.

    Its stores, whether any is strong, and whether all are stale.
    """

    count: int = 0
    is_strong: bool = False
    is_stale: bool = True

    def thick(self, scale: float) -> float:
        """Return how thick it is drawn, in pixels."""
        return min(THICK_MAX, max(THICK_MIN, self.count * scale))


Ties = Mapping[tuple[int, int], _Tie]
"""Ties by the places of the boxes at their ends."""


def draw(found: Openings, label: str, heads: tuple[str, str, str]) -> SafeString:
    """Return the picture for a wide page; `heads` name the columns."""
    left = _ties(found.strands, lambda one: (one.way, one.store))
    right = _ties(found.strands, lambda one: (one.store, one.place))
    scale = _scale(found, left, right)
    orders = _orders(found, left, right)
    from_ways, to_places = _tall(found.stores, left, 1, scale), _tall(found.stores, right, 0, scale)
    tall = [
        _tall(found.ways, left, 0, scale),
        [max(each) for each in zip(from_ways, to_places, strict=True)],
        _tall(found.places, right, 1, scale),
    ]
    height = max(sum(some) + GAP * (len(some) - 1) for some in tall if some)
    columns = [
        _stack(nodes, sizes, order, span, height)
        for nodes, sizes, order, span in zip(found.columns, tall, orders, (WAY, STORE, PLACE), strict=True)
    ]
    parts = [
        *(svg.text(x, 12, words, "pl-axis") for (x, _), words in zip((WAY, STORE, PLACE), heads, strict=True)),
        *_ribbons(left, _Side(columns[0], columns[1], orders[:2], scale)),
        *_ribbons(right, _Side(columns[1], columns[2], orders[1:], scale)),
        *(_node(box, "way") for box in columns[0]),
        *(_node(box, "store") for box in columns[1]),
        *(_node(box, "place") for box in columns[2]),
    ]
    return svg.picture(WIDE, HEAD + height + 1, label, *parts, class_="pl-openings")


def _ties(strands: Sequence[Strand], ends: Callable[[Strand], tuple[int, int]]) -> Ties:
    found: dict[tuple[int, int], _Tie] = {}
    for one in strands:
        tie = found.get(ends(one), _Tie())
        found[ends(one)] = _Tie(tie.count + one.count, tie.is_strong or one.is_strong, tie.is_stale and one.is_stale)
    return found


def _scale(found: Openings, left: Ties, right: Ties) -> float:
    """Return the pixels of a store: as many as keep the thickest tie within its limit."""
    most = max((tie.count for tie in (*left.values(), *right.values())), default=1)
    return min(6.0, THICK_MAX / most) if found.strands else 1.0


def _used(number: int, ties: Ties, end: int, scale: float) -> list[float]:
    """Return the pixels that ties take at an edge of each box of a column."""
    used = [0.0] * number
    for ends, tie in ties.items():
        used[ends[end]] += tie.thick(scale) + 2
    return used


def _tall(nodes: Sequence[OpeningNode], ties: Ties, end: int, scale: float) -> list[float]:
    return [max(BOX_MIN, each + 12) for each in _used(len(nodes), ties, end, scale)]


def _orders(found: Openings, left: Ties, right: Ties) -> list[list[int]]:
    """Return the order of each column.

    The middle as it comes, the others by the mean place of their ties.
    """
    ways = _by_neighbours(len(found.ways), {ends: tie.count for ends, tie in left.items()})
    flipped = {(place, store): tie.count for (store, place), tie in right.items()}
    return [ways, list(range(len(found.stores))), _by_neighbours(len(found.places), flipped)]


def _by_neighbours(number: int, ties: Mapping[tuple[int, int], int]) -> list[int]:
    def mean(index: int) -> float:
        mine = [(other, count) for (one, other), count in ties.items() if one == index]
        total = sum(count for _, count in mine)
        return sum(other * count for other, count in mine) / total if total else float(number)

    return sorted(range(number), key=lambda index: (mean(index), index))


def _stack(
    nodes: Sequence[OpeningNode], tall: Sequence[float], order: Sequence[int], span: tuple[float, float], height: float
) -> list[_Box]:
    """Return the boxes of a column, in the order of `nodes`, spread over the height."""
    free = height - sum(tall)
    gap = min(free / max(1, len(nodes) - 1), 2.5 * GAP) if len(nodes) > 1 else 0.0
    y = HEAD + (free - gap * (len(nodes) - 1)) / 2
    made: dict[int, _Box] = {}
    for index in order:
        made[index] = _Box(nodes[index], span[0], y, span[1], tall[index])
        y += tall[index] + gap
    return [made[index] for index in range(len(nodes))]


@dataclass(frozen=True, slots=True)
class _Side:
    """Two neighbouring columns with the order of each, and the pixels of a store."""

    sources: Sequence[_Box]
    targets: Sequence[_Box]
    orders: Sequence[Sequence[int]]
    scale: float

    def positions(self, end: int) -> Mapping[int, int]:
        """Return the place of each box in the order of one of the columns."""
        return {node: place for place, node in enumerate(self.orders[end])}


def _ribbons(ties: Ties, side: _Side) -> Iterator[SafeString]:
    """Yield the ties between two columns, those that are not strong below the others."""
    _center(ties, side)
    first, last = side.positions(0), side.positions(1)
    starts: dict[tuple[int, int], float] = {}
    for ends in sorted(ties, key=lambda each: (first[each[0]], last[each[1]])):
        box = side.sources[ends[0]]
        starts[ends], box.right = box.right, box.right + ties[ends].thick(side.scale) + 2
    made = []
    for ends in sorted(ties, key=lambda each: (last[each[1]], first[each[0]])):
        tie, source, target = ties[ends], side.sources[ends[0]], side.targets[ends[1]]
        thick = tie.thick(side.scale)
        end, target.left = target.left, target.left + thick + 2
        curve = _curve(source.x + source.width, starts[ends], target.x, end, thick)
        words = f"{source.node.name} to {target.node.name}: {tie.count:,}"
        made.append((tie.is_strong, _ribbon(tie, curve, words)))
    yield from (part for _, part in sorted(made, key=lambda each: each[0]))


def _center(ties: Ties, side: _Side) -> None:
    """Let the strands of each box begin so that they are centred on its edge."""
    for box, long in zip(side.sources, _used(len(side.sources), ties, 0, side.scale), strict=True):
        box.right = box.y + (box.height - long + 2) / 2
    for box, long in zip(side.targets, _used(len(side.targets), ties, 1, side.scale), strict=True):
        box.left = box.y + (box.height - long + 2) / 2


def _curve(x1: float, start: float, x2: float, end: float, thick: float) -> tuple[str, str]:
    """Return the path of a ribbon, and of the tip that it ends with."""
    n, x2 = svg.number, x2 - TIP
    middle = (x1 + x2) / 2
    ribbon = (
        f"M{n(x1)} {n(start)}C{n(middle)} {n(start)} {n(middle)} {n(end)} {n(x2)} {n(end)}"
        f"V{n(end + thick)}C{n(middle)} {n(end + thick)} {n(middle)} {n(start + thick)} {n(x1)} {n(start + thick)}Z"
    )
    return ribbon, f"M{n(x2)} {n(end - 2)}L{n(x2 + TIP)} {n(end + thick / 2)}L{n(x2)} {n(end + thick + 2)}Z"


def _ribbon(tie: _Tie, curve: tuple[str, str], words: str) -> SafeString:
    kind = "strong" if tie.is_strong else "mild"
    parts = [svg.path(curve[0], f"pl-openings-{kind}"), svg.path(curve[1], f"pl-openings-tip-{kind}")]
    if tie.is_stale:
        parts.insert(1, svg.path(curve[0], "", fill=svg.HATCH))
    return svg.link("", f"{words}{', as last seen' if tie.is_stale else ''}", *parts)


def _node(box: _Box, kind: str) -> SafeString:
    node = box.node
    look = f"pl-openings-{kind}{'-strong' if node.is_strong else ''}"
    parts = [svg.rect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1, look, rx=3)]
    if node.is_selected:
        parts.append(svg.rect(box.x - 3, box.y, 3, box.height, "pl-fill-brass"))
    figure = f"{node.count:,}"
    room = box.width - 28 - text.width(figure, 20, text.LIGHT) - 8
    top = box.y + box.height / 2 - (3 if node.detail else -5)
    parts.append(svg.text(box.x + 14, top, text.cut(node.name, room, 13, text.MEDIUM), "pl-openings-name"))
    if node.detail:
        parts.append(svg.text(box.x + 14, top + 16, text.cut(node.detail, room, 12), "pl-openings-detail"))
    parts.append(svg.text(box.x + box.width - 14, box.y + box.height / 2 + 7, figure, "pl-openings-count", "end"))
    title = ", ".join(part for part in (node.name, node.detail, f"{figure} open") if part)
    return svg.link(
        node.url, title, *parts, class_=f"pl-openings-node pl-openings-on-{kind}{'-strong' if node.is_strong else ''}"
    )


def draw_narrow(found: Openings, label: str) -> SafeString:
    """Return the picture for a phone.

    Each group of stores below the ways that open it, and above where it is.
    """
    y, parts = 0.0, list[SafeString]()
    for index, store in enumerate(found.stores):
        mine = [one for one in found.strands if one.store == index]
        rows, tall = _narrow(found, store, mine, y)
        parts += rows
        y += tall
    return svg.picture(NARROW, max(1.0, y - GAP), label, *parts, class_="pl-openings")


def _narrow(found: Openings, store: OpeningNode, mine: Sequence[Strand], y: float) -> tuple[list[SafeString], float]:
    ways = _summed((one.way, one.count) for one in mine)
    places = _summed((one.place, one.count) for one in mine)
    parts = []
    for way, count in ways:
        node = found.ways[way]
        words = text.cut(node.name, NARROW - 60, 13)
        line = [svg.text(24, y + 14, words, "pl-openings-way-words"), svg.text(NARROW, y + 14, f"{count:,}", "", "end")]
        parts.append(svg.link(node.url, f"{node.name}: {count:,}", *line, class_="pl-openings-node"))
        y += 20
    top = y - 20 * len(ways)
    kind = "strong" if any(one.is_strong for one in mine) else "mild"
    stem = f"M8 {svg.number(top + 4)}V{svg.number(y + 2)}"
    parts.append(svg.path(stem, f"pl-openings-stem-{kind}"))
    parts.append(svg.path(f"M3 {svg.number(y)}h10l-5 6z", f"pl-openings-tip-{kind}"))
    parts.append(_node(_Box(store, 0, y + 7, NARROW, BOX_MIN), "store"))
    y += BOX_MIN + 7
    named = ", ".join(found.places[place].name for place, _ in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""  # noqa: PLR2004 - those that are named
    parts.append(svg.text(0, y + 18, text.cut(f"in {named}{more}", NARROW, 12), "pl-axis"))
    return parts, y + 18 + 2 * GAP - top


def _summed(pairs: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    found: dict[int, int] = {}
    for key, count in pairs:
        found[key] = found.get(key, 0) + count
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))
