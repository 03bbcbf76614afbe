"""Draw the grid of a VPC's picture: rows of subnets by zone, with chips in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.vpc.layout import (
    CHIP,
    CHIP_GAP,
    CHIP_PAD,
    CHIP_PITCH,
    LABEL_ROOM,
    LABELS,
    LINE,
    LINES_MAX,
    NARROW,
    NARROW_FROM,
    PAD,
    PAD_NARROW,
    RIM,
    RIM_END,
    ROW_GAP,
    ROW_MIN,
    ZONE_GAP,
    ZONE_GAP_NARROW,
    PlacedSubnet,
    VpcCanvas,
    fit_lines,
)
from posture.drawing.vpc.model import LineState, Subnet, SubnetChip, SubnetRow, Vpc

MORE = "kinds"
"""What a chip says that counts the kinds without a chip of their own."""


def draw_rows(canvas: VpcCanvas, vpc: Vpc, top: float) -> float:
    """Draw the zones and the rows in them; return where the rim ends."""
    gap = ZONE_GAP if len(vpc.zones) < NARROW_FROM else ZONE_GAP_NARROW
    wide = (RIM_END - RIM - 32 - (len(vpc.zones) - 1) * gap) / len(vpc.zones)
    xs = [RIM + 16 + index * (wide + gap) for index in range(len(vpc.zones))]
    y = top + 12
    bands: list[SafeString] = []
    drawn: list[SafeString] = []
    for number, row in enumerate(vpc.rows):
        cells = [[_Cell(subnet, wide) for subnet in cell] for cell in row.cells]
        tall = max(
            [ROW_MIN, *(sum(cell.height for cell in cells_) + 6 * (len(cells_) - 1) for cells_ in cells if cells_)]
        )
        bands += _band(row, y, tall)
        canvas.rows[row.kind] = y + tall / 2
        for x, stack in zip(xs, cells, strict=True):
            _stack(canvas, drawn, stack, _At(x, y, tall, is_first_row=number == 0))
        y += tall + ROW_GAP
    bottom = y + 32
    canvas.boxes += bands
    for x, name in zip(xs, vpc.zones, strict=True):
        canvas.boxes.append(svg.rect(x, top, wide, bottom - 14 - top, "pl-vpc-zone", rx=2))
        shown = text.cut(name, wide - 12, 12)
        canvas.boxes.append(svg.text(x + wide / 2, bottom - 21, shown, "pl-vpc-label", "middle"))
    canvas.boxes += drawn
    return bottom


def _band(row: SubnetRow, y: float, tall: float) -> Iterator[SafeString]:
    """Yield a row's tint over the full rim, its name and why it is there."""
    yield svg.rect(RIM + 1, y - 5, RIM_END - RIM - 2, tall + ROW_GAP, f"pl-vpc-band-{row.kind}")
    if row.kind == "unknown":
        yield svg.hatch(RIM + 1, y - 5, RIM_END - RIM - 2, tall + ROW_GAP)
    yield svg.text(LABELS, y + 12, row.name, "pl-vpc-name", "end")
    for index, line in enumerate(fit_lines(row.reason, LABEL_ROOM, 3)):
        yield svg.text(LABELS, y + 30 + index * LINE, line, "pl-vpc-label", "end")


@dataclass(frozen=True, slots=True)
class _At:
    """Where a cell of the grid is."""

    x: float
    y: float
    tall: float
    is_first_row: bool


class _Cell:
    """A subnet laid out in the width of a zone: its chips in lines."""

    def __init__(self, subnet: Subnet, zone: float) -> None:
        self.pad = PAD if zone >= NARROW else PAD_NARROW
        self.subnet, self.wide = subnet, zone - 2 * self.pad
        self.room = self.wide - 2 * self.pad
        self.lines = list(_flow(subnet.chips, self.room))
        name = text.width(subnet.name, 12) + text.width(subnet.range, 11, text.MONO)
        self.is_tall = bool(subnet.range) and name + 12 > self.room
        self.height = 10 + CHIP_PITCH * max(1, len(self.lines)) + (38 if self.is_tall else 24)


def _flow(chips: Sequence[SubnetChip], room: float) -> Iterator[list[tuple[SubnetChip, float]]]:
    """Yield the lines of chips, each with its x.

    What finds no room is counted in a last chip.
    """
    lines: list[list[tuple[SubnetChip, float]]] = [[]]
    x = 0.0
    for index, chip in enumerate(chips):
        wide = _chip_width(chip, room)
        if x and x + wide > room:
            if len(lines) == LINES_MAX - 1 and len(chips) - index > 1:
                rest = SubnetChip("", MORE, len(chips) - index)
                lines.append([(rest, 0.0)])
                break
            lines.append([])
            x = 0.0
        lines[-1].append((chip, x))
        x += wide + CHIP_GAP
    yield from (line for line in lines if line)


def _chip_words(chip: SubnetChip, room: float) -> tuple[str, str]:
    count = "?" if chip.count is None else f"{'+ ' if chip.noun == MORE else ''}{chip.count:,}"
    return count, text.cut(chip.noun, room - 2 * CHIP_PAD - 4 - text.width(count, 12, text.MEDIUM), 12)


def _chip_width(chip: SubnetChip, room: float) -> float:
    count, noun = _chip_words(chip, room)
    return 2 * CHIP_PAD + 4 + text.width(count, 12, text.MEDIUM) + text.width(noun, 12)


def _stack(canvas: VpcCanvas, drawn: list[SafeString], stack: Sequence[_Cell], at: _At) -> None:
    """Draw the subnets of one zone and row, one above the other.

    A single one takes the whole height.
    """
    y = at.y
    for number, cell in enumerate(stack):
        tall = at.tall if len(stack) == 1 else cell.height
        drawn += _subnet(canvas, cell, _At(at.x, y, tall, is_first_row=at.is_first_row and number == 0))
        y += tall + 6


def _subnet(canvas: VpcCanvas, cell: _Cell, at: _At) -> Iterator[SafeString]:
    x, subnet = at.x + cell.pad, cell.subnet
    yield svg.rect(x, at.y, cell.wide, at.tall, "pl-vpc-subnet", rx=2)
    for number, line in enumerate(cell.lines):
        y = at.y + 10 + number * CHIP_PITCH
        for place, (chip, offset) in enumerate(line):
            is_top = at.is_first_row and number == 0
            if place == 0 or is_top:
                canvas.chips.setdefault(chip.key, PlacedSubnet(x + cell.pad + offset, y, at.x, is_top))
            yield _chip(chip, x + cell.pad + offset, y, cell.room)
    if not cell.lines:
        yield svg.text(x + cell.pad, at.y + 26, text.cut(subnet.note, cell.room, 12), "pl-vpc-label")
    yield _subnet_name(cell, x, at.y + at.tall)


def _subnet_name(cell: _Cell, x: float, bottom: float) -> SafeString:
    subnet, room = cell.subnet, cell.room
    title = " · ".join(part for part in (subnet.name, subnet.range) if part)
    ids = text.cut(subnet.range, room, 11, text.MONO)
    if cell.is_tall:
        name = svg.text(x + cell.pad, bottom - 24, text.cut(subnet.name, room, 12), "pl-vpc-text")
        return svg.link(subnet.url, title, name, svg.text(x + cell.pad, bottom - 9, ids, "pl-vpc-id"))
    name = svg.text(x + cell.pad, bottom - 9, text.cut(subnet.name, room, 12), "pl-vpc-text")
    return svg.link(subnet.url, title, name, svg.text(x + cell.pad + room, bottom - 9, ids, "pl-vpc-id", "end"))


def _chip(chip: SubnetChip, x: float, y: float, room: float) -> SafeString:
    count, noun = _chip_words(chip, room)
    state = chip.state or "quiet"
    if chip.count is None:
        state = LineState.UNKNOWN
    words = svg.element(
        "text",
        svg.element("tspan", count, class_="pl-vpc-count"),
        svg.element("tspan", noun, dx=4),
        x=x + CHIP_PAD,
        y=y + 16,
        class_="pl-vpc-text",
    )
    box = svg.rect(x, y, _chip_width(chip, room), CHIP, f"pl-vpc-chip pl-vpc-chip-{state}", rx=2)
    title = f"{count} {chip.noun}" + (f", {chip.state}" if chip.state else "")
    return svg.link(chip.url, title, box, words)


def draw_no_zones(canvas: VpcCanvas, vpc: Vpc, top: float) -> float:
    """Draw one band in place of zones: hatched where subnets could not be listed."""
    if vpc.gap:
        canvas.boxes.append(svg.hatch(RIM + 1, top, RIM_END - RIM - 2, ROW_MIN))
    words = text.cut(vpc.gap or "This VPC has no subnets.", 600, 12)
    wide = text.width(words, 12) + 20
    middle = (RIM + RIM_END) / 2
    canvas.boxes.append(svg.rect(middle - wide / 2, top + 19, wide, 24, "pl-vpc-subnet", rx=2))
    canvas.boxes.append(svg.text(middle, top + 35, words, "pl-vpc-text", "middle"))
    return top + ROW_MIN + 24
