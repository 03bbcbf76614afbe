"""Drawings and words say what is, to eyes and ears alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from posture.core.outcome import Severity
from posture.core.score import Band
from posture.web.templatetags import marks, plumb, words


def render(source: str, **values: object) -> str:
    """Render a template with the built-in tags."""
    return Template(source).render(Context(values))


def test_every_icon_of_a_badge_exists() -> None:
    for severity in Severity:
        assert severity.label in marks.severity(severity)
    for name, (_, label) in marks.STATES.items():
        assert label in marks.status(name)


def test_a_missing_icon_says_what_to_do() -> None:
    with pytest.raises(marks.MissingIconError, match=r"static/icons\.txt"):
        marks.icon("no-such-icon")


def test_labels_are_escaped() -> None:
    assert "<script>" not in marks.status("fail", "<script>")


@pytest.mark.parametrize(
    ("value", "better", "expected"),
    [(2, "up", "better"), (-2, "up", "worse"), (2, "down", "worse"), (-2, "down", "better")],
)
def test_a_change_says_which_way_is_good(value: int, better: str, expected: str) -> None:
    assert f"{expected}: " in marks.change(value, better=better)


def test_no_comparison_is_no_change() -> None:
    assert "no comparison" in marks.change(None)
    assert "unchanged" in marks.change(0.3)


def test_a_change_of_one_is_one() -> None:
    assert "+1 point<" in marks.change(1, unit="point")
    assert "+2 points<" in marks.change(2, unit="point")


def test_a_bar_shows_the_unknown_hatched_and_in_words() -> None:
    html = render("{% proportions 2 1 1 %}")
    assert 'fill="url(#pl-hatch)" x="75.00%" y="0" height="8" width="25.00%"' in html
    assert "4 resources: 2 pass, 1 fail, 1 unknown" in html


def test_nothing_to_judge_is_no_full_bar() -> None:
    assert "pl-fill-pass" not in render("{% proportions 0 0 0 %}")


def test_a_band_shows_both_ends_only_where_they_differ() -> None:
    assert "78" in marks.band(SimpleNamespace(low=78.2, high=78.4))
    assert "84" not in marks.band(SimpleNamespace(low=78.2, high=78.4))
    assert "84" in marks.band(SimpleNamespace(low=78.2, high=84.0))
    assert "no score" in marks.band(None)


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=2, max_size=50))
def test_a_spark_line_stays_within_its_box(series: list[float | None]) -> None:
    spark = marks.spark(series, "score")
    if spark is None:
        assert sum(value is not None for value in series) < 2
        return
    for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", spark.path):
        assert 0 <= float(x) <= marks.SPARK_WIDTH
        assert 0 <= float(y) <= marks.SPARK_HEIGHT


def test_a_hole_in_a_series_lifts_the_pen() -> None:
    spark = marks.spark([1, 2, None, 4, 5], "score")
    assert spark is not None
    assert spark.path.count("M") == 2


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_better_score_hangs_nearer_the_vertical(one: float, other: float) -> None:
    assert (plumb.angle(one) <= plumb.angle(other)) == (one >= other) or plumb.angle(one) == plumb.angle(other)


def test_a_perfect_score_hangs_true() -> None:
    drawing = plumb.plumb(Band(100.0, 100.0))
    assert drawing["line"]["x"] == f"{plumb.PIVOT_X:.1f}"
    assert drawing["sector"] == ""


def test_no_score_hangs_no_bob() -> None:
    assert "pl-plumb-bob" not in render("{% plumb None %}")


@pytest.mark.parametrize(
    ("share", "expected"),
    [(None, words.NONE), (0, "0 %"), (0.001, "<1 %"), (0.5, "50 %"), (0.999, ">99 %"), (1, "100 %")],
)
def test_a_share_is_not_rounded_to_nothing_or_all(share: float | None, expected: str) -> None:
    assert words.percent(share) == expected


def test_words() -> None:
    assert words.signed(-3.2) == f"{words.MINUS}3"
    assert words.signed(1200) == "+1,200"
    assert words.figure(None) == words.NONE
    assert words.plural(1, "policy,policies") == "1 policy"
    assert words.plural(2, "policy,policies") == "2 policies"
    assert words.day(datetime(2026, 3, 1, 23, tzinfo=UTC)) == "1 Mar 2026"
    assert words.span(timedelta(hours=49)) == "2 days"
    assert words.short_arn("arn:aws:s3:::bucket/key:1") == "s3:bucket/key:1"
    assert words.short_arn("not an arn") == "not an arn"
