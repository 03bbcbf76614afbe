"""Draw one tool over many accounts and regions.

A column an account, a row a region, units as blocks.

Accounts that are alike come as one group, so that a block is a few paths however many accounts it has: one path for
each state, none for each cell. States differ by hue, by pattern and by luminance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH = 1118.0
LEFT, GAP = 96.0, 18.0
HEAD = 40.0
BAND_GAP, BAND_SPACE = 3.0, 26.0
PITCH_MIN, PITCH_MAX = 0.6, 16.0
ROW_LOW, ROW_HIGH, FEW_ROWS = 6.0, 14.0, 8
LABEL, LANE = 12, 17.0
TEXT_GAP = 10.0
ZOOM_LEFT, ZOOM_RIGHT, ZOOM_ROW, ZOOM_PITCH_MAX = 112.0, 166.0, 15.0, 26.0


class HeatState(StrEnum):
    """How a cell is; the class suffix of its fill."""

    ON = "on"
    PARTLY = "partly"
    OFF = "off"
    UNSEEN = "unseen"
    NOT_OFFERED = "absent"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class HeatGroup:
    """Accounts that are alike: a state for each row, their number, and a label."""

    states: Sequence[HeatState]
    count: int
    label: str = ""
    url: str = ""
    columns: Sequence[tuple[str, str]] = ()
    """Name and URL of each account, where each column leads to its own page."""


@dataclass(frozen=True, slots=True)
class HeatBlock:
    """A unit with its groups, in the order in which they are drawn."""

    name: str
    note: str
    url: str
    groups: Sequence[HeatGroup]

    @property
    def count(self) -> int:
        """How many accounts it has."""
        return sum(group.count for group in self.groups)


@dataclass(frozen=True, slots=True)
class HeatBand:
    """Rows that belong together, as the regions of a continent."""

    name: str
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where rows are: the offset of each, and their height."""

    tops: Sequence[float]
    height: float
    bands: Sequence[tuple[str, float]]
    """Names and the middle of each."""
    total: float


@dataclass(frozen=True, slots=True)
class _PlacedBlock:
    """A block with its position, and its labels with x, lane and width."""

    block: HeatBlock
    x: float
    width: float
    pitch: float
    labels: Sequence[tuple[str, str, float, int, float]]


def draw(blocks: Sequence[HeatBlock], bands: Sequence[HeatBand], label: str, width: float = WIDTH) -> SafeString:
    """Return all blocks, filling lines as words fill a paragraph."""
    rows = _rows(bands)
    left = LEFT if width > WIDTH / 2 else 0.0
    pitch = _pitch(blocks, width - left)
    parts: list[SafeString] = []
    y = 0.0
    for line in _lines(blocks, pitch, width - left):
        parts += _band_names(rows, y + HEAD, left) if left else []
        for placed in line:
            parts += _block(placed, rows, left + placed.x, y)
        lanes = max((lane + 1 for placed in line for *_, lane, _ in placed.labels), default=0)
        y += HEAD + rows.total + (8 + lanes * LANE if lanes else 0) + BAND_SPACE
    return svg.picture(width, max(1.0, y - BAND_SPACE + 4), label, *parts, class_="pl-heat")


def zoom(
    groups: Sequence[HeatGroup],
    bands: Sequence[HeatBand],
    names: Sequence[str],
    off: Sequence[tuple[int, str]],
    label: str,
) -> SafeString:
    """Return one unit with its regions named.

    `off` has the number of accounts and the list behind it by row.
    """
    count = sum(group.count for group in groups) or 1
    room = WIDTH - ZOOM_LEFT - ZOOM_RIGHT
    pitch = min(ZOOM_PITCH_MAX, room / count)
    rows = _rows(bands, ZOOM_ROW - 1, 1.0)
    top = 20.0
    drawn = list(_cells(groups, rows, ZOOM_LEFT, top, pitch, gap=1.0))
    drawn += _columns(groups, rows, ZOOM_LEFT, top, pitch)
    order = [row for band in bands for row in band.rows]
    heads = [svg.text(0, 11, "region", "pl-axis"), svg.text(ZOOM_LEFT, 11, "one column an account", "pl-axis")]
    heads.append(svg.text(WIDTH, 11, "accounts off", "pl-axis", "end"))
    most = max((number for number, _ in off), default=0) or 1
    for row in order:
        y = top + rows.tops[row]
        heads.append(svg.text(0, y + 11, names[row], "pl-heat-region"))
        heads.append(_bar(off[row], y, most, names[row]))
    bottom = top + rows.total
    marks, lanes = _zoom_labels(groups, pitch, bottom)
    return svg.picture(WIDTH, bottom + 12 + lanes * LANE, label, *heads, *drawn, *marks, class_="pl-heat")


def _rows(bands: Sequence[HeatBand], height: float = 0.0, gap: float = 0.0) -> _Rows:
    count = sum(len(band.rows) for band in bands)
    height = height or (ROW_LOW if count > FEW_ROWS else ROW_HIGH)
    tops, names, y = [0.0] * count, [], 0.0
    for band in bands:
        start = y
        for row in band.rows:
            tops[row] = y
            y += height + gap
        names.append((band.name, (start + y) / 2))
        y += BAND_GAP
    return _Rows(tops, height, names, max(0.0, y - BAND_GAP))


def _pitch(blocks: Sequence[HeatBlock], room: float) -> float:
    """Return the width of an account.

    So wide that few fill the line, so narrow that the largest unit fits in one.
    """
    largest = max((block.count for block in blocks), default=1) or 1
    total = sum(block.count for block in blocks) or 1
    wide = max(4.0, 0.7 * room / total)
    return max(PITCH_MIN, min(PITCH_MAX, wide, room / largest))


def _lines(blocks: Sequence[HeatBlock], pitch: float, room: float) -> Iterator[list[_PlacedBlock]]:
    line: list[_PlacedBlock] = []
    x = 0.0
    for block in blocks:
        placed = _position_block(block, 0.0, pitch, room)
        if line and x + placed.width > room:
            yield line
            line, x = [], 0.0
        line.append(_PlacedBlock(block, x, placed.width, pitch, placed.labels))
        x += placed.width + GAP
    if line:
        yield line


def _position_block(block: HeatBlock, x: float, pitch: float, room: float) -> _PlacedBlock:
    spans: list[tuple[str, str, float, float, float]] = []
    at = 0.0
    for group in block.groups:
        if group.label:
            words = text.cut(group.label, room - 8, LABEL)
            wide = text.width(words, LABEL)
            spans.append((words, group.url, max(0.0, min(at, room - wide)), wide, group.count * pitch))
        at += group.count * pitch
    lanes = _lanes([(start, start + wide) for _, _, start, wide, _ in spans])
    labels = [
        (words, url, start, lane, named) for (words, url, start, _, named), lane in zip(spans, lanes, strict=True)
    ]
    ends = [start + wide for _, _, start, wide, _ in spans]
    name = max(text.width(block.name, 13, text.MEDIUM), text.width(block.note, LABEL))
    return _PlacedBlock(block, x, min(room, max(at, name, *ends, 0.0)), pitch, labels)


def _lanes(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Return the row of each label, from left to right.

    One that reaches below a later label drops under it.

    So no label's leader, which is at its left end, crosses another label.
    """
    lanes = [0] * len(spans)
    for place in reversed(range(len(spans))):
        _, end = spans[place]
        under = [lanes[other] for other in range(place + 1, len(spans)) if spans[other][0] < end + TEXT_GAP]
        lanes[place] = max(under, default=-1) + 1
    return lanes


def _block(placed: _PlacedBlock, rows: _Rows, x: float, y: float) -> Iterator[SafeString]:
    block = placed.block
    name = svg.text(x, y + 14, text.cut(block.name, placed.width, 13, text.MEDIUM), "pl-heat-name")
    note = svg.text(x, y + 30, text.cut(block.note, placed.width, LABEL), "pl-axis")
    wide, top = block.count * placed.pitch, y + HEAD
    hit = svg.rect(x, y, max(wide, placed.width), HEAD + rows.total, "pl-heat-hit")
    frame = svg.rect(x - 0.5, top - 0.5, wide + 1, rows.total + 1, "pl-heat-frame")
    inside = (name, note, frame, *_cells(block.groups, rows, x, top, placed.pitch), hit)
    yield svg.link(block.url, f"{block.name}: {block.note}", *inside, class_="pl-heat-unit")
    yield from _labels(placed, x, top + rows.total)


def _labels(placed: _PlacedBlock, x: float, y: float) -> Iterator[SafeString]:
    for words, url, start, lane, wide in placed.labels:
        at, below = x + start, y + 5
        depth = below + 4 + lane * LANE
        yield svg.path(f"M{_n(at + 0.5)} {_n(below + 4)}V{_n(below)}H{_n(at + max(wide, 3))}v4", "pl-heat-bracket")
        if lane:
            yield svg.line(at + 0.5, below + 4, at + 0.5, depth + 2, "pl-heat-bracket")
        yield svg.link(url, words, svg.text(at, depth + 12, words, "pl-heat-label"), class_="pl-heat-link")


def _cells(
    groups: Sequence[HeatGroup], rows: _Rows, x: float, y: float, pitch: float, gap: float = 0.0
) -> Iterator[SafeString]:
    """Yield one path for each state.

    In every row the runs of neighbouring groups that share it.
    """
    found: dict[HeatState, list[str]] = {}
    for row, top in enumerate(rows.tops):
        at, start, state = 0.0, 0.0, None
        for group in (*groups, None):
            now = group.states[row] if group else None
            if now != state or gap:
                if state and at > start:
                    run = f"M{_n(x + start)} {_n(y + top)}h{_n(at - start - gap)}v{_n(rows.height)}H{_n(x + start)}z"
                    found.setdefault(state, []).append(run)
                start, state = at, now
            at += group.count * pitch if group else 0.0
    for state in (one for one in HeatState if one in found):
        shape = "".join(found[state])
        if state is HeatState.NONE:
            continue
        yield svg.path(shape, f"pl-heat-{state}")
        if state is HeatState.UNSEEN:
            yield svg.path(shape, fill=svg.HATCH)
        if state is HeatState.PARTLY:
            yield svg.path(shape, fill=svg.DOTS)


def _columns(groups: Sequence[HeatGroup], rows: _Rows, x: float, y: float, pitch: float) -> Iterator[SafeString]:
    """Yield a link for each account, where the groups name theirs."""
    at = x
    for group in groups:
        for index, (name, url) in enumerate(group.columns):
            hit = svg.rect(at + index * pitch, y, pitch, rows.total, "pl-heat-hit")
            yield svg.link(url, name, hit, class_="pl-heat-column")
        at += group.count * pitch


def _band_names(rows: _Rows, y: float, left: float) -> list[SafeString]:
    return [
        svg.text(left - 12, y + middle + 4, text.cut(name, left - 12, LABEL), "pl-axis", "end")
        for name, middle in rows.bands
    ]


def _bar(off: tuple[int, str], y: float, most: int, region: str) -> SafeString:
    number, url = off
    x, room = WIDTH - ZOOM_RIGHT + 14, ZOOM_RIGHT - 60
    words = svg.text(WIDTH, y + 11, f"{number:,}" if number else "\N{EN DASH}", "pl-heat-number", "end")
    if not number:
        return words
    bar = svg.rect(x, y + 2, max(2.0, room * number / most), 10, "pl-heat-off")
    return svg.link(url, f"{region}: off in {number:,}", bar, words, class_="pl-heat-link")


def _zoom_labels(groups: Sequence[HeatGroup], pitch: float, bottom: float) -> tuple[list[SafeString], int]:
    """Return brackets with the accounts' number and words, and the rows they take."""
    found: list[tuple[HeatGroup, str, float, float, float]] = []
    x = ZOOM_LEFT
    for group in groups:
        if group.label:
            words = text.cut(group.label, WIDTH - 4, LABEL)
            long = text.width(words, LABEL)
            found.append((group, words, x, min(x, WIDTH - long), long))
        x += group.count * pitch
    lanes = _lanes([(start, start + long) for *_, start, long in found])
    parts: list[SafeString] = []
    for (group, words, at, start, _), lane in zip(found, lanes, strict=True):
        depth = bottom + 8 + lane * LANE
        end = at + max(3.0, group.count * pitch - 1)
        parts.append(svg.path(f"M{_n(at + 0.5)} {_n(depth)}V{_n(bottom + 4)}H{_n(end)}v4", "pl-heat-bracket"))
        line = svg.text(start, depth + 12, words, "pl-heat-label")
        parts.append(svg.link(group.url, words, line, class_="pl-heat-link"))
    return parts, max(lanes, default=-1) + 1


def _n(value: float) -> str:
    return svg.number(value)
