"""Draw the lines of the panels: the score's two ends, and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.utils.safestring import SafeString

from posture.drawing import svg
from posture.drawing.drift.axes import AxisPanel, Plot, draw_axis
from posture.drawing.drift.figures import draw_figures
from posture.drawing.drift.model import DriftDay


def draw_score(panel: AxisPanel, days: Sequence[DriftDay]) -> Iterator[SafeString]:
    """Yield the score's panel: both ends of the range, and hatching between."""
    yield from draw_axis(panel)
    for run in _runs(days):
        end = _end(panel.plot, days, run)
        lower = _steps(panel, run, lambda day: day.low or 0.0, end)
        upper = _steps(panel, run, lambda day: day.low or 0.0 if day.high is None else day.high, end)
        back = "".join(
            f"V{svg.number(panel.y(day.low or 0.0))}H{svg.number(panel.plot.x(day.day))}" for day in reversed(run)
        )
        yield svg.path(f"{upper}{back}Z", "pl-drift-unseen", fill=svg.HATCH)
        yield svg.path(upper, "pl-drift-high-end")
        yield svg.path(lower, "pl-trend-low")
    if days[-1].low is not None:
        x, y = panel.plot.right, panel.y(days[-1].low)
        yield svg.path(f"M{svg.number(x - 6)} {svg.number(y - 12)}h12l-6 12z", "pl-fill-brass")
    yield from draw_figures(panel)


def _runs(days: Sequence[DriftDay]) -> list[list[DriftDay]]:
    """Return the days that have a score, cut where one has none."""
    runs: list[list[DriftDay]] = [[]]
    for day in days:
        if day.low is None:
            runs.append([])
        else:
            runs[-1].append(day)
    return [run for run in runs if run]


def _end(plot: Plot, days: Sequence[DriftDay], run: Sequence[DriftDay]) -> float:
    """Return where the last step of a run ends.

    At the next day, or at the end of the axis.
    """
    after = next((day for day in days if day.day > run[-1].day), None)
    return plot.x(after.day) if after else plot.right


def draw_counts(panel: AxisPanel, days: Sequence[DriftDay], number: int) -> Iterator[SafeString]:
    """Yield the panel of one count, filled below where it begins at zero."""
    yield from draw_axis(panel)
    line = _steps(panel, days, lambda day: float(day.counts[number]), panel.plot.right)
    if panel.range.floor == 0 and number == 0:
        base = svg.number(panel.bottom)
        yield svg.path(
            f"{line}V{base}H{svg.number(panel.plot.x(days[0].day))}Z", f"pl-drift-area pl-fill-{panel.figures.kind}"
        )
    yield svg.path(line, f"pl-drift-line pl-drift-{panel.figures.kind}")
    yield from draw_figures(panel)


def _steps(panel: AxisPanel, days: Sequence[DriftDay], value: Callable[[DriftDay], float], end: float) -> str:
    parts: list[str] = []
    for day in days:
        x, y = svg.number(panel.plot.x(day.day)), svg.number(panel.y(value(day)))
        parts.append(f"H{x}V{y}" if parts else f"M{x} {y}")
    return f"{''.join(parts)}H{svg.number(end)}"
