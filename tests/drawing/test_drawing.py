"""Pictures are exact, hold no text that runs over.

Take whatever AWS's names may hold.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.local import fonts
from posture.drawing import ages, bars, svg, text, treemap, trend

HOSTILE = "</svg><script>alert(1)</script>\x00\x1b\"'&日本"
START = date(2026, 9, 1)


def test_the_widths_are_those_of_the_font() -> None:
    assert fonts.TARGET.read_text(encoding="utf-8") == fonts.measured()


@given(st.lists(st.floats(0.5, 1e6), min_size=1, max_size=80).map(lambda sizes: sorted(sizes, reverse=True)))
def test_a_tree_map_fills_its_box_by_size(sizes: list[float]) -> None:
    boxes = treemap.squarify(sizes, treemap.Box(0, 0, 700, 400))
    assert len(boxes) == len(sizes)
    for size, box in zip(sizes, boxes, strict=True):
        assert box.area == pytest.approx(size / sum(sizes) * 280_000, rel=1e-6)
        assert box.x >= -1e-6
        assert box.y >= -1e-6
        assert box.x + box.width <= 700 + 1e-6
        assert box.y + box.height <= 400 + 1e-6


@given(st.text(max_size=40), st.floats(0, 200))
def test_what_is_cut_fits(words: str, limit: float) -> None:
    shortened = text.cut(words, limit, 12)
    assert not shortened or text.width(shortened, 12) <= limit
    if text.width(words, 12) <= limit:
        assert shortened == words


@given(st.text("abc-_ .", max_size=60), st.integers(10, 200), st.integers(1, 3))
def test_wrapped_lines_fit_and_lose_nothing(words: str, limit: int, lines: int) -> None:
    found = text.wrap(words, limit, lines, 12)
    assert len(found) <= lines
    assert all(text.width(line, 12) <= limit for line in found)
    if found:
        assert "".join(found).replace(" ", "") == words.replace(" ", "")


def test_hostile_names_stay_text() -> None:
    tile = treemap.AccountTile(HOSTILE, "/?q=" + HOSTILE, 10, 50, 60, criticals=2)
    drawn = treemap.draw([treemap.UnitTiles(HOSTILE, "/", [tile])], HOSTILE)
    drawn += bars.draw([bars.Bar(HOSTILE, [bars.BarPart(1, "critical")], "1", "/")], HOSTILE)
    assert "<script" not in drawn
    assert "\x00" not in drawn
    for picture in drawn.replace("</svg><svg", "</svg>\n<svg").split("\n"):
        ET.fromstring(picture)  # noqa: S314 - our own markup, read to see that it is well-formed


def tiles(count: int) -> list[treemap.AccountTile]:
    return [
        treemap.AccountTile(f"account-{n}", f"/{n}", 1 + n % 7, 40 + n % 60, 50 + n % 50, criticals=n % 3)
        for n in range(count)
    ]


def test_a_small_map_links_each_account_and_a_large_one_its_units() -> None:
    small = treemap.draw([treemap.UnitTiles("Prod", "/unit", tiles(20))], "x")
    large = treemap.draw([treemap.UnitTiles("Prod", "/unit", tiles(1000))], "x")
    assert small.count("<a ") == 21
    assert large.count("<a ") == 1
    assert len(large) < 60_000


def test_a_large_map_draws_each_account() -> None:
    """Tiles of one look share a path.

    Each account is still a rectangle in it, with its hatching and its disc.
    """
    unseen = [treemap.AccountTile(f"u-{n}", "", 2, 90, 95, unseen=0.2) for n in range(30)]
    drawn = ET.fromstring(treemap.draw([treemap.UnitTiles("Prod", "/unit", [*tiles(300), *unseen])], "x"))  # noqa: S314
    paths = {one.get("class", ""): one.get("d", "") for one in drawn.iter("path")}
    fills = [d for name, d in paths.items() if name.startswith("pl-fill-")]
    assert len(fills) == 5
    assert sum(d.count("M") for d in fills) == 330
    assert paths["pl-treemap-unseen"].count("M") == 30
    assert paths["pl-treemap-disc"].count("M") == 200
    area = sum(float(wide) * float(tall) for d in fills for wide, tall in re.findall(r"h([\d.]+)v([\d.]+)", d))
    assert area == pytest.approx(726 * (386 - treemap.HEAD), rel=0.1)


def test_no_label_of_a_map_runs_over_its_tile() -> None:
    drawn = ET.fromstring(treemap.draw([treemap.UnitTiles("Prod", "", tiles(60))], "x"))  # noqa: S314 - our own markup
    for link in drawn.iter("a"):
        box = next(link.iter("rect"))
        left, right = float(box.get("x", 0)), float(box.get("x", 0)) + float(box.get("width", 0))
        for one in link.iter("text"):
            size = 20 if one.get("class") == "pl-treemap-score" else 13
            if one.get("text-anchor") != "middle":
                assert left <= float(one.get("x", 0))
                assert float(one.get("x", 0)) + text.width(one.text or "", size, text.LIGHT) <= right + 8


def test_what_cannot_be_seen_is_hatched() -> None:
    seen = treemap.draw([treemap.UnitTiles("A", "", [treemap.AccountTile("a", "", 10, 90, 90)])], "x")
    blind = treemap.draw([treemap.UnitTiles("A", "", [treemap.AccountTile("a", "", 10, 90, 95, unseen=0.2)])], "x")
    no_score = treemap.draw([treemap.UnitTiles("A", "", [treemap.AccountTile("a", "", 10, None, None)])], "x")
    assert "pl-hatch" not in seen
    assert "pl-hatch" in blind
    assert "pl-hatch" in no_score
    assert "no score" in no_score


def points(lows: list[float | None], unseen: float = 1.0) -> list[trend.TrendPoint]:
    return [
        trend.TrendPoint(START + timedelta(days=7 * n), low, None if low is None else low + unseen)
        for n, low in enumerate(lows)
    ]


def test_one_sweep_makes_no_trend() -> None:
    assert trend.draw(points([80]), [], "x") == ""
    assert trend.draw([], [], "x") == ""
    assert trend.draw(points([None, 80, None]), [], "x") == ""


@given(st.lists(st.floats(0, 100) | st.none(), min_size=2, max_size=100), st.floats(0, 20))
def test_a_trend_stays_within_its_picture(lows: list[float | None], unseen: float) -> None:
    drawn = trend.draw(
        [trend.TrendPoint(p.day, p.low, min(100, p.high) if p.high else p.high) for p in points(lows, unseen)], [], "x"
    )
    if not drawn:
        return
    for one in ET.fromstring(drawn).iter("text"):  # noqa: S314 - our own markup
        assert 0 <= float(one.get("y", 0)) <= 246
        assert 0 <= float(one.get("x", 0)) <= 746


def test_a_trend_names_four_events_at_most_and_never_two_in_one_place() -> None:
    events = [trend.TrendEvent(START + timedelta(days=n), f"Event {n}", "somewhere", n - 5.0) for n in range(12)]
    drawn = trend.draw(points([80, 81, 82]), events, "x")
    assert drawn.count("pl-trend-title") <= 4
    assert drawn.count('class="pl-trend-event"') == 4


def test_a_trend_of_the_past_does_not_call_its_end_today() -> None:
    drawn = trend.draw(points([80, 81]), [], "x", is_past=True)
    assert ">today<" in trend.draw(points([80, 81]), [], "x")
    assert "today" not in drawn
    assert f">{START + timedelta(days=7):%-d %b}<" in drawn


def test_an_event_at_the_right_edge_of_a_trend_ends_there_whatever_the_font() -> None:
    events = [trend.TrendEvent(START + timedelta(days=14), "Visibility of everything that was lost returns", "", 1.4)]
    title = next(one for one in texts(trend.draw(points([80, 81, 82]), events, "x")) if "+1.4" in (one.text or ""))
    assert (title.get("text-anchor"), title.get("x")) == ("end", "746")


def texts(drawn: str) -> list[ET.Element]:
    return [one for one in ET.fromstring(drawn).iter() if one.tag.endswith("text")]  # noqa: S314 - our own markup


def test_ages_draw_the_limit_left_of_what_is_late() -> None:
    row = ages.AgeRow("High", "high", [ages.AgeCell(3, "/a"), ages.AgeCell(0), ages.AgeCell(9, "/b", is_late=True)])
    drawn = ages.draw(["under 7 d", "7-30 d", "over"], [row], "x")
    assert drawn.count("<a ") == 2
    assert f'd="M{svg.number(ages.NAMES + 2 * ages.CELL_WIDTH)} ' in drawn
    assert "past the time limit" in drawn


def test_small_parts_of_a_bar_stay_visible() -> None:
    drawn = ET.fromstring(  # noqa: S314 - our own markup
        bars.draw([bars.Bar("a", [bars.BarPart(1, "critical"), bars.BarPart(9999, "high")], "10,000")], "x")
    )
    critical = next(one for one in drawn.iter("rect") if one.get("class") == "pl-fill-critical")
    assert float(critical.get("width", 0)) >= bars.PART_MIN


def test_a_narrow_tile_has_its_name_cut_short_rather_than_none() -> None:
    tile = treemap.AccountTile("paymentsproduction", "/", 10, 80, 80)
    drawn = "".join(treemap._words(tile, treemap.Box(0, 0, 62, 60), "b1"))
    assert ">paym" in drawn
    assert text.ELLIPSIS in drawn
    assert ">80<" in drawn


def test_no_bar_runs_under_its_figure() -> None:
    figure = "119 open of 1,154"
    root = ET.fromstring(bars.draw([bars.Bar("a", [bars.BarPart(1)], figure)], "x"))  # noqa: S314 - our own markup
    (bar,) = [one for one in root.iter() if one.get("class") == "pl-fill-bar"]
    end = float(bar.get("x", 0)) + float(bar.get("width", 0))
    assert end <= bars.BarColumns().width - text.width(figure, 13)
