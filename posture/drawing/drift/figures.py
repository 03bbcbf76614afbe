"""Write the figures of a panel: next to it, or above it on a phone."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.drift.axes import AxisPanel


def draw_figures(panel: AxisPanel) -> Iterator[SafeString]:
    """Yield a panel's figures, as one link."""
    figures = panel.figures
    title = " ".join(part for part in (figures.name, figures.value, figures.change, figures.note) if part)
    inside = _figures_above(panel) if panel.plot.is_narrow else _figures_right(panel)
    yield svg.link(figures.url, title, *inside, class_="pl-drift-figures")


def _figures_right(panel: AxisPanel) -> Iterator[SafeString]:
    figures, y, x = panel.figures, panel.top, panel.plot.right + 18
    yield svg.text(0, y + 12, figures.name, "pl-drift-name")
    if figures.kind != "score":
        yield svg.rect(0, y + 18, 24, 3, f"pl-fill-{figures.kind}")
    if panel.range.floor:
        yield svg.text(0, y + 36, f"from {panel.range.floor:,.0f}", "pl-axis")
    yield svg.text(x, y + 24, figures.value, "pl-drift-value")
    left = max(x + 64, x + text.width(figures.value, 26, text.LIGHT) + 14)
    yield svg.text(left, y + 12, figures.change, f"pl-drift-change pl-drift-{figures.tone}")
    for number, words in enumerate(text.wrap(figures.note, panel.plot.width - left, 3, 12)):
        yield svg.text(left, y + 28 + 15 * number, words, "pl-axis")


def _figures_above(panel: AxisPanel) -> Iterator[SafeString]:
    figures, y = panel.figures, panel.top - 12
    yield svg.text(0, y, figures.name, "pl-drift-name")
    x = 64.0
    yield svg.text(x, y, figures.value, "pl-drift-value")
    x += text.width(figures.value, 26, text.LIGHT) + 10
    yield svg.text(x, y - 13, figures.change, f"pl-drift-change pl-drift-{figures.tone}")
    yield svg.text(x, y + 1, text.cut(figures.note, panel.plot.width - x, 12), "pl-axis")
