"""Draw an Outpost: what runs in its rack, free capacity, and network links.

A taken slot is filled, a free one outlined. A link that is up is a line, one that is down is broken with a cross;
what is not reported is hatched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH = 1118.0
UNITS, UNIT, TOP = 42, 15.0, 66.0
FLOOR = TOP + UNITS * UNIT
RACK, RACK_END, INNER, INNER_END = 20.0, 308.0, 30.0, 298.0
ROOM, ROOM_END = 383.0, 700.0
RULE, LINKS = 737.0, 770.0
NUMBERED = 6
"""Every how many units one is numbered."""
SLOT, SLOT_PITCH, SLOTS_MAX = 9.0, 11.0, 12
CELLS_A_LINE, CELLS_MAX, CELL_LINE, CELL_HEIGHT = 24, 96, 14.0, 11.0
BLOCK_GAP = 14.0
ACCOUNTS_MAX, ROUTES_MAX, ROW = 6, 6, 21.0
LINE_PITCH, DEVICE, TARGET, TARGET_MIN = 44.0, 66.0, 96.0, 40.0


class LinkState(StrEnum):
    """Whether a link works; unknown where AWS does not report it."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asset:
    """A piece of hardware.

    `unit` is its lowest rack unit, None where AWS reports no position.
    """

    key: str
    name: str
    kind: str
    unit: int | None
    height: int = 1
    slots: int | None = None
    """None where they are not reported; 0 for what runs no instances."""
    taken: int = 0
    note: str = ""
    """What is wrong with it."""


@dataclass(frozen=True, slots=True)
class CapacityFamily:
    """The slots of one instance type.

    `hosts` are the keys of the assets that have some.
    """

    name: str
    slots: int
    taken: int
    note: str = ""
    is_wrong: bool = False
    hosts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Volumes:
    """EBS volumes by their size; the shares are of the whole."""

    words: str
    unencrypted: float = 0.0
    unknown: float = 0.0
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """How many instances of one account run here."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class RackLine:
    """One link from a device of the rack."""

    device: str
    state: LinkState
    words: str


@dataclass(frozen=True, slots=True)
class Links:
    """The links to one network; `none` is said where there are none."""

    title: str
    detail: str
    target: str
    target_detail: str
    lines: Sequence[RackLine] = ()
    none: str = ""
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the local gateway."""

    to: str
    by: str
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class RackDrawing:
    """An Outpost's rack; `unread` is why AWS reports no hardware."""

    title: str
    detail: str
    assets: Sequence[Asset] = ()
    unread: str = ""
    room_unread: str = ""
    families: Sequence[CapacityFamily] = ()
    volumes: Volumes | None = None
    accounts: Sequence[Account] = ()
    links: Sequence[Links] = ()
    routes: Sequence[Route] = ()
    site: Sequence[str] = ()


@dataclass(slots=True)
class _RackCanvas:
    """What was drawn so far, and where assets are: the middle of each."""

    parts: list[SafeString] = field(default_factory=list)
    middles: dict[str, float] = field(default_factory=dict)

    def words(self, x: float, y: float, words: str, room: float, style: str = "", anchor: str = "") -> None:
        """Draw a line of text cut to a width."""
        size, weight = FONTS.get(style, (13.0, text.REGULAR))
        self.parts.append(svg.text(x, y, text.cut(words, room, size, weight), style, anchor))


FONTS: Mapping[str, tuple[float, str]] = {
    "pl-rack-title": (15.0, text.MEDIUM),
    "pl-rack-head": (13.0, text.MEDIUM),
    "pl-rack-name": (12.0, text.REGULAR),
    "pl-rack-kind": (11.0, text.REGULAR),
    "pl-axis": (12.0, text.REGULAR),
    "pl-rack-wrong": (12.0, text.REGULAR),
    "pl-rack-right": (12.0, text.REGULAR),
    "pl-rack-id": (11.0, text.MONO),
}
"""Size and weight of each class of text, as in static/css/drawing.css."""


def draw(rack: RackDrawing, label: str) -> SafeString:
    """Return the picture, named `label` for screen readers."""
    canvas = _RackCanvas()
    low = _hardware(canvas, rack)
    middle = _room(canvas, rack)
    right = _outside(canvas, rack)
    height = max(low, middle, right) + 16
    canvas.parts.append(svg.line(RULE, 8, RULE, height - 8, "pl-grid"))
    return svg.picture(WIDTH, height, label, *canvas.parts, class_="pl-rack")


# The rack


def _y(unit: float) -> float:
    """Return the upper edge of a unit, counted from the floor."""
    return TOP + (UNITS - unit) * UNIT


def _hardware(canvas: _RackCanvas, rack: RackDrawing) -> float:
    canvas.words(RACK, 18, rack.title, RACK_END - RACK, "pl-rack-title")
    canvas.words(RACK, 36, rack.detail, RACK_END - RACK, "pl-axis")
    bottom = TOP + UNITS * UNIT + 10
    canvas.parts.append(svg.rect(RACK, TOP - 10, RACK_END - RACK, bottom - TOP + 10, "pl-rack-frame", rx=3))
    if rack.unread:
        _unread(canvas, rack.unread)
        return bottom
    for unit in (1, *range(NUMBERED, UNITS + 1, NUMBERED)):
        canvas.parts.append(svg.text(RACK - 5, _y(unit) + 11, str(unit), "pl-rack-kind", "end"))
    placed = [asset for asset in rack.assets if asset.unit is not None]
    taken = {unit for asset in placed for unit in range(asset.unit or 0, (asset.unit or 0) + asset.height)}
    for unit in range(1, UNITS + 1):
        if unit not in taken:
            canvas.parts.append(svg.line(INNER, _y(unit) + UNIT / 2, INNER_END, _y(unit) + UNIT / 2, "pl-grid"))
    for asset in placed:
        y, tall = _y((asset.unit or 1) + asset.height - 1), asset.height * UNIT
        canvas.middles[asset.key] = y + tall / 2
        canvas.parts.append(_asset(asset, y + 0.5, tall - 1))
    return _unplaced(canvas, [asset for asset in rack.assets if asset.unit is None], bottom)


def _unread(canvas: _RackCanvas, why: str) -> None:
    """Hatch the whole rack, and say why in its middle."""
    canvas.parts.append(svg.hatch(RACK, TOP - 10, RACK_END - RACK, UNITS * UNIT + 20))
    lines = text.wrap(why, INNER_END - INNER - 24, 6, 12) or (text.cut(why, INNER_END - INNER - 24, 12),)
    y = TOP + UNITS * UNIT / 2 - len(lines) * 8
    canvas.parts.append(svg.rect(INNER, y - 20, INNER_END - INNER, len(lines) * 16 + 20, "pl-rack-asset", rx=2))
    for number, line in enumerate(lines):
        canvas.words((INNER + INNER_END) / 2, y + number * 16, line, INNER_END - INNER, "pl-rack-name", "middle")


def _asset(asset: Asset, y: float, tall: float) -> SafeString:
    style = "pl-rack-asset pl-rack-asset-wrong" if asset.note else "pl-rack-asset"
    parts = [svg.rect(INNER, y, INNER_END - INNER, tall, style, rx=2)]
    slots = _slots(asset, y, tall)
    room = (INNER_END - INNER - 90) if slots else INNER_END - INNER - 70
    room = min(room, INNER_END - 14 - _slots_width(asset) - INNER - 8)
    size, kind = (12, "pl-rack-name") if tall > UNIT else (11, "pl-rack-kind")
    baseline = y + tall / 2 + size / 3
    note = text.cut(asset.note, room / 2, size) if asset.note else ""
    name = text.cut(asset.name, room - (text.width(note, size) + 6 if note else 0), size)
    parts.append(svg.text(INNER + 8, baseline, name, kind))
    if note:
        wrong = f"pl-rack-wrong{'' if tall > UNIT else ' pl-rack-wrong-small'}"
        parts.append(svg.text(INNER + 14 + text.width(name, size), baseline, note, wrong))
    if asset.slots == 0:
        parts.append(svg.text(INNER_END - 8, baseline, text.cut(asset.kind, 56, 11), "pl-rack-kind", "end"))
    return svg.link("", _asset_title(asset), *parts, *slots)


def _asset_title(asset: Asset) -> str:
    parts = [asset.name, asset.kind, asset.note]
    if asset.slots:
        parts.append(f"{asset.taken} of {asset.slots} slots taken")
    elif asset.slots is None:
        parts.append("slots not reported")
    return ", ".join(part for part in parts if part)


def _slots_width(asset: Asset) -> float:
    if asset.slots is None or asset.slots > SLOTS_MAX:
        return SLOTS_MAX * SLOT_PITCH
    return max(asset.slots * SLOT_PITCH, 56.0)


def _slots(asset: Asset, y: float, tall: float) -> list[SafeString]:
    """Return a cell for each slot.

    Many become a bar with the number, unreported ones a hatched area.
    """
    high = max(7.0, tall - 13)
    top = y + (tall - high) / 2
    if asset.slots is None:
        wide = SLOTS_MAX * SLOT_PITCH
        return [svg.hatch(INNER_END - 6 - wide, top, wide, high, "pl-rack-unread")]
    if asset.slots > SLOTS_MAX:
        return _slot_bar(asset, y, tall)
    left = INNER_END - 6 - asset.slots * SLOT_PITCH
    return [
        svg.rect(left + number * SLOT_PITCH + 1, top, SLOT, high, _slot_style(number < asset.taken))
        for number in range(asset.slots)
    ]


def _slot_style(taken: bool) -> str:  # noqa: FBT001 - one of two looks
    return "pl-rack-taken" if taken else "pl-rack-free"


def _slot_bar(asset: Asset, y: float, tall: float) -> list[SafeString]:
    words = f"{asset.taken}/{asset.slots}"
    wide = SLOTS_MAX * SLOT_PITCH - text.width(words, 11) - 6
    left, middle = INNER_END - 6 - SLOTS_MAX * SLOT_PITCH, y + tall / 2
    share = min(1.0, asset.taken / (asset.slots or 1))
    return [
        svg.rect(left, middle - 4, wide, 8, "pl-rack-free"),
        svg.rect(left, middle - 4, wide * share, 8, "pl-rack-taken"),
        svg.text(INNER_END - 6, middle + 4, words, "pl-rack-kind", "end"),
    ]


def _unplaced(canvas: _RackCanvas, assets: Sequence[Asset], bottom: float) -> float:
    """Draw hatched what AWS reports without a position.

    It is not guessed into the rack.
    """
    if not assets:
        return bottom
    noun = "asset" if len(assets) == 1 else "assets"
    canvas.words(RACK, bottom + 22, f"{len(assets)} {noun} without a position", RACK_END - RACK, "pl-rack-head")
    canvas.words(RACK, bottom + 39, "AWS reports them, but not where", RACK_END - RACK, "pl-axis")
    wide = (RACK_END - RACK - 6) / 2
    y = bottom + 50
    for number, asset in enumerate(assets):
        x, y = RACK + (number % 2) * (wide + 6), bottom + 50 + (number // 2) * 32
        name = text.cut(asset.name, wide - 28, 11)
        half = text.width(name, 11) / 2 + 6
        shapes = [
            svg.rect(x, y, wide, 26, "pl-rack-asset", rx=2),
            svg.hatch(x, y, wide, 26),
            svg.rect(x + wide / 2 - half, y + 5, 2 * half, 16, "pl-rack-under"),
            svg.text(x + wide / 2, y + 17, name, "pl-rack-kind", "middle"),
        ]
        canvas.parts.append(svg.link("", _asset_title(asset), *shapes))
    return y + 26


# The room that is left


def _room(canvas: _RackCanvas, rack: RackDrawing) -> float:
    canvas.words(ROOM, 18, "Room by instance type", ROOM_END - ROOM, "pl-rack-title")
    canvas.words(ROOM, 36, "slots taken of all", ROOM_END - ROOM, "pl-axis")
    y = TOP - 6
    if rack.room_unread:
        y = _room_unread(canvas, rack.room_unread, y)
    elif not rack.families:
        canvas.words(ROOM, y + 14, "No slots are configured.", ROOM_END - ROOM, "pl-axis")
        y += 24
    ordered = sorted(rack.families, key=lambda family: _wanted(canvas, family) or FLOOR)
    for index, family in enumerate(ordered):
        # What follows keeps its room, so that a low host does not push the rest out of the picture.
        rest = sum(_family_height(one) + BLOCK_GAP for one in ordered[index + 1 :])
        latest = TOP + UNITS * UNIT - _below_height(rack) - rest - _family_height(family)
        wanted = _wanted(canvas, family)
        y = _family(canvas, family, y if wanted is None else max(y, min(wanted - 20, latest)))
    if rack.volumes:
        y = _volumes(canvas, rack.volumes, y + 10)
    if rack.accounts:
        y = _accounts(canvas, rack.accounts, y + 10)
    return y


def _wanted(canvas: _RackCanvas, family: CapacityFamily) -> float | None:
    """Return the middle of a family's hosts, None where they are not known."""
    known = [canvas.middles[key] for key in family.hosts if key in canvas.middles]
    return sum(known) / len(known) if known else None


def _below_height(rack: RackDrawing) -> float:
    volumes = 60 + 16 * len(rack.volumes.notes) if rack.volumes else 0
    return volumes + (44 + ROW * min(len(rack.accounts), ACCOUNTS_MAX + 1) if rack.accounts else 0)


def _room_unread(canvas: _RackCanvas, why: str, y: float) -> float:
    canvas.parts.append(svg.hatch(ROOM, y, ROOM_END - ROOM, 22, "pl-rack-unread"))
    lines = text.wrap(why, ROOM_END - ROOM, 3, 12) or (text.cut(why, ROOM_END - ROOM, 12),)
    for number, line in enumerate(lines):
        canvas.words(ROOM, y + 40 + number * 16, line, ROOM_END - ROOM, "pl-axis")
    return y + 40 + len(lines) * 16


def _lines_of(family: CapacityFamily) -> int:
    number = max(family.slots, family.taken)
    return 1 if number > CELLS_MAX else max(1, -(-number // CELLS_A_LINE))


def _family_height(family: CapacityFamily) -> float:
    return 22 + _lines_of(family) * CELL_LINE + (16 if family.note else 0)


def _family(canvas: _RackCanvas, family: CapacityFamily, y: float) -> float:
    figure = f"{family.taken:,} of {family.slots:,} taken"
    wide = text.width(figure, 12)
    canvas.words(ROOM, y + 12, family.name, ROOM_END - ROOM - wide - 10, "pl-rack-head")
    canvas.words(ROOM_END, y + 12, figure, wide + 1, "pl-axis", "end")
    canvas.parts += _cells(family, y + 20)
    canvas.parts += _leader(canvas, family, y + 8)
    bottom = y + 20 + _lines_of(family) * CELL_LINE
    if family.note:
        canvas.words(
            ROOM, bottom + 11, family.note, ROOM_END - ROOM, "pl-rack-wrong" if family.is_wrong else "pl-rack-right"
        )
        bottom += 16
    return bottom + BLOCK_GAP


def _cells(family: CapacityFamily, y: float) -> Iterator[SafeString]:
    number = max(family.slots, family.taken)
    if number > CELLS_MAX:
        wide = ROOM_END - ROOM
        yield svg.rect(ROOM, y, wide, CELL_HEIGHT, "pl-rack-free")
        yield svg.rect(ROOM, y, wide * min(1.0, family.taken / number), CELL_HEIGHT, "pl-rack-taken")
        return
    for index in range(number):
        x, line = ROOM + (index % CELLS_A_LINE) * SLOT_PITCH, index // CELLS_A_LINE
        over = index >= family.slots
        style = "pl-rack-over" if over else _slot_style(index < family.taken)
        yield svg.rect(x, y + line * CELL_LINE, SLOT, CELL_HEIGHT, style)


def _leader(canvas: _RackCanvas, family: CapacityFamily, y: float) -> Iterator[SafeString]:
    """Yield a bracket round the family's hosts and a line from it to the words."""
    known = sorted(canvas.middles[key] for key in family.hosts if key in canvas.middles)
    if not known:
        return
    x, low, high = RACK_END + 8, known[0] - 12, known[-1] + 12
    yield svg.path(f"M{x - 4} {svg.number(low)}h8V{svg.number(high)}h-8", "pl-rack-leader")
    at = min(max(y, low), high)
    yield svg.path(f"M{x + 4} {svg.number(at)}L{svg.number(ROOM - 24)} {svg.number(y)}H{ROOM - 8}", "pl-rack-leader")


def _volumes(canvas: _RackCanvas, volumes: Volumes, y: float) -> float:
    wide = text.width(volumes.words, 12)
    canvas.words(ROOM, y + 12, "EBS volumes", ROOM_END - ROOM - wide - 10, "pl-rack-head")
    canvas.words(ROOM_END, y + 12, volumes.words, ROOM_END - ROOM - 100, "pl-axis", "end")
    whole, x = ROOM_END - ROOM, ROOM
    canvas.parts.append(svg.rect(ROOM, y + 20, whole, 12, "pl-rack-taken"))
    for share, style in ((volumes.unencrypted, "pl-rack-over"), (volumes.unknown, "pl-rack-under")):
        part = max(3.0, whole * share) if share else 0.0
        if part:
            canvas.parts.append(svg.rect(x, y + 20, part, 12, style))
        if part and style == "pl-rack-under":
            canvas.parts.append(svg.hatch(x, y + 20, part, 12))
        x += part
    for number, note in enumerate(volumes.notes):
        canvas.words(ROOM, y + 47 + number * 16, note, whole, "pl-rack-wrong")
    return y + 38 + 16 * len(volumes.notes) + BLOCK_GAP


def _accounts(canvas: _RackCanvas, accounts: Sequence[Account], y: float) -> float:
    canvas.parts.append(svg.line(ROOM, y, ROOM_END, y, "pl-grid"))
    canvas.words(ROOM, y + 22, "Instances by account", ROOM_END - ROOM, "pl-rack-head")
    most = max(account.number for account in accounts)
    y += 28
    for account in accounts[:ACCOUNTS_MAX]:
        canvas.words(ROOM, y + 15, account.name, 124, "pl-rack-name")
        long = max(2.0, 140 * account.number / most)
        canvas.parts.append(svg.rect(ROOM + 132, y + 6, long, 10, "pl-rack-taken"))
        canvas.words(ROOM + 140 + long, y + 15, f"{account.number:,}", 60, "pl-rack-name")
        y += ROW
    if len(accounts) > ACCOUNTS_MAX:
        canvas.words(ROOM, y + 15, f"and {len(accounts) - ACCOUNTS_MAX} more accounts", 300, "pl-axis")
        y += ROW
    return y


# The outside world


def _outside(canvas: _RackCanvas, rack: RackDrawing) -> float:
    room = WIDTH - LINKS
    canvas.words(LINKS, 18, "Links to the outside", room, "pl-rack-title")
    y = 52.0
    for links in rack.links:
        y = _links(canvas, links, y)
    if rack.routes:
        y = _routes(canvas, rack.routes, y)
    if rack.site:
        canvas.words(LINKS, y + 14, "Where it is", room, "pl-rack-head")
        for number, line in enumerate(rack.site):
            canvas.words(LINKS, y + 32 + number * 16, line, room, "pl-axis")
        y += 40 + 16 * len(rack.site)
    return y


def _links(canvas: _RackCanvas, links: Links, y: float) -> float:
    room = WIDTH - LINKS
    canvas.words(LINKS, y + 14, links.title, room, "pl-rack-head")
    canvas.words(LINKS, y + 31, links.detail, room, "pl-axis")
    y += 46
    if not links.lines:
        if links.is_unread:
            canvas.parts.append(svg.hatch(LINKS, y, room, 10, "pl-rack-unread"))
            y += 14
        canvas.words(LINKS, y + 12, links.none, room, "pl-axis")
        return y + 34
    tall = max(TARGET_MIN, len(links.lines) * LINE_PITCH - 14)
    canvas.parts.append(svg.rect(WIDTH - TARGET, y - 4, TARGET, tall, "pl-rack-target", rx=2))
    middle = y - 4 + tall / 2
    canvas.words(WIDTH - TARGET / 2, middle - 2, links.target, TARGET - 10, "pl-rack-head", "middle")
    canvas.words(WIDTH - TARGET / 2, middle + 13, links.target_detail, TARGET - 10, "pl-rack-kind", "middle")
    for number, line in enumerate(links.lines):
        _line(canvas, line, y + 8 + number * LINE_PITCH)
    return y + len(links.lines) * LINE_PITCH + 12


def _line(canvas: _RackCanvas, line: RackLine, y: float) -> None:
    """Draw a device and its link, with words under it.

    The state is never in the look alone.
    """
    start, end = LINKS + DEVICE, WIDTH - TARGET
    canvas.parts.append(svg.rect(LINKS, y - 10, DEVICE, 20, "pl-rack-asset", rx=2))
    canvas.words(LINKS + DEVICE / 2, y + 4, line.device, DEVICE - 8, "pl-rack-kind", "middle")
    middle = (start + end) / 2
    if line.state is LinkState.UNKNOWN:
        canvas.parts.append(svg.hatch(start, y - 4, end - start, 8, "pl-rack-unread"))
    elif line.state is LinkState.UP:
        canvas.parts.append(svg.line(start, y, end, y, "pl-rack-up"))
    else:
        canvas.parts.append(svg.line(start, y, middle - 10, y, "pl-rack-down"))
        canvas.parts.append(svg.line(middle + 10, y, end, y, "pl-rack-down"))
        cross = f"M{svg.number(middle - 5)} {svg.number(y - 5)}l10 10m0 -10l-10 10"
        canvas.parts.append(svg.path(cross, "pl-rack-down"))
    style = "pl-rack-wrong" if line.state is LinkState.DOWN else "pl-axis"
    canvas.words(middle, y + 20, line.words, end - start - 8, style, "middle")


def _routes(canvas: _RackCanvas, routes: Sequence[Route], y: float) -> float:
    canvas.words(LINKS, y + 14, "Routes at the local gateway", WIDTH - LINKS, "pl-rack-head")
    y += 22
    for route in routes[:ROUTES_MAX]:
        canvas.words(LINKS, y + 14, route.to, 140, "pl-rack-id")
        canvas.words(
            LINKS + 150, y + 14, route.by, WIDTH - LINKS - 150, "pl-rack-wrong" if route.is_wrong else "pl-axis"
        )
        y += ROW
    if len(routes) > ROUTES_MAX:
        canvas.words(LINKS, y + 14, f"and {len(routes) - ROUTES_MAX} more", 300, "pl-axis")
        y += ROW
    return y + 16
