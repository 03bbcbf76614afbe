"""Draw a VPC: how far the internet gets into it, and which link lets or stops it.

The internet is a beam; each way in hangs from it like a plumb line through gateway, route table, network ACL and
security group. Columns are zones, rows are subnets by exposure. A bob marks what is reached, a plug the link that
stops a way, hatching a link that could not be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH = 1118.0
LABELS, RIM, RIM_END, OUTSIDE = 120.0, 136.0, 900.0, 942.0
BEAM, GATEWAY = 26.0, 98.0
LINK_ROWS = (GATEWAY, 146.0, 192.0, 238.0)
LINK_NAMES = ("Internet gateway", "Route table", "Network ACL", "Security group")
BUS, BUS_STEP = 260.0, 6.0
ZONES_WITH_LANES, ZONES_WITH_GATEWAY, ZONES_ALONE = 282.0, 128.0, 104.0
RIM_ALONE = 78.0
ZONE_GAP, ZONE_GAP_NARROW, NARROW_FROM = 12.0, 8.0, 4
PAD, PAD_NARROW, NARROW = 8.0, 6.0, 150.0
"""The space inside a zone and inside a subnet, and the width below which a zone is narrow."""
ZONES_MAX, LANES_MAX, STACK_MAX, LINES_MAX = 6, 4, 3, 3
CHIP, CHIP_PITCH, CHIP_PAD, CHIP_GAP = 24.0, 30.0, 8.0, 6.0
LANE_PITCH = 176.0
LANE_END = 200.0
ROW_GAP, ROW_MIN = 10.0, 66.0
LABEL_ROOM, OUTSIDE_ROOM = 120.0, WIDTH - OUTSIDE
LINE = 15.0
MORE = "kinds"
"""What a chip says that counts the kinds without a chip of their own."""


class LineState(StrEnum):
    """Whether the internet gets to something."""

    OPEN = "open"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class LinkVerdict(StrEnum):
    """What a link does."""

    PASSES = "passes"
    STOPS = "stops"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class SubnetChip:
    """Interfaces of one kind in one subnet.

    `state` is None where no way leads to them.
    """

    key: str
    noun: str
    count: int | None
    state: LineState | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet with what is placed in it; `note` is printed where there are no chips."""

    name: str
    range: str
    chips: Sequence[SubnetChip] = ()
    url: str = ""
    note: str = "nothing placed here"


@dataclass(frozen=True, slots=True)
class SubnetRow:
    """Subnets of one exposure, by zone.

    `kind` is public, private, isolated or unknown.
    """

    name: str
    kind: str
    reason: str
    cells: Sequence[Sequence[Subnet]]


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What one link of a way does, why, and its id."""

    verdict: LinkVerdict
    reason: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """Ways in with the same ports, links and target.

    `links` end at the link that stops them.
    """

    ports: str
    target: str
    state: LineState
    links: Sequence[ChainLink]
    chips: Sequence[str]
    """The keys of the chips that it leads to."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the VPC is tied to: `row` is the kind of the row whose routes lead there."""

    name: str
    detail: str
    row: str = ""
    is_unread: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Words at the right of the beam.

    A title, which may be a link, and lines below it.
    """

    title: str
    lines: Sequence[str] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Vpc:
    """All that is drawn; `zones` names the columns, empty where no subnet is known."""

    name: str
    id: str
    range: str
    zones: Sequence[str] = ()
    rows: Sequence[SubnetRow] = ()
    lanes: Sequence[Lane] = ()
    gateway: str = ""
    """The id of the internet gateway, empty where there is none."""
    note: Note | None = None
    outside: Sequence[Outside] = ()
    gap: str = ""
    """Why no subnets are shown, where they could not be listed."""


@dataclass(slots=True)
class _PlacedSubnet:
    """Where a chip was drawn.

    `is_top` where a line from above reaches it without crossing anything.
    """

    x: float
    y: float
    zone_x: float
    is_top: bool


@dataclass(slots=True)
class _VpcCanvas:
    """What was drawn so far; lines go below boxes and text."""

    lines: list[SafeString] = field(default_factory=list)
    boxes: list[SafeString] = field(default_factory=list)
    over: list[SafeString] = field(default_factory=list)
    chips: dict[str, _PlacedSubnet] = field(default_factory=dict)
    rows: dict[str, float] = field(default_factory=dict)


def draw(vpc: Vpc, label: str) -> SafeString:
    """Return the picture, named `label` for screen readers."""
    canvas = _VpcCanvas()
    top, rim = _tops(vpc)
    bottom = _rows(canvas, vpc, top) if vpc.zones else _no_zones(canvas, vpc, top)
    _rim(canvas, vpc, rim, bottom)
    canvas.boxes.append(svg.line(RIM, BEAM, RIM_END, BEAM, "pl-vpc-beam"))
    canvas.boxes.append(svg.text(LABELS, BEAM + 5, "The internet", "pl-vpc-name", "end"))
    if vpc.gateway:
        _gateway(canvas, vpc)
    _lanes(canvas, vpc)
    notes = _note(canvas, vpc.note) if vpc.note else 0.0
    reach = _outside(canvas, vpc.outside, notes)
    height = max(bottom + 22, reach + 12)
    return svg.picture(WIDTH, height, label, *canvas.boxes, *canvas.lines, *canvas.over, class_="pl-vpc")


def _tops(vpc: Vpc) -> tuple[float, float]:
    """Return where the zones and where the VPC's rim begin."""
    if vpc.lanes:
        return ZONES_WITH_LANES, GATEWAY
    return (ZONES_WITH_GATEWAY, GATEWAY) if vpc.gateway else (ZONES_ALONE, RIM_ALONE)


def _rim(canvas: _VpcCanvas, vpc: Vpc, top: float, bottom: float) -> None:
    """Draw the VPC's rim with its name in a gap of the lower edge."""
    x = RIM + 16
    canvas.boxes.append(svg.rect(RIM, top, RIM_END - RIM, bottom - top, "pl-vpc-rim", rx=4))
    room = RIM_END - x - 24
    name = text.cut(f"VPC {vpc.name}", room / 2, 12, text.MEDIUM)
    wide = text.width(name, 12, text.MEDIUM)
    ids = text.cut(" · ".join(part for part in (vpc.id, vpc.range) if part), room - wide - 8, 11, text.MONO)
    total = wide + 8 + text.width(ids, 11, text.MONO)
    canvas.over.append(svg.rect(x - 6, bottom - 9, total + 12, 18, "pl-vpc-cut"))
    canvas.over.append(svg.text(x, bottom + 4, name, "pl-vpc-strong"))
    canvas.over.append(svg.text(x + wide + 8, bottom + 4, ids, "pl-vpc-id"))


def _gateway(canvas: _VpcCanvas, vpc: Vpc) -> None:
    canvas.boxes.append(svg.rect(RIM + 16, GATEWAY - 11, RIM_END - RIM - 32, 22, "pl-vpc-gateway", rx=2))
    if not vpc.lanes:
        canvas.boxes.append(svg.text(RIM + 30, GATEWAY + 4, text.cut(vpc.gateway, 600, 11, text.MONO), "pl-vpc-id"))
        canvas.boxes.append(svg.text(LABELS, GATEWAY + 4, LINK_NAMES[0], "pl-vpc-label", "end"))


# Rows of subnets


def _rows(canvas: _VpcCanvas, vpc: Vpc, top: float) -> float:
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
    for index, line in enumerate(_lines(row.reason, LABEL_ROOM, 3)):
        yield svg.text(LABELS, y + 30 + index * LINE, line, "pl-vpc-label", "end")


def _lines(words: str, room: float, most: int) -> Sequence[str]:
    """Return words in a few lines; what does not fit is cut at the end of the last."""
    for number in range(1, most + 1):
        if found := text.wrap(words, room, number, 12):
            return found
    lines: list[str] = []
    rest = words
    while rest and len(lines) < most - 1:
        taken = _first_line(rest, room)
        if not taken:
            break
        lines.append(taken.rstrip())
        rest = rest[len(taken) :]
    last = text.cut(rest.strip(), room, 12)
    return [*lines, last] if last else lines


def _first_line(words: str, room: float) -> str:
    taken = ""
    for part in words.split(" "):
        longer = f"{taken}{part} "
        if text.width(longer.rstrip(), 12) > room:
            break
        taken = longer
    return taken[: len(words)]


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


def _stack(canvas: _VpcCanvas, drawn: list[SafeString], stack: Sequence[_Cell], at: _At) -> None:
    """Draw the subnets of one zone and row, one above the other.

    A single one takes the whole height.
    """
    y = at.y
    for number, cell in enumerate(stack):
        tall = at.tall if len(stack) == 1 else cell.height
        drawn += _subnet(canvas, cell, _At(at.x, y, tall, is_first_row=at.is_first_row and number == 0))
        y += tall + 6


def _subnet(canvas: _VpcCanvas, cell: _Cell, at: _At) -> Iterator[SafeString]:
    x, subnet = at.x + cell.pad, cell.subnet
    yield svg.rect(x, at.y, cell.wide, at.tall, "pl-vpc-subnet", rx=2)
    for number, line in enumerate(cell.lines):
        y = at.y + 10 + number * CHIP_PITCH
        for place, (chip, offset) in enumerate(line):
            is_top = at.is_first_row and number == 0
            if place == 0 or is_top:
                canvas.chips.setdefault(chip.key, _PlacedSubnet(x + cell.pad + offset, y, at.x, is_top))
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


def _no_zones(canvas: _VpcCanvas, vpc: Vpc, top: float) -> float:
    """Draw one band in place of zones: hatched where subnets could not be listed."""
    if vpc.gap:
        canvas.boxes.append(svg.hatch(RIM + 1, top, RIM_END - RIM - 2, ROW_MIN))
    words = text.cut(vpc.gap or "This VPC has no subnets.", 600, 12)
    wide = text.width(words, 12) + 20
    middle = (RIM + RIM_END) / 2
    canvas.boxes.append(svg.rect(middle - wide / 2, top + 19, wide, 24, "pl-vpc-subnet", rx=2))
    canvas.boxes.append(svg.text(middle, top + 35, words, "pl-vpc-text", "middle"))
    return top + ROW_MIN + 24


# Ways in


@dataclass(frozen=True, slots=True)
class _Hung:
    """A lane with its x and the chips that it reaches."""

    lane: Lane
    x: float
    room: float
    targets: Sequence[_PlacedSubnet]
    bus: float
    slot: int

    @property
    def ends(self) -> Sequence[float]:
        """The x of each line below the bus."""
        return [_end(target, self.slot) for target in self.targets]


def _end(target: _PlacedSubnet, slot: int) -> float:
    return target.x + 14 + 9 * slot if target.is_top else target.zone_x + PAD_NARROW / 2


def _lanes(canvas: _VpcCanvas, vpc: Vpc) -> None:
    if not vpc.lanes:
        return
    for y, name in zip(LINK_ROWS, LINK_NAMES, strict=True):
        if y != GATEWAY:
            canvas.boxes.append(svg.line(RIM + 1, y, RIM_END - 1, y, "pl-grid"))
        canvas.boxes.append(svg.text(LABELS, y + 4, name, "pl-vpc-label", "end"))
    hung = _hang(canvas, vpc.lanes[:LANES_MAX])
    for one in hung:
        _draw_lane(canvas, one, [other for other in hung if other is not one])
    _link_words(canvas, hung)


def _hang(canvas: _VpcCanvas, lanes: Sequence[Lane]) -> list[_Hung]:
    """Return the lanes from left to right, each over its first target if possible."""
    used: dict[tuple[float, float], int] = {}
    found = []
    for lane in lanes:
        targets = [canvas.chips[key] for key in lane.chips if key in canvas.chips]
        targets.sort(key=lambda one: (not one.is_top, one.zone_x, one.x))
        slot = max((used.get((one.x, one.y), 0) for one in targets), default=0)
        for one in targets:
            used[one.x, one.y] = slot + 1
        found.append((lane, targets, slot))
    found.sort(key=lambda one: _end(one[1][0], one[2]) if one[1] else RIM_END)
    xs = _spread([_end(targets[0], slot) if targets else RIM + 30 for _, targets, slot in found])
    rooms = [right - left for left, right in zip(xs, [*xs[1:], RIM_END + 8], strict=True)]
    return [
        _Hung(lane, x, room - 34, targets, BUS + index * BUS_STEP, slot)
        for index, ((lane, targets, slot), x, room) in enumerate(zip(found, xs, rooms, strict=True))
    ]


def _spread(wanted: Sequence[float]) -> list[float]:
    """Return x positions near the wanted ones, with room for words between them."""
    xs: list[float] = []
    for want in wanted:
        xs.append(max(want, xs[-1] + LANE_PITCH) if xs else max(want, RIM + 24))
    last = RIM_END - LANE_END
    for index in reversed(range(len(xs))):
        xs[index] = min(xs[index], last)
        last = xs[index] - LANE_PITCH
    return xs


def _draw_lane(canvas: _VpcCanvas, hung: _Hung, others: Sequence[_Hung]) -> None:
    """Draw a plumb line down to the deciding link, then to what it would reach."""
    lane, x = hung.lane, hung.x
    kind = lane.state.value
    decides = next(
        (number for number, link in enumerate(lane.links) if link.verdict is not LinkVerdict.PASSES), len(lane.links)
    )
    is_open = decides == len(lane.links)
    end = BUS if is_open else LINK_ROWS[decides]
    canvas.lines.append(svg.line(x, BEAM, x, hung.bus if is_open else end, f"pl-vpc-line-{kind}"))
    canvas.over.append(svg.element("circle", cx=x, cy=BEAM, r=4, class_="pl-vpc-node"))
    if lane.state is LineState.OPEN:
        canvas.lines += _below(hung, others, "pl-vpc-line-open")
    elif lane.state is LineState.UNKNOWN:
        if end < BUS:
            canvas.lines += _ribbon(x, end, hung.bus)
        canvas.lines += _below(hung, others, "pl-vpc-line-maybe")
    else:
        canvas.lines.append(svg.line(x, end, x, hung.bus, "pl-vpc-line-closed"))
        canvas.lines += _below(hung, others, "pl-vpc-line-closed")
    for number, link in enumerate(lane.links):
        canvas.over.append(_mark(link, x, LINK_ROWS[number]))
    if lane.state is not LineState.REFUSED:
        canvas.over += [_bob(target, one, lane.state) for target, one in zip(hung.targets, hung.ends, strict=True)]
    _way_words(canvas, hung)


def _ribbon(x: float, top: float, bottom: float) -> Iterator[SafeString]:
    yield svg.rect(x - 4, top, 8, bottom - top, "pl-vpc-ribbon")
    yield svg.hatch(x - 4, top, 8, bottom - top)


def _below(hung: _Hung, others: Sequence[_Hung], kind: str) -> Iterator[SafeString]:
    """Yield the bus of a lane and the lines from it to its targets.

    The bus is cut where others pass.
    """
    if not hung.targets:
        return
    ends = hung.ends
    left, right = min([hung.x, *ends]), max([hung.x, *ends])
    if right - left > 1:
        crossing = [other.x for other in others if other.bus > hung.bus or other.x in other.ends]
        crossing += [end for other in others if other.bus < hung.bus for end in other.ends]
        cuts = sorted(x for x in crossing if left + 6 < x < right - 6)
        starts, stops = [left, *(cut + 6 for cut in cuts)], [*(cut - 6 for cut in cuts), right]
        for start, stop in zip(starts, stops, strict=True):
            yield svg.line(start, hung.bus, stop, hung.bus, kind)
    for end, target in zip(ends, hung.targets, strict=True):
        yield svg.path(_drop(end, target, hung.bus), kind)


def _drop(x: float, target: _PlacedSubnet, bus: float) -> str:
    """Return the line from the bus to a chip.

    From above, or along the zone's edge and in from the left.
    """
    if target.is_top:
        return f"M{svg.number(x)} {svg.number(bus)}V{svg.number(target.y - 9)}"
    middle = target.y + CHIP / 2
    return f"M{svg.number(x)} {svg.number(bus)}V{svg.number(middle)}H{svg.number(target.x - 7)}"


def _bob(target: _PlacedSubnet, x: float, state: LineState) -> SafeString:
    """Return the bob at a chip; hollow where it may be reached."""
    kind = "pl-vpc-bob" if state is LineState.OPEN else "pl-vpc-bob-unknown"
    if target.is_top:
        tip = target.y - 1
        return svg.path(f"M{svg.number(x - 5)} {svg.number(tip - 12)}h10l-2 6l-3 6l-3 -6Z", kind)
    middle = target.y + CHIP / 2
    return svg.path(f"M{svg.number(target.x - 10)} {svg.number(middle - 4)}v8l5 -1.5l4 -2.5l-4 -2.5Z", kind)


def _mark(link: ChainLink, x: float, y: float) -> SafeString:
    """Return a link's mark: a diamond, a plug where it stops, hatched if unread."""
    if link.verdict is LinkVerdict.STOPS:
        d = f"M{svg.number(x - 10)} {svg.number(y)}h20v4h-5l-2 6h-6l-2 -6h-5Z"
        return svg.path(d, "pl-vpc-plug")
    size = 8 if link.verdict is LinkVerdict.UNREAD else 5
    d = f"M{svg.number(x)} {svg.number(y - size)}l{size} {size}l-{size} {size}l-{size} -{size}Z"
    if link.verdict is LinkVerdict.PASSES:
        return svg.path(d, "pl-vpc-diamond")
    return svg.join((svg.path(d, "pl-vpc-unread"), svg.path(d, fill=svg.HATCH)))


STATE_WORDS = {LineState.OPEN: "open", LineState.UNKNOWN: "unknown", LineState.REFUSED: "refused"}


def _way_words(canvas: _VpcCanvas, hung: _Hung) -> None:
    """Draw what a way is: its ports, its state and its target."""
    lane, x = hung.lane, hung.x + 18
    state = STATE_WORDS[lane.state]
    ports = text.cut(lane.ports, hung.room - text.width(state, 12) - 8, 13, text.MEDIUM)
    first = svg.text(x, BEAM + 23, ports, "pl-vpc-ports")
    second = svg.text(
        x + text.width(ports, 13, text.MEDIUM) + 8, BEAM + 23, state, f"pl-vpc-state pl-vpc-state-{lane.state}"
    )
    third = svg.text(x, BEAM + 40, text.cut(f"to {lane.target}", hung.room, 12), "pl-vpc-label")
    target = svg.rect(hung.x - 8, BEAM - 8, hung.room + 26, 54, "pl-vpc-hit")
    title = f"{lane.ports} to {lane.target}: {state}"
    canvas.over.append(svg.link(lane.url, title, target, first, second, third))


def _link_words(canvas: _VpcCanvas, hung: Sequence[_Hung]) -> None:
    """Draw why each link lets or stops a way.

    Neighbours with the same link share the words of the first.
    """
    for number, y in enumerate(LINK_ROWS):
        before: ChainLink | None = None
        for one in hung:
            link = one.lane.links[number] if number < len(one.lane.links) else None
            if link and link != before:
                canvas.over += _words_at(link, one, y, is_gateway=number == 0)
            before = link


def _words_at(link: ChainLink, hung: _Hung, y: float, *, is_gateway: bool) -> Iterator[SafeString]:
    x, decides = hung.x + 18, link.verdict is not LinkVerdict.PASSES
    style, weight = ("pl-vpc-strong", text.MEDIUM) if decides else ("pl-vpc-label", text.REGULAR)
    if is_gateway:
        words = text.cut(link.reason, hung.room - 8, 12, weight) if link.reason else ""
        ids = text.cut(link.id, hung.room - 8, 11, text.MONO)
        yield svg.text(x, y + 4, words or ids, style if words else "pl-vpc-id")
        return
    title = svg.element("title", f"{link.reason} {link.id}".strip())
    parts = [svg.text(x, y - 6, text.cut(link.reason, hung.room, 12, weight), style)]
    if link.id:
        parts.append(svg.text(x, y + 15, text.cut(link.id, hung.room, 11, text.MONO), "pl-vpc-id"))
    yield svg.element("g", title, *parts)


# The outside world


def _note(canvas: _VpcCanvas, note: Note) -> float:
    """Draw the words right of the beam; return where they end."""
    title = text.cut(note.title, OUTSIDE_ROOM, 13, text.MEDIUM)
    kind = "pl-vpc-linked" if note.url else "pl-vpc-ports"
    canvas.over.append(svg.link(note.url, note.title, svg.text(OUTSIDE, BEAM + 5, title, kind)))
    y = BEAM + 5
    for words in note.lines:
        for line in _lines(words, OUTSIDE_ROOM, 2):
            y += LINE
            canvas.over.append(svg.text(OUTSIDE, y, line, "pl-vpc-label"))
    return y + 10


def _outside(canvas: _VpcCanvas, outside: Sequence[Outside], free_from: float) -> float:
    """Draw what the VPC is tied to at the height of the row whose routes lead there.

    Return where it ends.
    """
    last = max(canvas.rows.values(), default=ZONES_ALONE)
    ordered = sorted(outside, key=lambda one: canvas.rows.get(one.row, last))
    y = free_from
    for one in ordered:
        y = max(y, canvas.rows.get(one.row, last) - 10)
        lines = _lines(one.detail, OUTSIDE_ROOM, 2)
        _tie(canvas, one, y + 8)
        title = text.cut(one.name, OUTSIDE_ROOM, 13, text.MEDIUM)
        words = [svg.text(OUTSIDE, y + 12, title, "pl-vpc-ports")]
        words += [svg.text(OUTSIDE, y + 28 + n * LINE, line, "pl-vpc-label") for n, line in enumerate(lines)]
        canvas.over.append(svg.link(one.url, f"{one.name}: {one.detail}", *words))
        y += 28 + LINE * len(lines)
    return y


def _tie(canvas: _VpcCanvas, one: Outside, y: float) -> None:
    canvas.over.append(svg.rect(RIM_END - 8, y - 8, 16, 16, "pl-vpc-tie", rx=2))
    if one.is_unread:
        canvas.over.append(svg.hatch(RIM_END - 8, y - 8, 16, 16))
        canvas.over.append(svg.hatch(RIM_END + 8, y - 4, 26, 8, "pl-vpc-ribbon-edge"))
    else:
        canvas.over.append(svg.line(RIM_END + 8, y, OUTSIDE - 8, y, "pl-vpc-line-open"))
