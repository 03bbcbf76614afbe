"""Draw resources by family: one row a family, one block a type, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

ROW, BLOCK, HEAD = 36.0, 24.0, 22.0
WIDE, NARROW = 726.0, 324.0
NAMES, REST, FIGURES = 128.0, 150.0, 100.0
"""Pixels of the family's name, of the types without a label, and of the figures at the right."""
BLOCK_MIN, FOOT = 3.0, 4.0
CUT_SHARE = 0.6
"""The share of all resources from which on a type's block is cut, since all others would vanish next to it."""


@dataclass(frozen=True, slots=True)
class TypeBlock:
    """A resource type: how many there are, how many of them fail and cannot be seen."""

    name: str
    count: int
    failing: int
    unseen: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """Types that belong together, the one with most resources first."""

    name: str
    kinds: Sequence[TypeBlock]

    @property
    def count(self) -> int:
        """How many resources there are."""
        return sum(kind.count for kind in self.kinds)

    @property
    def failing(self) -> int:
        """How many of them fail."""
        return sum(kind.failing for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class _FamilyScale:
    """Pixels of a resource; a count past `most` is drawn as `most`, with a break."""

    width: float
    unit: float
    most: float

    @property
    def is_narrow(self) -> bool:
        return self.width < WIDE

    @property
    def left(self) -> float:
        return 96.0 if self.is_narrow else NAMES

    def long(self, count: int) -> float:
        return max(BLOCK_MIN, min(count, self.most) * self.unit)


def draw(families: Sequence[FamilyRow], label: str, width: float = WIDE) -> SafeString:
    """Return the picture."""
    scale = _scale(families, width)
    heads = () if scale.is_narrow else (svg.text(width - 62, 12, "resources", "pl-axis", "end"),)
    rows = [part for place, one in enumerate(families) for part in _row(one, HEAD + place * ROW, scale)]
    failing = svg.text(width, 12, "failing", "pl-axis", "end")
    return svg.picture(width, HEAD + len(families) * ROW, label, *heads, failing, *rows, class_="pl-families")


def _scale(families: Sequence[FamilyRow], width: float) -> _FamilyScale:
    total = sum(family.count for family in families)
    largest = max((kind.count for family in families for kind in family.kinds), default=0)
    most = float(largest)
    if largest >= CUT_SHARE * total and total > largest:
        most = max(total - largest, 1) * 1.0
    longest = max((sum(min(kind.count, most) for kind in family.kinds) for family in families), default=0.0)
    is_narrow = width < WIDE
    gaps = max((len(family.kinds) for family in families), default=0) * (BLOCK_MIN + 1)
    room = width - (96.0 + 84.0 if is_narrow else NAMES + REST + FIGURES) - gaps
    return _FamilyScale(width, room / longest if longest else 0.0, most)


def _row(family: FamilyRow, y: float, scale: _FamilyScale) -> Iterator[SafeString]:
    yield svg.text(0, y + 20, text.cut(family.name, scale.left - 10, 13), "pl-families-name")
    x, unnamed = scale.left, list[str]()
    for kind in family.kinds:
        long = scale.long(kind.count)
        label = "" if scale.is_narrow else _label(kind, long)
        if not label:
            unnamed.append(kind.name)
        yield _block(kind, x, y + 4, long, label, is_cut=kind.count > scale.most)
        x += long + 1
    right = scale.width - (44.0 if scale.is_narrow else 62.0)
    if unnamed and not scale.is_narrow:
        room = right - 42 - x - 8
        lines = text.wrap(", ".join(unnamed), room, 2, 11) or (text.cut(", ".join(unnamed), room, 11),)
        for place, words in enumerate(lines):
            top = y + 20 if len(lines) == 1 else y + 14 + 13 * place
            yield svg.text(x + 8, top, words, "pl-families-rest")
    yield svg.text(right, y + 20, f"{family.count:,}", "pl-families-count", "end")
    tone = "pl-drift-worse" if family.failing else "pl-drift-even"
    yield svg.text(scale.width, y + 20, f"{family.failing:,}", f"pl-families-count {tone}", "end")


def _label(kind: TypeBlock, long: float) -> str:
    words = f"{kind.name} {kind.count:,}"
    if text.width(words, 12) + 12 <= long:
        return words
    return kind.name if text.width(kind.name, 12) + 12 <= long else ""


def _block(kind: TypeBlock, x: float, y: float, long: float, label: str, *, is_cut: bool) -> SafeString:
    share = min(1.0, kind.failing / kind.count) if kind.count else 0.0
    hidden = min(1.0, kind.unseen / kind.count) if kind.count else 0.0
    parts = [svg.rect(x, y, long, BLOCK, "pl-families-block")]
    if hidden:
        parts.append(svg.hatch(x + long * (1 - hidden), y, max(long * hidden, 2.0), BLOCK))
    if share:
        parts.append(svg.rect(x, y + BLOCK - FOOT, max(long * share, 2.0), FOOT, "pl-fill-worse"))
    if is_cut:
        middle = svg.number(x + long - 14)
        parts.append(svg.path(f"M{middle} {svg.number(y + BLOCK)}l6 -{BLOCK:.0f}", "pl-families-break"))
    if label:
        parts.append(svg.text(x + 6, y + 15, label, "pl-families-label"))
    words = f"{kind.name}: {kind.count:,}, {kind.failing:,} failing"
    words += f", {kind.unseen:,} not seen" if kind.unseen else ""
    return svg.link(kind.url, words, *parts, class_="pl-families-kind")
