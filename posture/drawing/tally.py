"""Draw how many fail through time as steps, what could not be seen hatched on top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.web.templatetags.words import figure

WIDE, NARROW, HEIGHT = 520.0, 318.0, 150.0
TOP, BOTTOM, RIGHT = 10.0, 24.0, 64.0


@dataclass(frozen=True, slots=True)
class TallyDay:
    """How many failed and could not be seen at the end of a day."""

    day: date
    failed: int
    unknown: int


def draw(days: Sequence[TallyDay], label: str, width: float = WIDE) -> SafeString:
    """Return the steps, oldest day first; there must be two days at least."""
    most = max(1, *(one.failed + one.unknown for one in days))
    xs = _positions(days, width - RIGHT)

    def y(count: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / most

    failed = [y(one.failed) for one in days]
    whole = [y(one.failed + one.unknown) for one in days]
    base = svg.number(HEIGHT - BOTTOM)
    area = f"{_steps(xs, failed)}V{base}H0Z"
    band = f"{_steps(xs, whole)}{_back(xs, failed)}Z"
    parts = [
        svg.line(0, HEIGHT - BOTTOM, width - RIGHT, HEIGHT - BOTTOM, "pl-grid"),
        svg.path(area, "pl-tally-area"),
        svg.path(band, fill=svg.HATCH) if any(one.unknown for one in days) else svg.join(()),
        svg.path(_steps(xs, failed), "pl-tally-line"),
    ]
    return svg.picture(width, HEIGHT, label, *parts, *_words(days, xs, failed[-1], width), class_="pl-tally")


def _positions(days: Sequence[TallyDay], width: float) -> list[float]:
    whole = max(1, (days[-1].day - days[0].day).days)
    return [width * (one.day - days[0].day).days / whole for one in days]


def _steps(xs: Sequence[float], ys: Sequence[float]) -> str:
    parts = [f"M{svg.number(xs[0])} {svg.number(ys[0])}"]
    parts += [f"H{svg.number(x)}V{svg.number(y)}" for x, y in zip(xs[1:], ys[1:], strict=True)]
    return "".join(parts)


def _back(xs: Sequence[float], ys: Sequence[float]) -> str:
    parts = [f"V{svg.number(ys[-1])}"]
    parts += [
        f"V{svg.number(ys[place + 1])}H{svg.number(xs[place + 1])}V{svg.number(ys[place])}"
        for place in range(len(xs) - 2, -1, -1)
    ]
    return f"{''.join(parts)}H{svg.number(xs[0])}"


def _words(days: Sequence[TallyDay], xs: Sequence[float], last: float, width: float) -> Iterator[SafeString]:
    first, end = (f"{one.day.day} {one.day:%b}" for one in (days[0], days[-1]))
    yield svg.text(0, HEIGHT - 6, first, "pl-axis")
    yield svg.text(xs[-1], HEIGHT - 6, end, "pl-axis", "end")
    words = text.cut(f"{figure(days[-1].failed)} fail", RIGHT - 8, 13, text.MEDIUM)
    yield svg.text(width - RIGHT + 8, min(max(last + 4, 12), HEIGHT - BOTTOM), words, "pl-tally-last")
