"""Draw the rack: its assets by their units, with the slots of each."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.rack.layout import (
    INNER,
    INNER_END,
    RACK,
    RACK_END,
    SLOT,
    SLOT_PITCH,
    SLOTS_MAX,
    TOP,
    UNIT,
    UNITS,
    RackCanvas,
    slot_style,
)
from posture.drawing.rack.model import Asset, RackDrawing

NUMBERED = 6
"""Every how many units one is numbered."""


def _y(unit: float) -> float:
    """Return the upper edge of a unit, counted from the floor."""
    return TOP + (UNITS - unit) * UNIT


def draw_hardware(canvas: RackCanvas, rack: RackDrawing) -> float:
    """Draw the rack, and note where each asset is; return where it ends."""
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


def _unread(canvas: RackCanvas, why: str) -> None:
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
        svg.rect(left + number * SLOT_PITCH + 1, top, SLOT, high, slot_style(number < asset.taken))
        for number in range(asset.slots)
    ]


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


def _unplaced(canvas: RackCanvas, assets: Sequence[Asset], bottom: float) -> float:
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
