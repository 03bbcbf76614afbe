"""Draw the events on the time axis, the largest with their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.drift.axes import Plot
from posture.drawing.drift.model import Chart

ROWS, ROW, LABEL, LABEL_MAX = 3, 16.0, 12, 250.0
"""Rows of event labels, their height, font size and width at most."""


def events_y(plot: Plot) -> float:
    """Return where the row of events is."""
    return 10.0 if plot.is_narrow else ROWS * ROW + 18


def draw_events(plot: Plot, chart: Chart, bottom: float) -> Iterator[SafeString]:
    """Yield each event on the axis.

    The largest named on three rows, the others as ticks.
    """
    y = events_y(plot)
    if not plot.is_narrow:
        yield svg.text(0, y + 4, "Events", "pl-drift-name")
    placed: list[tuple[float, float, int, float]] = []
    last = chart.days[-1].day
    within = [one for one in chart.events if plot.first <= one.day <= last]
    for event in sorted(within, key=lambda one: (-abs(one.effect), one.day)):
        x = plot.x(event.day)
        label = "" if plot.is_narrow else text.cut(event.label or event.title, LABEL_MAX, LABEL)
        place = _position_label(plot, x, text.width(label, LABEL), placed) if label else None
        if place is None and not plot.is_narrow:
            mark = [svg.rect(x - 5, y - 9, 10, 18, "pl-drift-hit"), svg.line(x, y - 5, x, y + 5, "pl-drift-tick")]
        else:
            mark = [svg.path(f"M{svg.number(x)} {svg.number(y - 5)}l5 5l-5 5l-5 -5z", "pl-fill-brass")]
            yield svg.line(x, y + 5, x, bottom, "pl-drift-leader")
        if place is not None:
            placed.append(place)
            start, _, row, _ = place
            base = y - 14 - row * ROW
            if row:
                mark.append(svg.line(x, base + 4, x, y - 5, "pl-drift-leader"))
            mark.append(svg.text(start, base, label, "pl-drift-event"))
        yield svg.link(event.url, f"{event.day:%-d %B}: {event.title}", *mark, class_="pl-drift-link")


def _position_label(
    plot: Plot, x: float, width: float, placed: Sequence[tuple[float, float, int, float]]
) -> tuple[float, float, int, float] | None:
    """Return start, end, row and leader of a label; None without room.

    It is on the lowest row where it touches nothing.
    """
    start = min(max(x - width / 2, plot.left), plot.right - width)
    end = start + width
    for row in range(ROWS):
        touches = any(
            (other == row and begin < end + 14 and start < finish + 14)
            or (other < row and begin - 4 < x < finish + 4)
            or (other > row and start - 4 < leader < end + 4)
            for begin, finish, other, leader in placed
        )
        if not touches:
            return start, end, row, x
    return None
