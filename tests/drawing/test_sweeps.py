"""Charts of sweeps: bars within the plot, hatched gaps, few elements."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.drawing import durations, timeline
from posture.drawing.timeline import NARROW, BarState, CountBand, Layout, TimelineBar, TimelineGroup

HOSTILE = "</svg><script>alert(1)</script>\x00\"'&日本"
TIMES = st.lists(st.floats(0, 900), min_size=3, max_size=3).map(sorted)


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314 - our own markup


def bar(state: BarState, times: list[float] | None = None, name: str = "payments") -> TimelineBar:
    began, read, ended = times or (None, None, None)
    return TimelineBar(name, state, began, read, None if state is BarState.RUNNING else ended, "note", "title", "/x")


def drawn(bars: list[TimelineBar], now: float | None = None, layout: Layout | None = None) -> ET.Element:
    return parsed(timeline.draw(CountBand(bars, 40, "At a time"), [TimelineGroup("", bars)], "x", 900, now, layout))


@pytest.mark.parametrize("layout", [Layout(), NARROW])
@given(state=st.sampled_from([one for one in BarState if one is not BarState.WAITING]), times=TIMES)
def test_bars_stay_within_the_plot(layout: Layout, state: BarState, times: list[float]) -> None:
    for row in drawn([bar(state, times)], 900, layout).iter("a"):
        for rect in row.findall("rect"):
            if rect.get("class") == "pl-timeline-hit":
                continue
            x, wide = float(rect.get("x", "")), float(rect.get("width", ""))
            assert layout.names - 0.1 <= x
            # A bar of no time is still a mark.
            assert x + wide <= layout.width - layout.notes + timeline.BAR_MIN * 2 + 0.2


def hatched(element: ET.Element) -> list[float]:
    rects = element.iter("rect")
    return [float(rect.get("height", "")) for rect in rects if rect.get("fill") == "url(#pl-hatch)"]


def test_the_lower_part_is_hatched_where_there_are_gaps_and_all_where_nothing_was_read() -> None:
    times = [1.0, 50.0, 60.0]
    found = {state: hatched(drawn([bar(state, times)])) for state in BarState}
    assert found[BarState.PARTIAL] == [timeline.HATCHED]
    assert found[BarState.FAILED] == found[BarState.SKIPPED] == [timeline.BAR]
    for state in (BarState.DONE, BarState.RUNNING, BarState.WAITING, BarState.CANCELLED):
        assert not hatched(drawn([bar(state, times if state is not BarState.WAITING else None)])), state


def test_the_band_is_as_high_as_most_ran_at_a_time() -> None:
    bars = [bar(BarState.DONE, [start, start + 90, start + 100]) for start in (0, 0, 0, 400)]
    picture = timeline.draw(CountBand(bars, 40, "At a time"), [], "x", 900)
    assert "most: 3" in picture
    heights = {part.split("h")[1].split("v")[1] for part in picture.split('d="')[1].split('"')[0].split("z") if part}
    assert {round(float(one)) for one in heights} == {36, 12}


def test_a_thousand_accounts_take_few_elements() -> None:
    bars = [bar(BarState.DONE, [n, n + 30, n + 31]) for n in range(1000)]
    picture = timeline.draw(CountBand(bars, 96, "At a time"), [TimelineGroup("Slowest", bars[:8])], "x", 1100)
    assert sum(1 for _ in parsed(picture).iter()) < 200
    assert len(picture) < 30_000


def test_hostile_names_are_text() -> None:
    picture = drawn([bar(BarState.DONE, [1, 2, 3], HOSTILE)])
    assert not list(picture.iter("script"))
    columns = [durations.DurationColumn(10, 0.5, HOSTILE)]
    assert not list(parsed(durations.draw(columns, HOSTILE, ("a", "b"), HOSTILE)).iter("script"))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0"), (20, "20 s"), (90, "1 min 30 s"), (3600, "1 h"), (5400, "1 h 30 min")]
)
def test_the_clock_is_worded(seconds: float, words: str) -> None:
    assert timeline.clock(seconds) == words


def test_unread_accounts_show_in_a_column_however_few_they_are() -> None:
    one_of_a_thousand = durations.draw([durations.DurationColumn(60, 0.001, "x")], "x", ("a", "b"), "y")
    assert hatched(parsed(one_of_a_thousand)) == [durations.COLUMN_MIN]
    assert not hatched(parsed(durations.draw([durations.DurationColumn(60, 0.0, "x")], "x", ("a", "b"), "y")))
    assert hatched(parsed(durations.share_bar(0.5, 0.25, 0.0, 0.25, "x"))) == [8.0, 8.0]


def test_columns_of_hundreds_of_sweeps_fit() -> None:
    picture = parsed(
        durations.draw([durations.DurationColumn(60, 0.1, "x")] * 60, "x", ("1 Oct 2026", "1 Dec 2026"), "y", 324)
    )
    assert max(float(rect.get("x", "")) + float(rect.get("width", "")) for rect in picture.iter("rect")) <= 324
