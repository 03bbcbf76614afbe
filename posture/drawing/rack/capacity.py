"""Draw what room is left: slots by instance type, volumes, and accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.rack.layout import (
    FLOOR,
    RACK_END,
    ROOM,
    ROOM_END,
    ROW,
    SLOT,
    SLOT_PITCH,
    TOP,
    UNIT,
    UNITS,
    RackCanvas,
    slot_style,
)
from posture.drawing.rack.model import Account, CapacityFamily, RackDrawing, Volumes

CELLS_A_LINE, CELLS_MAX, CELL_LINE, CELL_HEIGHT = 24, 96, 14.0, 11.0
BLOCK_GAP = 14.0
ACCOUNTS_MAX = 6


def draw_capacity(canvas: RackCanvas, rack: RackDrawing) -> float:
    """Draw the middle column; return where it ends."""
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


def _wanted(canvas: RackCanvas, family: CapacityFamily) -> float | None:
    """Return the middle of a family's hosts, None where they are not known."""
    known = [canvas.middles[key] for key in family.hosts if key in canvas.middles]
    return sum(known) / len(known) if known else None


def _below_height(rack: RackDrawing) -> float:
    volumes = 60 + 16 * len(rack.volumes.notes) if rack.volumes else 0
    return volumes + (44 + ROW * min(len(rack.accounts), ACCOUNTS_MAX + 1) if rack.accounts else 0)


def _room_unread(canvas: RackCanvas, why: str, y: float) -> float:
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


def _family(canvas: RackCanvas, family: CapacityFamily, y: float) -> float:
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
        style = "pl-rack-over" if over else slot_style(index < family.taken)
        yield svg.rect(x, y + line * CELL_LINE, SLOT, CELL_HEIGHT, style)


def _leader(canvas: RackCanvas, family: CapacityFamily, y: float) -> Iterator[SafeString]:
    """Yield a bracket round the family's hosts and a line from it to the words."""
    known = sorted(canvas.middles[key] for key in family.hosts if key in canvas.middles)
    if not known:
        return
    x, low, high = RACK_END + 8, known[0] - 12, known[-1] + 12
    yield svg.path(f"M{x - 4} {svg.number(low)}h8V{svg.number(high)}h-8", "pl-rack-leader")
    at = min(max(y, low), high)
    yield svg.path(f"M{x + 4} {svg.number(at)}L{svg.number(ROOM - 24)} {svg.number(y)}H{ROOM - 8}", "pl-rack-leader")


def _volumes(canvas: RackCanvas, volumes: Volumes, y: float) -> float:
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


def _accounts(canvas: RackCanvas, accounts: Sequence[Account], y: float) -> float:
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
