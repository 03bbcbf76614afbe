"""Draw accounts as tiles by unit.

Area is size, colour the score band, hatching what could not be seen.

The layout is the squarified tree map of Bruls, Huizing and van Wijk (2000).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.web.templatetags.words import percent, plural

GAP = 4.0
"""Pixels between units."""
HEAD = 18.0
"""Pixels above a unit for its name."""
HEAD_GAP = 6.0
"""Pixels between a unit's mean and the name of the unit at its right."""
MIN_TILE = 3.0
"""Pixels: a tile narrower than this is drawn without its border."""
DISC = 26.0
"""Pixels at a tile's corner that the disc of open criticals takes."""
SHORT_NAME_MIN = 5
"""Characters of a name cut short, its ellipsis included, from which on it says more than none."""
NAMED_TILES_MAX = 120
"""Accounts up to which each tile is a link with a name; beyond that the unit is the link."""
UNITS_MAX = 60
BANDS = ((70, "b1"), (80, "b2"), (90, "b3"), (95, "b4"))
"""Scores below each limit have that band's colour; from 95 on it is b5."""


@dataclass(frozen=True, slots=True)
class AccountTile:
    """An account: `size` is resources or weight, `low` and `high` the score or None."""

    name: str
    url: str
    size: float
    low: float | None
    high: float | None
    unseen: float = 0.0
    """Share that could not be seen, 0 to 1."""
    criticals: int = 0
    change: float | None = None
    note: str = ""
    """Said in the title, as "suspended since 3 March"."""
    is_stale: bool = False
    """Whether the account is shown as last seen: the whole tile is hatched."""
    ground: str = ""
    """The class suffix of its fill; that of the score's band where empty."""

    @property
    def fill(self) -> str:
        """The class suffix of its fill."""
        return self.ground or band(self.low)


@dataclass(frozen=True, slots=True)
class UnitTiles:
    """An organizational unit with its accounts."""

    name: str
    url: str
    tiles: Sequence[AccountTile]
    mean: float | None = None

    @property
    def size(self) -> float:
        """The sum of its tiles' sizes."""
        return sum(tile.size for tile in self.tiles)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Its area in square pixels."""
        return self.width * self.height


def squarify(sizes: Sequence[float], box: Box) -> list[Box]:
    """Return one box per size, in the order given, that together fill `box`.

    Sizes must be positive and descending.
    """
    total = sum(sizes)
    if not sizes or total <= 0 or box.area <= 0:
        return [Box(box.x, box.y, 0, 0) for _ in sizes]
    scale = box.area / total
    areas = [size * scale for size in sizes]
    found: list[Box] = []
    start = 0
    while start < len(areas):
        side = min(box.width, box.height)
        end = _row_end(areas, start, side)
        row = areas[start:end]
        boxes, box = _lay_row(row, box)
        found.extend(boxes)
        start = end
    return found


def _row_end(areas: Sequence[float], start: int, side: float) -> int:
    """Return where the row that begins at `start` ends.

    As long as the worst aspect ratio improves.
    """
    end, total = start + 1, areas[start]
    worst = _worst(areas[start], areas[start], total, side)
    while end < len(areas):
        grown = total + areas[end]
        ratio = _worst(areas[start], areas[end], grown, side)
        if ratio > worst:
            break
        end, total, worst = end + 1, grown, ratio
    return end


def _worst(largest: float, smallest: float, total: float, side: float) -> float:
    if not (smallest and total and side):
        return float("inf")
    return max(side * side * largest / total**2, total**2 / (side * side * smallest))


def _lay_row(row: Sequence[float], box: Box) -> tuple[list[Box], Box]:
    total = sum(row)
    found: list[Box] = []
    if box.width >= box.height:
        across = min(box.width, total / box.height) if box.height else 0.0
        y = box.y
        for area in row:
            height = area / across if across else 0.0
            found.append(Box(box.x, y, across, height))
            y += height
        return found, Box(box.x + across, box.y, box.width - across, box.height)
    across = min(box.height, total / box.width) if box.width else 0.0
    x = box.x
    for area in row:
        width = area / across if across else 0.0
        found.append(Box(x, box.y, width, across))
        x += width
    return found, Box(box.x, box.y + across, box.width, box.height - across)


def draw(
    units: Iterable[UnitTiles], label: str, width: float = 726, height: float = 386, named_max: int = NAMED_TILES_MAX
) -> SafeString:
    """Return the map of units and their accounts; units without a tile are left out.

    Up to `named_max` accounts, each is a link with a name; beyond that, the units are the links. `label` says the
    point of the picture for screen readers; the same numbers must be in a table next to it.
    """
    shown = sorted((unit for unit in units if unit.size > 0), key=lambda unit: -unit.size)[:UNITS_MAX]
    named = sum(len(unit.tiles) for unit in shown) <= named_max
    boxes = squarify([unit.size for unit in shown], Box(0, 0, width + GAP, height + GAP))
    parts = [_unit(unit, box, named=named) for unit, box in zip(shown, boxes, strict=True)]
    return svg.picture(width, height, label, *parts, class_="pl-treemap")


def band(score: float | None) -> str:
    """Return the class suffix of a score's band, from b1 (worst) to b5.

    "none" without a score.
    """
    if score is None:
        return "none"
    return next((name for limit, name in BANDS if score < limit), "b5")


def _unit(unit: UnitTiles, box: Box, *, named: bool) -> SafeString:
    outer = Box(box.x, box.y, box.width - GAP, box.height - GAP)
    inner = Box(outer.x, outer.y + HEAD, outer.width, outer.height - HEAD)
    tiles = sorted(unit.tiles, key=lambda tile: -tile.size)
    boxes = squarify([tile.size for tile in tiles], inner)
    placed = list(zip(tiles, boxes, strict=True))
    drawn = svg.join((part for each in placed for part in _tile(*each)) if named else _plain(placed))
    mean = f", mean score {unit.mean:.0f}" if unit.mean is not None else ""
    title = f"{unit.name}: {plural(len(tiles), 'account')}{mean}"
    head = _head(unit, outer, named=named)
    if not named:
        return svg.link(unit.url, title, *head, drawn, class_="pl-treemap-block")
    return svg.element("g", svg.link(unit.url, title, *head, class_="pl-treemap-unit"), drawn)


def _head(unit: UnitTiles, box: Box, *, named: bool) -> Iterator[SafeString]:
    figures = "" if unit.mean is None else f"{unit.mean:.0f}"
    if not named and len(unit.tiles) > 1:
        figures = f"{figures} · {len(unit.tiles)}" if figures else str(len(unit.tiles))
    room = box.width - text.width(figures, 12) - HEAD_GAP - 6
    name = text.cut(unit.name, room, 12, text.MEDIUM)
    if not name:
        name, figures = text.cut(unit.name, box.width, 12, text.MEDIUM), ""
    if name:
        yield svg.text(box.x, box.y + 12, name, "pl-treemap-name")
    if figures and room > 0:
        yield svg.text(box.x + box.width - HEAD_GAP, box.y + 12, figures, "pl-treemap-mean", "end")


def _plain(placed: Iterable[tuple[AccountTile, Box]]) -> Iterator[SafeString]:
    """Yield the tiles of a large map, without text or links of their own.

    One path a look, not one element a tile.
    """
    fills: dict[str, list[Box]] = {}
    hatched: list[Box] = []
    discs: list[str] = []
    for tile, box in placed:
        edge = 1.0 if min(box.width, box.height) > MIN_TILE else 0.0
        fills.setdefault(tile.fill, []).append(Box(box.x, box.y, box.width - edge, box.height - edge))
        unseen = _unseen(tile, box, edge)
        hatched += [unseen] if unseen else []
        if tile.criticals and min(box.width, box.height) >= 8:  # noqa: PLR2004 - a disc of 6 with its ring
            discs.append(_disc(box))
    for fill, boxes in fills.items():
        yield svg.path(_rectangles(boxes), f"pl-fill-{fill}")
    if hatched:
        yield svg.path(_rectangles(hatched), "pl-treemap-unseen", fill=svg.HATCH)
    if discs:
        yield svg.path("".join(discs), "pl-treemap-disc")


def _rectangles(boxes: Iterable[Box]) -> str:
    """Return a path's data for rectangles; negative sizes become zero."""
    corners = ((box, svg.number(max(0.0, box.width)), svg.number(max(0.0, box.height))) for box in boxes)
    return "".join(f"M{svg.number(box.x)} {svg.number(box.y)}h{wide}v{tall}h-{wide}z" for box, wide, tall in corners)


def _disc(box: Box) -> str:
    """Return the path of the disc of open criticals in a tile without text."""
    left, middle = svg.number(box.x + box.width / 2 - 4), svg.number(box.y + box.height / 2)
    return f"M{left} {middle}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"


def _unseen(tile: AccountTile, box: Box, edge: float) -> Box | None:
    """Return the part of a tile that is hatched; None where all of it could be seen."""
    if tile.is_stale or tile.low is None:
        return Box(box.x, box.y, box.width - edge, box.height - edge)
    if tile.unseen <= 0:
        return None
    deep = max(4.0, (box.height - edge) * min(1.0, tile.unseen))
    deep = min(deep, box.height - edge)
    return Box(box.x, box.y + box.height - edge - deep, box.width - edge, deep)


def _tile(tile: AccountTile, box: Box) -> Iterator[SafeString]:
    edge = 2.0 if min(box.width, box.height) > 2 * MIN_TILE else 0.0
    name = tile.fill
    inside = [svg.rect(box.x, box.y, box.width - edge, box.height - edge, f"pl-fill-{name}")]
    if unseen := _unseen(tile, box, edge):
        inside.append(svg.hatch(unseen.x, unseen.y, unseen.width, unseen.height, "pl-treemap-unseen"))
    inside += _words(tile, Box(box.x, box.y, box.width - edge, box.height - edge), name)
    inside += _criticals(tile, Box(box.x, box.y, box.width - edge, box.height - edge))
    yield svg.link(tile.url, title_of(tile), *inside, class_=f"pl-treemap-tile pl-on-{name}")


def title_of(tile: AccountTile) -> str:
    """Return what a tile shows, in words."""
    said = [score_words(tile.low, tile.high)]
    if tile.criticals:
        said.append(f"{tile.criticals} critical open")
    if tile.unseen:
        said.append(f"{percent(tile.unseen)} could not be seen")
    if tile.note:
        said.append(tile.note)
    return f"{tile.name}: {', '.join(said)}"


def score_words(low: float | None, high: float | None) -> str:
    """Return a score band as text: "86", "86 to 87", "no score"."""
    if low is None:
        return "no score"
    upper = low if high is None else high
    return f"{low:.0f}" if f"{low:.0f}" == f"{upper:.0f}" else f"{low:.0f} to {upper:.0f}"


def _words(tile: AccountTile, box: Box, name: str) -> Iterator[SafeString]:
    """Yield the name and score as large as the tile allows.

    Large, on two lines, small, cut short, the score alone, nothing.
    """
    score = "" if tile.low is None else f"{tile.low:.0f}"
    room = box.width - 14
    for size, lines, figure in ((12, 1, 20), (12, 2, 20), (11, 2, 13), (11, 3, 13)):
        split = text.wrap(tile.name, room, lines, size, text.MEDIUM)
        tall = 6 + len(split) * (size + 3) + (figure + 4 if score else 0)
        if split and tall <= box.height:
            yield from _lines(tile, box, split, size, figure)
            return
    short = text.cut(tile.name, room, 11, text.MEDIUM)
    if len(short) >= SHORT_NAME_MIN and box.height >= (37 if score else 20):
        yield from _lines(tile, box, [short], 11, 13)
        return
    if score and text.width(score, 13) <= room and box.height >= 22:  # noqa: PLR2004 - a line of 13 with air
        yield svg.text(box.x + 7, box.y + 16, score, "pl-treemap-score-small")


def _lines(tile: AccountTile, box: Box, split: Sequence[str], size: int, figure: int) -> Iterator[SafeString]:
    y = box.y + 4.0
    small = "" if size == 12 else " pl-treemap-label-small"  # noqa: PLR2004 - the larger of two sizes
    for one in split:
        y += size + 3
        yield svg.text(box.x + 7, y, one, f"pl-treemap-label{small}")
    if tile.low is None:
        return
    y += figure + 2
    score = f"{tile.low:.0f}"
    yield svg.text(box.x + 7, y, score, "pl-treemap-score" if figure == 20 else "pl-treemap-score-small")  # noqa: PLR2004
    after = box.x + 7 + text.width(score, figure, text.LIGHT) + 6
    meets_disc = bool(tile.criticals) and y > box.y + box.height - DISC
    end = box.x + box.width - (DISC if meets_disc else 6)
    for words in _after_score(tile):
        if after + text.width(words, 12) <= end:
            kind = "pl-treemap-high" if words.startswith("to") else "pl-treemap-change"
            yield svg.text(after, y, words, kind)
            after += text.width(words, 12) + 6


def _after_score(tile: AccountTile) -> Iterator[str]:
    if tile.low is not None and tile.high is not None and f"{tile.low:.0f}" != f"{tile.high:.0f}":
        yield f"to {tile.high:.0f}"
    if tile.change and abs(tile.change) >= 0.5:  # noqa: PLR2004 - what a whole point can show
        yield f"{'↑' if tile.change > 0 else '↓'} {abs(tile.change):.0f}"


def _criticals(tile: AccountTile, box: Box) -> Iterator[SafeString]:
    if not tile.criticals or min(box.width, box.height) < 18:  # noqa: PLR2004 - the disc with its ring
        return
    x, y = box.x + box.width - 14, box.y + box.height - 14
    yield svg.element("circle", cx=x, cy=y, r=8.5, class_="pl-treemap-disc")
    words = str(tile.criticals) if tile.criticals < 100 else "99"  # noqa: PLR2004 - two digits fit
    yield svg.text(x, y + 4, words, "pl-treemap-count", "middle")
