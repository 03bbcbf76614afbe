"""Draw what a practice is about in the space of a few lines.

Each kind of fact has a form of its own.

Every form says pass, fail and unknown by shape as well as by hue: full, slashed or red-edged, and hatched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import marks, svg, text
from posture.drawing.marks import StateMark

WIDTH, HEIGHT = 334.0, 70.0
MINI_WIDTH, MINI_HEIGHT = 200.0, 20.0
ROW, ROWS_MAX, NAMES, FIGURES = 17.5, 4, 120.0, 66.0
PART_MIN = 2.0
SQUARE, SQUARE_PITCH, SQUARES_MAX = 11.0, 14.0, 88
MARKS_MAX = 36


@dataclass(frozen=True, slots=True)
class GlyphShare:
    """A named whole in parts; where it leads, and its words on hover."""

    name: str
    passed: int
    failed: int
    unknown: int
    url: str = ""
    title: str = ""

    @property
    def total(self) -> int:
        """All of it."""
        return self.passed + self.failed + self.unknown


@dataclass(frozen=True, slots=True)
class GlyphCount:
    """A named number; `kind` is the suffix of its fill, and a late one is framed."""

    name: str
    value: int
    kind: str = "fail"
    url: str = ""
    is_late: bool = False


def shares(rows: Sequence[GlyphShare], label: str, *, mini: bool = False) -> SafeString:
    """Return horizontal bars, each in parts of its own whole."""
    if mini:
        shown = rows[:3]
        tall = min(8.0, (MINI_HEIGHT - 2 * (len(shown) - 1)) / max(1, len(shown)))
        bars = [part for at, row in enumerate(shown) for part in _bar(row, 0, at * (tall + 2), MINI_WIDTH, tall)]
        return _mini(label, bars)
    drawn = []
    for at, row in enumerate(rows[:ROWS_MAX]):
        y = at * ROW
        inside = [svg.text(0, y + 12, text.cut(row.name, NAMES - 8, 12), "pl-glyph-name")]
        inside += _bar(row, NAMES, y + 4, WIDTH - NAMES - FIGURES, 9)
        figure = f"{row.passed:,} of {row.total:,}"
        inside.append(svg.text(WIDTH, y + 12, figure, "pl-glyph-figure", "end"))
        drawn.append(svg.link(row.url, row.title or f"{row.name}: {figure}", *inside, class_="pl-glyph-link"))
    return _full(label, drawn)


def columns(columns: Sequence[GlyphShare], label: str, *, mini: bool = False) -> SafeString:
    """Return upright bars side by side, filled from below, their names under them."""
    width, tall = (MINI_WIDTH, MINI_HEIGHT) if mini else (WIDTH, 48.0)
    pitch = width / max(1, len(columns))
    wide = min(pitch - 4, 24 if mini else 34)
    drawn = []
    for at, one in enumerate(columns):
        x = at * pitch + (0 if mini else (pitch - wide) / 2)
        inside = list(_column(one, x, tall, wide))
        if not mini:
            name = text.cut(one.name, pitch - 1, 11)
            inside.append(svg.text(at * pitch + pitch / 2, tall + 16, name, "pl-glyph-small", "middle"))
        drawn.append(svg.link(one.url, one.title or one.name, *inside, class_="pl-glyph-link"))
    return _mini(label, drawn) if mini else _full(label, drawn)


def counts(found: Sequence[GlyphCount], label: str, *, mini: bool = False) -> SafeString:
    """Return numbers in boxes of equal size.

    Filled where there are any, an outline where there are none.
    """
    width, tall = (MINI_WIDTH, MINI_HEIGHT) if mini else (WIDTH, 44.0)
    pitch = width / max(1, len(found))
    wide = min(pitch - 4, 36.0) if mini else pitch - 6
    drawn = []
    for at, one in enumerate(found):
        x = at * pitch
        kind = f"pl-glyph-{one.kind}" if one.value else "pl-glyph-zero"
        inside = [svg.rect(x + 0.5, 0.5, wide - 1, tall - 1, kind, rx=2)]
        size = "pl-glyph-small" if mini else "pl-glyph-number"
        inside.append(svg.text(x + wide / 2, tall / 2 + (4 if mini else 7), f"{one.value:,}", size, "middle"))
        if not mini:
            name = text.cut(one.name, pitch - 4, 11)
            inside.append(svg.text(x + wide / 2, tall + 16, name, "pl-glyph-small", "middle"))
        drawn.append(svg.link(one.url, f"{one.name}: {one.value:,}", *inside, class_="pl-glyph-link"))
    return _mini(label, drawn) if mini else _full(label, drawn)


def histogram(found: Sequence[GlyphCount], label: str, *, mini: bool = False) -> SafeString:
    """Return numbers as upright bars on one scale, from a common floor.

    Late ones are darker and framed.
    """
    width, tall = (MINI_WIDTH, MINI_HEIGHT) if mini else (WIDTH, 36.0)
    top = 0.0 if mini else 14.0
    pitch = width / max(1, len(found))
    most = max((one.value for one in found), default=0) or 1
    drawn = []
    for at, one in enumerate(found):
        x, high = at * pitch, max(PART_MIN if one.value else 0.0, tall * one.value / most)
        kind = "pl-glyph-late" if one.is_late else "pl-glyph-early"
        inside = [svg.rect(x, top + tall - high, pitch - 4, high, kind)]
        base = top + tall + (0.5 if not mini else -0.5)
        inside.append(svg.line(x, base, x + pitch - 4, base, "pl-grid"))
        if not mini:
            middle = x + (pitch - 4) / 2
            inside.append(svg.text(middle, top + tall - high - 3, f"{one.value:,}", "pl-glyph-small", "middle"))
            inside.append(svg.text(middle, top + tall + 15, one.name, "pl-glyph-small", "middle"))
        drawn.append(svg.link(one.url, f"{one.name}: {one.value:,}", *inside, class_="pl-glyph-link"))
    return _mini(label, drawn) if mini else _full(label, drawn)


def squares(one: GlyphShare, label: str, *, mini: bool = False) -> SafeString:
    """Return a square for each, those that fail first; a bar where they are too many."""
    if one.total > (50 if mini else SQUARES_MAX):
        return shares([one], label, mini=mini)
    size, pitch = (7.0, 9.0) if mini else (SQUARE, SQUARE_PITCH)
    a_row = int((MINI_WIDTH if mini else WIDTH) // pitch)
    kinds = [StateMark.OFF] * one.failed + [StateMark.UNSEEN] * one.unknown + [StateMark.ON] * one.passed
    drawn = [
        part
        for at, kind in enumerate(kinds)
        for part in marks.mark(kind, at % a_row * pitch + 0.5, at // a_row * pitch + 0.5, size)
    ]
    words = f"{one.name}: {one.passed:,} of {one.total:,}"
    if mini:
        return _mini(label, [svg.link("", words, *drawn)])
    below = -(-len(kinds) // a_row) * pitch + 14
    caption = svg.text(0, below, text.cut(words, WIDTH, 12), "pl-glyph-name")
    return _full(label, [svg.link(one.url, words, *drawn, caption, class_="pl-glyph-link")], max(HEIGHT, below + 4))


def steps(found: Sequence[tuple[StateMark, str, str]], label: str, caption: str, *, mini: bool = False) -> SafeString:
    """Return a mark for each check (mark, name, URL), with a line of words."""
    size, pitch = (9.0, 12.0) if mini else (14.0, 18.0)
    a_row = int((MINI_WIDTH if mini else WIDTH) // pitch)
    shown = found[: a_row if mini else MARKS_MAX]
    drawn = [
        svg.link(
            "" if mini else url,
            name,
            *marks.mark(kind, at % a_row * pitch + 0.5, at // a_row * (pitch + 1) + 0.5, size),
            class_="pl-marks-cell",
        )
        for at, (kind, name, url) in enumerate(shown)
    ]
    if mini:
        return _mini(label, drawn)
    below = -(-len(shown) // a_row) * (pitch + 1) + 13
    return _full(label, [*drawn, svg.text(0, below, text.cut(caption, WIDTH, 12), "pl-glyph-name")])


def _bar(row: GlyphShare, x: float, y: float, room: float, tall: float) -> Iterator[SafeString]:
    if not row.total:
        yield svg.rect(x + 0.5, y + 0.5, room - 1, tall - 1, "pl-glyph-zero")
        return
    at = x
    for value, kind in ((row.passed, "pass"), (row.failed, "fail"), (row.unknown, "unknown")):
        if not value:
            continue
        long = max(PART_MIN, room * value / row.total)
        at = min(at, x + room - long)
        yield svg.rect(at, y, long, tall, f"pl-glyph-{kind}")
        if kind == "unknown":
            yield svg.hatch(at, y, long, tall)
        at += long


def _column(one: GlyphShare, x: float, tall: float, wide: float) -> Iterator[SafeString]:
    yield svg.rect(x + 0.5, 0.5, wide - 1, tall - 1, "pl-glyph-zero")
    bottom = tall
    for value, kind in ((one.passed, "pass"), (one.unknown, "unknown"), (one.failed, "fail")):
        if not value or not one.total:
            continue
        high = max(PART_MIN, tall * value / one.total)
        bottom = max(0.0, bottom - high)
        yield svg.rect(x, bottom, wide, high, f"pl-glyph-{kind}")
        if kind == "unknown":
            yield svg.hatch(x, bottom, wide, high)


def _full(label: str, drawn: Sequence[SafeString], height: float = HEIGHT) -> SafeString:
    return svg.picture(WIDTH, height, label, *drawn, class_="pl-glyph pl-marks")


def _mini(label: str, drawn: Sequence[SafeString]) -> SafeString:
    return svg.picture(MINI_WIDTH, MINI_HEIGHT, label, *drawn, class_="pl-glyph pl-glyph-mini pl-marks")
