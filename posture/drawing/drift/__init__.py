"""Draw score and open findings on one time axis, with a selected period."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.safestring import SafeString

from posture.drawing import svg
from posture.drawing.drift.axes import HEIGHT, NARROW, WIDE, AxisPanel, Plot, draw_ticks, plot_of, tidy
from posture.drawing.drift.events import draw_events, events_y
from posture.drawing.drift.lines import draw_counts, draw_score
from posture.drawing.drift.model import Chart, DriftDay, DriftEvent, PeriodColumn, PeriodFigures
from posture.drawing.drift.spans import draw_columns, draw_period, draw_silences

__all__ = ["NARROW", "Chart", "DriftDay", "DriftEvent", "PeriodColumn", "PeriodFigures", "Plot", "draw", "plot_of"]


SCORE_HEIGHT, CRITICAL_HEIGHT, GAP = 150.0, 70.0, 24.0
HEAD = 40.0
"""Pixels above each panel of a narrow picture, in which its name and figures are."""
SCORE_STEPS, CRITICAL_STEPS, STEPS = 5, 3, 4
FULL = 100.0


def draw(chart: Chart, label: str, width: float = WIDE) -> SafeString:
    """Return the picture; "" without two days to draw a line between."""
    if len(chart.days) < 2:  # noqa: PLR2004 - a line has two ends
        return svg.join(())
    plot = plot_of(chart.days, width)
    panels = [*_panels(plot, chart)]
    top, bottom = panels[0].top, panels[-1].bottom
    start = events_y(plot)
    parts = [
        *draw_period(plot, chart, start, bottom),
        *draw_columns(plot, chart, start, bottom),
        *draw_silences(plot, chart.days, top, bottom),
        *draw_events(plot, chart, bottom),
        *draw_score(panels[0], chart.days),
        *(part for number, panel in enumerate(panels[1:]) for part in draw_counts(panel, chart.days, number)),
        *draw_ticks(plot, chart, bottom),
    ]
    return svg.picture(width, bottom + 30, label, *parts, class_="pl-drift")


def _panels(plot: Plot, chart: Chart) -> Iterator[AxisPanel]:
    known = [value for day in chart.days for value in (day.low, day.high) if value is not None] or [0.0, FULL]
    y = events_y(plot) + (HEAD if plot.is_narrow else 20)
    gap = HEAD + 8 if plot.is_narrow else GAP
    yield AxisPanel(plot, y, SCORE_HEIGHT, tidy(min(known), max(known), SCORE_STEPS, most=FULL), chart.figures[0])
    y += SCORE_HEIGHT + gap
    for number, figures in enumerate(chart.figures[1:]):
        counts = [day.counts[number] for day in chart.days]
        is_critical = number == 0
        height = CRITICAL_HEIGHT if is_critical else HEIGHT
        yield AxisPanel(
            plot,
            y,
            height,
            tidy(min(counts), max(counts), CRITICAL_STEPS if is_critical else STEPS, from_zero=is_critical),
            figures,
        )
        y += height + gap
