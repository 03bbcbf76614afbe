"""Charts of drift: labels never touch, lines stay within axes, parts add up."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.drawing import attribution, balance, drift, text
from posture.drawing.drift.axes import tidy
from posture.pages.drift import charts
from posture.web.templatetags.words import MINUS

HOSTILE = "</svg><script>alert(1)</script>\x00\x1b\"'&日本"
START = date(2026, 9, 1)


def chart(
    days: int = 12, events: list[drift.DriftEvent] | None = None, gap: int = 0, lows: tuple[float | None, ...] = ()
) -> drift.Chart:
    """Return weekly sweeps, the last one late by `gap` days."""
    sweeps = [START + timedelta(days=7 * number + (gap if number == days - 1 else 0)) for number in range(days)]
    known = [
        drift.DriftDay(day, lows[n] if lows else 80.0 + n % 3, 84.0, (n % 4, 100 + n, 600 - n, 200))
        for n, day in enumerate(sweeps)
    ]
    names = ("Score", "Critical", "High", "Medium", "Low")
    figures = [drift.PeriodFigures(one, one.lower(), "1,234", "+2", "worse", "12 opened, 10 resolved") for one in names]
    columns = [
        drift.PeriodColumn(a, b, f"{a}", f"/{a}") for a, b in zip(sweeps, [*sweeps[1:], sweeps[-1]], strict=True)
    ]
    return drift.Chart(known, figures, events or [], columns, sweeps[-3], sweeps[-1])


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314 - our own markup


@given(st.floats(0, 5000), st.floats(0, 900), st.integers(1, 6))
def test_an_axis_holds_its_line_and_is_labelled_in_whole_numbers(low: float, more: float, steps: int) -> None:
    found = tidy(low, low + more, steps)
    assert found.floor <= low <= low + more <= found.ceiling
    assert found.floor == int(found.floor)
    assert found.step == int(found.step) >= 1


def test_critical_findings_begin_at_zero() -> None:
    assert tidy(900, 903, 3, from_zero=True).floor == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 77), st.floats(-5, 5), st.text("abcdefgh ", min_size=1, max_size=60)), max_size=25
    )
)
def test_event_labels_touch_neither_each_other_nor_a_leader(events: list[tuple[int, float, str]]) -> None:
    drawn = parsed(
        drift.draw(chart(events=[drift.DriftEvent(START + timedelta(days=d), t, e, "/") for d, e, t in events]), "x")
    )
    labels = []
    for link in drawn.iter("a"):
        found = link.find("text")
        if link.get("class") == "pl-drift-link" and found is not None:
            start = float(found.get("x", ""))
            labels.append((start, start + text.width(found.text or "", 12), float(found.get("y", ""))))
            assert start >= 127
            assert labels[-1][1] <= 901
    leaders = [one for one in drawn.iter("line") if one.get("class") == "pl-drift-leader"]
    for number, (start, end, y) in enumerate(labels):
        assert not any(y == other and start < finish and begin < end for begin, finish, other in labels[:number])
        for leader in leaders:
            x, top, bottom = (float(leader.get(each, "")) for each in ("x1", "y1", "y2"))
            assert not (start < x < end and top < y - 4 < bottom)


def test_each_sweep_leads_to_its_day_and_the_period_is_marked() -> None:
    drawn = drift.draw(chart(), "x")
    assert drawn.count('class="pl-drift-column"') == 12
    assert drawn.count('class="pl-drift-period"') == 1
    assert drawn.count('class="pl-drift-edge"') == 2


def test_a_time_without_sweeps_is_hatched_and_a_day_without_a_score_cuts_the_line() -> None:
    assert "pl-drift-silence" not in drift.draw(chart(), "x")
    assert "No sweep between" in drift.draw(chart(gap=30), "x")
    cut = chart(lows=(80.0,) * 5 + (None,) + (81.0,) * 6)
    assert drift.draw(cut, "x").count('class="pl-trend-low"') == 2


def test_one_day_makes_no_line() -> None:
    whole = chart()
    assert drift.draw(drift.Chart(whole.days[:1], whole.figures, (), (), START, START), "x") == ""


def fall(points: list[float]) -> attribution.Waterfall:
    parts = [
        attribution.AttributionPart(f"part {number}", "a · 3 findings", one, "/") for number, one in enumerate(points)
    ]
    group = attribution.AttributionGroup("Fixed", round(sum(points), 1), parts, "/")
    return attribution.Waterfall(80.0, 80.0 + sum(points), "Score on 1 October", "Score now", [group])


@pytest.mark.parametrize("width", [attribution.WIDE, attribution.NARROW])
@given(points=st.lists(st.integers(-90, 90).map(lambda one: one / 10), min_size=1, max_size=8))
def test_bars_follow_each_other_within_the_picture(width: float, points: list[float]) -> None:
    drawn = parsed(attribution.draw(fall(points), "x", width))
    level = None
    for link in drawn.iter("a"):
        bar = link.find("rect")
        if bar is None:
            continue
        left, long = float(bar.get("x", "")), float(bar.get("width", ""))
        rises = bar.get("class") == "pl-fill-better"
        start, end = (left, left + long) if rises else (left + long, left)
        assert left >= 0
        assert left + long <= width
        if level is not None:
            assert start == pytest.approx(level, abs=2.5)  # a bar is drawn two pixels wide at least
        level = end


def test_what_could_be_seen_is_hatched_and_never_green() -> None:
    parts = [attribution.AttributionPart("3 listings readable again", "", 1.2)]
    group = attribution.AttributionGroup("Visibility", 1.2, parts, is_hatched=True)
    drawn = attribution.draw(attribution.Waterfall(80, 81.2, "a", "b", [group]), "x")
    assert "pl-hatch" in drawn
    assert "better" not in drawn


def test_opened_and_resolved_share_one_scale() -> None:
    scale = balance.Scale(opened=1000, resolved=2000)
    drawn = parsed(balance.draw(1000, 2000, scale))
    opened, resolved = (float(one.get("width", "")) for one in drawn.iter("rect"))
    assert resolved == pytest.approx(2 * opened, abs=0.2)
    assert float(drawn.get("width", "")) < 290


def test_hostile_names_stay_text() -> None:
    event = drift.DriftEvent(START, HOSTILE, 2.0, "/?q=" + HOSTILE)
    part = attribution.AttributionPart(HOSTILE, HOSTILE, 1.0, "/?q=" + HOSTILE)
    group = attribution.AttributionGroup(HOSTILE, 1.0, [part], "/")
    for drawn in (
        drift.draw(chart(events=[event]), HOSTILE),
        attribution.draw(attribution.Waterfall(1, 2, HOSTILE, HOSTILE, [group]), HOSTILE),
        balance.level(4, HOSTILE),
    ):
        assert "<script" not in drawn
        assert "style=" not in re.sub(r">[^<]*<", "><", drawn)
        parsed(drawn)


def test_the_title_of_the_bridge_is_its_point() -> None:
    fixed = attribution.AttributionGroup("Fixed", 1.8, [])
    seen = attribution.AttributionGroup("Visibility", -2.4, [], is_hatched=True)
    assert charts.why_title([fixed, seen], -0.6) == f"Visibility: {MINUS}2.4; the score moved by {MINUS}0.6"
    assert charts.why_title([fixed], 0.0) == "Fixed: +1.8; the score is as it was"
