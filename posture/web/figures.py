"""Charts as Plotly JSON, with their numbers.

Built as plain dicts: a `graph_objects.Figure` costs 9 ms.

Colours are the site's own custom properties, `var(--pl-…)`; charts.js puts in their values when it
draws, so that one figure serves light and dark. A figure always carries its numbers as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from posture.web.templatetags.words import day, tenths

Trace = dict[str, Any]

INK, QUIET, LINE = "var(--pl-ink)", "var(--pl-ink-3)", "var(--pl-line)"
FAIL, PASS, UNKNOWN, LINK = "var(--pl-fail)", "var(--pl-pass)", "var(--pl-unknown)", "var(--pl-link)"
SEVERITY_COLOURS = {
    "critical": "var(--pl-critical)",
    "high": "var(--pl-high)",
    "medium": "var(--pl-medium)",
    "low": "var(--pl-low)",
}
FONT = {"family": "Plex Sans, system-ui, sans-serif", "size": 12, "color": QUIET}


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart: name, Plotly traces and layout, and its numbers as a table.

    `height` is short, medium or tall (a class, since style attributes are forbidden).
    """

    id: str
    title: str
    data: list[Trace]
    layout: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    height: str = "medium"

    @property
    def id_data(self) -> str:
        """The id of the element that holds the figure's JSON."""
        return f"{self.id}-data"

    def as_json(self) -> dict[str, Any]:
        """Return what charts.js draws."""
        return {"data": self.data, "layout": self.layout}


@dataclass(frozen=True, slots=True)
class Series:
    """A named line or stack, with a value for each day of the chart.

    None where there is none.
    """

    name: str
    values: Sequence[float | None]
    colour: str
    is_hatched: bool = False
    dash: str = ""
    """Plotly's name of a way of dashing; empty for a solid line."""


def escape_label(text: str) -> str:
    """Return text so that plotly, which reads some HTML in labels, shows it as it is."""
    return escape(text, quote=False)


def layout(**changes: Any) -> dict[str, Any]:
    """Return the layout that all charts share, with what is particular to one."""
    axis = {
        "gridcolor": LINE,
        "linecolor": LINE,
        "zeroline": False,
        "ticks": "",
        "fixedrange": True,
        "automargin": True,
    }
    shared: dict[str, Any] = {
        "autosize": True,
        "font": FONT,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 36, "r": 12, "t": 12, "b": 32},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "var(--pl-surface)", "bordercolor": LINE, "font": {**FONT, "color": INK}},
        "showlegend": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": FONT},
        "dragmode": False,
        "xaxis": {**axis, "showgrid": False, "tickformat": "%-d %b"},
        "yaxis": {**axis, "rangemode": "tozero"},
    }
    for name, value in changes.items():
        kept = shared.get(name)
        shared[name] = {**kept, **value} if isinstance(kept, dict) and isinstance(value, dict) else value
    return shared


def lines(
    figure_id: str,
    title: str,
    days: Sequence[date],
    series: Sequence[Series],
    *,
    stacked: bool = False,
) -> Figure:
    """Draw series through time, over or upon each other."""
    data: list[Trace] = [_line(days, one, stacked=stacked) for one in series]
    changes: dict[str, Any] = {"showlegend": len(series) > 1}
    changes["margin"] = {"t": 32 if len(series) > 1 else 12}
    rows = [
        (day(one), *values)
        for one, *values in reversed(list(zip(days, *(map(_rounded, one.values) for one in series), strict=True)))
    ]
    columns = ("Day", *(one.name for one in series))
    return Figure(figure_id, title, data, layout(**changes), columns, rows)


def _line(days: Sequence[date], one: Series, *, stacked: bool) -> Trace:
    trace: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [each.isoformat() for each in days],
        "y": list(one.values),
        "name": escape_label(one.name),
        "line": {"color": one.colour, "width": 1.5 if stacked else 2, "shape": "hv"},
        "hovertemplate": "%{y:,.0f}",
    }
    if stacked:
        trace |= {"stackgroup": "all", "fillcolor": one.colour}
    if stacked and one.is_hatched:
        trace["fillpattern"] = {"shape": "/", "size": 6, "solidity": 0.3}
    elif one.is_hatched:
        trace["line"]["dash"] = "dot"
    elif one.dash:
        trace["line"]["dash"] = one.dash
    return trace


def bars(figure_id: str, title: str, labels: Sequence[str], series: Sequence[Series], *, noun: str = "") -> Figure:
    """Draw horizontal stacked bars, first label on top."""
    data: list[Trace] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": [escape_label(label) for label in labels],
            "x": list(one.values),
            "name": escape_label(one.name),
            "marker": {"color": one.colour, "pattern": {"shape": "/" if one.is_hatched else "", "size": 6}},
            "hovertemplate": "%{x:,.0f}",
        }
        for one in series
    ]
    changes = layout(
        barmode="stack",
        hovermode="y unified",
        showlegend=len(series) > 1,
        margin={"t": 32 if len(series) > 1 else 12},
        xaxis={"showgrid": True, "tickformat": ",d", "rangemode": "tozero"},
        yaxis={"autorange": "reversed", "showgrid": False},
    )
    rows = list(zip(labels, *(one.values for one in series), strict=True))
    return Figure(figure_id, title, data, changes, (noun, *(one.name for one in series)), rows)


def format_points(value: float) -> str:
    """Word a change of a score in tenths of a point, with its sign."""
    return tenths(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _iso(at: date | datetime) -> str:
    return at.isoformat()
