"""Draw who comes in from outside: party, condition, role and accounts.

A strand is straight and crosses no other. Its box is filled where anyone there may come in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH = 722.0
HEAD, ROW, BOX = 24.0, 60.0, 44.0
PARTY_LEFT, PARTY = 0.0, 150.0
ROLE_LEFT, ROLE = 352.0, 198.0
INSIDE_LEFT, INSIDE = 580.0, 134.0
PAD = 10.0
ARROW = 9.0
NARROW, UPRIGHT, NARROW_GAP = 314.0, 34.0, 18.0
NARROW_ROW = 2 * BOX + UPRIGHT + NARROW_GAP


@dataclass(frozen=True, slots=True)
class TrustStrand:
    """A party outside, its condition, and the role that it opens in some accounts."""

    party: str
    party_kind: str
    guard: str
    """none, wide or holds."""
    condition: str
    role: str
    power: str
    look: str
    """The edge of the role: administrator, data or plain."""
    inside: str
    accounts: int
    is_unseen: bool = False
    url: str = ""

    @property
    def title(self) -> str:
        """What it says, for those who listen."""
        seen = ", as last seen" if self.is_unseen else ""
        return f"{self.party}, {self.party_kind}: {self.condition}; {self.role}, {self.power}; {self.inside}{seen}"


def draw(strands: Sequence[TrustStrand], label: str) -> SafeString:
    """Return the strands, one below the other."""
    heads = (
        (PARTY_LEFT, "Outside"),
        (PARTY + 14, "Condition"),
        (ROLE_LEFT, "Role, and what it may do"),
        (INSIDE_LEFT, "Inside"),
    )
    parts = [svg.text(x, 12, words, "pl-axis") for x, words in heads]
    for place, one in enumerate(strands):
        parts.append(svg.link(one.url, one.title, *_strand(one, HEAD + place * ROW), class_="pl-strand"))
    tall = HEAD + max(1, len(strands)) * ROW - (ROW - BOX) + 4
    return svg.picture(WIDTH, tall, label, *parts, class_="pl-strands")


def draw_narrow(strands: Sequence[TrustStrand], label: str) -> SafeString:
    """Return the strands for a phone, each from its party down to its role."""
    parts = [
        svg.link(one.url, one.title, *_upright(one, place * NARROW_ROW), class_="pl-strand")
        for place, one in enumerate(strands)
    ]
    tall = max(1, len(strands)) * NARROW_ROW - NARROW_GAP
    return svg.picture(NARROW, tall, label, *parts, class_="pl-strands")


def _upright(one: TrustStrand, y: float) -> Iterator[SafeString]:
    yield from _party(one, y, NARROW)
    top, tip = y + BOX, y + BOX + UPRIGHT
    x = 20.0
    if one.is_unseen:
        yield svg.hatch(x - 5, top, 10, UPRIGHT - ARROW, "pl-strand-unseen")
    else:
        yield svg.line(x, top, x, tip - ARROW, _line_look(one))
    yield svg.path(f"M{svg.number(x)} {svg.number(tip)}l-4.5 -{svg.number(ARROW)}h9z", "pl-strand-tip")
    if one.guard != "none" and not one.is_unseen:
        where = f"M{svg.number(x)} {svg.number(top + 4)}l6 6l-6 6l-6 -6z"
        yield svg.path(where, f"pl-strand-mark-{one.guard}")
    yield svg.text(x + 16, top + 19, text.cut(one.condition, NARROW - x - 20, 12), "pl-strand-condition")
    yield svg.rect(0.5, tip, NARROW - 1, BOX, "pl-strand-box-unseen" if one.is_unseen else "pl-strand-box", rx=3)
    if one.look != "plain":
        yield svg.rect(0, tip, 4, BOX, f"pl-strand-edge-{one.look}")
    inside = text.cut(one.inside, INSIDE - 2 * PAD, 12)
    room = NARROW - 3 * PAD - 4 - text.width(inside, 12)
    yield from _words(one.role, one.power, PAD + 4, tip, room, f"pl-strand-{one.look}")
    yield svg.text(NARROW - PAD, tip + 18, inside, "pl-strand-detail", "end")


def _line_look(one: TrustStrand) -> str:
    return "pl-strand-open" if one.guard == "none" else f"pl-strand-{one.guard}"


def _strand(one: TrustStrand, y: float) -> Iterator[SafeString]:
    middle = y + BOX / 2
    yield from _line(one, middle)
    yield from _party(one, y)
    yield svg.rect(ROLE_LEFT, y, ROLE, BOX, "pl-strand-box", rx=3)
    if one.look != "plain":
        yield svg.rect(ROLE_LEFT, y, 4, BOX, f"pl-strand-edge-{one.look}")
    yield from _words(one.role, one.power, ROLE_LEFT + PAD + 4, y, ROLE - 2 * PAD - 4, f"pl-strand-{one.look}")
    yield svg.line(ROLE_LEFT + ROLE, middle, INSIDE_LEFT, middle, "pl-strand-tie")
    if one.accounts > 1:
        for step in (6, 3):
            yield svg.rect(INSIDE_LEFT + step, y + 6 - step, INSIDE, BOX - 12, "pl-strand-box", rx=3)
    look = "pl-strand-box-unseen" if one.is_unseen else "pl-strand-box"
    yield svg.rect(INSIDE_LEFT, y + 6, INSIDE, BOX - 12, look, rx=3)
    yield svg.text(INSIDE_LEFT + PAD, middle + 4, text.cut(one.inside, INSIDE - 2 * PAD, 13), "")


def _party(one: TrustStrand, y: float, wide: float = PARTY) -> Iterator[SafeString]:
    looks = {"none": "pl-strand-box-anyone", "wide": "pl-strand-box-wide"}
    yield svg.rect(PARTY_LEFT + 0.5, y, wide - 1, BOX, looks.get(one.guard, "pl-strand-box"), rx=3)
    on = "pl-strand-on" if one.guard == "none" else ""
    parts = _words(one.party, one.party_kind, PARTY_LEFT + PAD, y, wide - 2 * PAD, on, is_detail_first=True)
    yield svg.element("g", *parts, class_=on)


def _words(
    name: str, detail: str, x: float, y: float, room: float, look: str, *, is_detail_first: bool = False
) -> Iterator[SafeString]:
    above, below = y + 18, y + 34
    name_y, detail_y = (below, above) if is_detail_first else (above, below)
    yield svg.text(x, name_y, text.cut(name, room, 13, text.MEDIUM), "pl-strand-name")
    yield svg.text(x, detail_y, text.cut(detail, room, 12), f"pl-strand-detail {look}".strip())


def _line(one: TrustStrand, y: float) -> Iterator[SafeString]:
    left, tip = PARTY, ROLE_LEFT - 2
    if one.is_unseen:
        yield svg.hatch(left, y - 5, tip - left - ARROW, 10, "pl-strand-unseen")
    else:
        yield svg.line(left, y, tip - ARROW, y, _line_look(one))
    yield svg.path(f"M{svg.number(tip)} {svg.number(y)}l-{svg.number(ARROW)} -4.5v9z", "pl-strand-tip")
    start = left + 14.0
    if one.guard != "none" and not one.is_unseen:
        yield svg.path(f"M{svg.number(left + 20)} {svg.number(y - 6)}l6 6l-6 6l-6 -6z", f"pl-strand-mark-{one.guard}")
    yield svg.text(start, y - 10, text.cut(one.condition, tip - start - 6, 12), "pl-strand-condition")
