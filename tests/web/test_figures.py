"""Every figure is one that plotly understands, and carries its numbers."""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go
import pytest

from posture.web import figures
from posture.web.figures import Figure, Series

DAYS = [date(2026, 3, day) for day in (1, 2, 3)]


def all_figures() -> list[Figure]:
    """Return one of each kind."""
    series = [Series("Critical", [1, None, 3], figures.FAIL), Series("Unknown", [2, 2, 2], figures.UNKNOWN, True)]
    return [
        figures.lines("lines", "Findings", DAYS, series),
        figures.lines("stack", "Findings", DAYS, series, stacked=True),
        figures.bars("bars", "By account", ["a", "b", "c"], series, noun="Account"),
    ]


@pytest.mark.parametrize("figure", all_figures(), ids=lambda figure: figure.id)
def test_plotly_takes_it(figure: Figure) -> None:
    go.Figure(data=figure.data, layout=figure.layout)


@pytest.mark.parametrize("figure", all_figures(), ids=lambda figure: figure.id)
def test_the_numbers_are_all_there(figure: Figure) -> None:
    assert len(figure.rows) == 3
    assert all(len(row) == len(figure.columns) for row in figure.rows)


def test_plotly_would_complain_of_a_broken_one() -> None:
    with pytest.raises(ValueError, match="Invalid property"):
        go.Figure(data=[{"type": "scatter", "colour": "red"}])


def test_newest_numbers_come_first() -> None:
    figure = figures.lines("lines", "Findings", DAYS, [Series("High", [70.0, 71.0, 72.0], figures.FAIL)])
    assert figure.rows[0] == ("3 Mar 2026", 72.0)


def test_hostile_names_are_shown_and_not_read_as_markup() -> None:
    bars = figures.bars("bars", "By account", ["<b>x</b>"], [Series("<i>n</i>", [1], figures.FAIL)])
    assert (bars.data[0]["y"], bars.data[0]["name"]) == (["&lt;b&gt;x&lt;/b&gt;"], "&lt;i&gt;n&lt;/i&gt;")
