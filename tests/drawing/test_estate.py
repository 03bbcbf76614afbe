"""Pictures of data, relations and versions.

Exact, escaped, and no text on another.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.drawing import holdings, openings, relations, scores, shares, text, treemap, versions
from posture.drawing.versions import Begin
from tests.drawing.boxes import Font, overlapping, texts

HOSTILE = "</svg><script>alert(1)</script>\x00\"'&日本"
FONTS: dict[str, Font] = {
    "pl-axis": (12, text.REGULAR),
    "pl-openings-name": (13, text.MEDIUM),
    "pl-openings-detail": (12, text.REGULAR),
    "pl-openings-count": (20, text.LIGHT),
    "pl-holdings-head": (12, text.MEDIUM),
    "pl-holdings-open": (13, text.MEDIUM),
    "pl-relations-kind": (12, text.REGULAR),
    "pl-relations-frame-name": (12, text.MEDIUM),
    "pl-relations-name": (13, text.MEDIUM),
    "pl-relations-chip-name": (12, text.REGULAR),
}
NAMES = st.text("abcdefghij-_. WM", min_size=1, max_size=60)
START = datetime(2026, 9, 1, tzinfo=UTC)


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314 - our own markup


def assert_fits(markup: str) -> None:
    """Assert that no text touches another, or is outside of the picture."""
    boxes = texts(markup, FONTS)
    width = float(parsed(markup).get("width", 0))
    assert not list(overlapping([box for box in boxes if box.words]))
    assert all(box.left >= -1 and box.right <= width + 1 for box in boxes), boxes


@st.composite
def opened(draw: st.DrawFn) -> openings.Openings:
    def nodes(most: int) -> list[openings.OpeningNode]:
        made = draw(st.lists(st.tuples(NAMES, NAMES, st.integers(1, 20_000), st.booleans()), min_size=1, max_size=most))
        return [openings.OpeningNode(*one[:3], "/?a=1&b=2", one[3]) for one in made]

    ways, stores, places = nodes(6), nodes(9), nodes(9)
    ends = st.tuples(
        st.integers(0, len(ways) - 1),
        st.integers(0, len(stores) - 1),
        st.integers(0, len(places) - 1),
        st.integers(1, 9000),
        st.booleans(),
        st.booleans(),
    )
    strands = [openings.Strand(*one) for one in draw(st.lists(ends, min_size=1, max_size=60))]
    return openings.Openings(ways, stores, places, strands)


@settings(max_examples=40)
@given(found=opened())
def test_what_opens_stores_is_drawn_within_its_picture(found: openings.Openings) -> None:
    drawn = openings.draw(found, "x", ("Way in", "Data stores", "Where"))
    assert_fits(drawn)
    root = parsed(drawn)
    height = float(root.get("height", 0))
    for box in root.iter("rect"):
        assert float(box.get("y", 0)) >= 0
        assert float(box.get("y", 0)) + float(box.get("height", 0)) <= height + 1
    assert len(list(root.iter("a"))) == len(found.ways) + len(found.stores) + len(found.places)


def test_strands_are_drawn_once_for_each_tie_and_stale_ones_are_hatched() -> None:
    node = openings.OpeningNode("a", "", 3)
    strands = [openings.Strand(0, 0, 0, 1, is_stale=True), openings.Strand(0, 0, 1, 2)]
    drawn = openings.draw(openings.Openings([node], [node], [node, node], strands), "x", ("", "", ""))
    assert drawn.count('class="pl-openings-mild"') == 3, "way to store, and store to two places"
    assert drawn.count("url(#pl-hatch)") == 1, "the way also opens one that is seen"


@settings(max_examples=30)
@given(
    counts=st.lists(
        st.lists(st.tuples(st.integers(0, 99_999), st.integers(0, 50)), min_size=7, max_size=7), max_size=10
    )
)
@pytest.mark.parametrize("width", [holdings.WIDE, holdings.NARROW])
def test_what_is_held_is_drawn_in_cells(width: float, counts: list[list[tuple[int, int]]]) -> None:
    columns = [
        holdings.HoldingColumn(name, name < "C") for name in ("Alpha", "Beta", "Gamma", "Delta", "Eps", "Pub", "None")
    ]
    rows = [
        holdings.HoldingRow(f"Kind {n}", [holdings.HoldingCell(one[0], min(one), 0, "/") for one in some])
        for n, some in enumerate(counts)
    ]
    drawn = holdings.draw(columns, rows, "x", width)
    for cell in parsed(drawn).iter("a"):
        boxes = [box for box in cell.iter("rect") if (box.get("class") or "").startswith("pl-holdings")]
        for one in cell.iter("text") if boxes else ():
            wide = text.width(one.text or "", 13, text.MEDIUM)
            assert wide <= float(boxes[0].get("width", 0)), one.text


def test_unread_cells_are_hatched_and_open_ones_have_a_foot() -> None:
    row = holdings.HoldingRow(
        "S3 buckets", [holdings.HoldingCell(10, 1), holdings.HoldingCell(10, 0, 5), holdings.HoldingCell()]
    )
    drawn = holdings.draw(
        [holdings.HoldingColumn("PII", is_sensitive=True), holdings.HoldingColumn("None"), holdings.HoldingColumn("x")],
        [row],
        "x",
    )
    assert drawn.count("pl-fill-critical") == 1
    assert drawn.count("url(#pl-hatch)") == 1
    assert "1 of 10" in drawn
    assert drawn.count("pl-holdings-none") == 1, "nothing is there: an empty outline, no zero"


def related(count: int, name: str = "some-name") -> relations.Relations:
    nodes = [relations.RelationNode("Network interface", f"{name}-{n}", "/", is_missing=n == 1) for n in range(count)]
    return relations.Relations(nodes[0], nodes[:4], nodes[:12], nodes[:6], nodes[:6], 3, 4)


@given(count=st.integers(1, 20), name=NAMES)
def test_relations_are_drawn_in_frames(count: int, name: str) -> None:
    for drawn in (relations.draw(related(count, name), "x"), relations.draw_narrow(related(count, name), "x")):
        assert_fits(drawn)
        root = parsed(drawn)
        height = float(root.get("height", 0))
        assert all(float(box.get("y", 0)) + float(box.get("height", 0)) <= height for box in root.iter("rect"))


def test_what_is_not_known_is_dashed_and_not_a_link() -> None:
    gone = relations.RelationNode("Security group", "sg-gone", is_missing=True)
    drawn = relations.draw(relations.Relations(gone, [], [], [gone], []), "x")
    assert "pl-relations-missing" in drawn
    assert "pl-relations-line-missing" in drawn
    assert "<a " not in drawn


def timeline(begins: list[Begin]) -> list[versions.Version]:
    days = [START + timedelta(days=3 * n) for n in range(len(begins) + 1)]
    return [versions.Version(days[n], days[n + 1], begin, f"v{n}", f"/{n}") for n, begin in enumerate(begins)]


@pytest.mark.parametrize("width", [versions.WIDE, versions.NARROW])
@given(begins=st.lists(st.sampled_from(list(Begin)), min_size=1, max_size=200))
def test_versions_are_on_one_line_of_time(width: float, begins: list[Begin]) -> None:
    found = timeline(begins)
    drawn = versions.draw(found, [(START, START + timedelta(days=1))], found[-1].until, "x", width)
    assert_fits(drawn)
    root = parsed(drawn)
    assert len(list(root.iter("a"))) == min(len(found), versions.VERSIONS_MAX)
    lefts = [float(link.findall("rect")[0].get("x", 0)) for link in root.iter("a")]
    assert lefts == sorted(lefts)


def test_a_change_of_visibility_is_hatched_and_no_change() -> None:
    found = timeline([Begin.FIRST, Begin.VISIBILITY])
    drawn = versions.draw(found, [], found[-1].until, "x")
    assert "pl-versions-visibility" in drawn
    assert "pl-versions-changed" not in drawn
    assert "url(#pl-hatch)" in drawn


def test_a_score_without_figures_is_an_empty_frame() -> None:
    assert "pl-scores-none" in scores.draw(None, None)
    assert "url(#pl-hatch)" not in scores.draw(80, 80)
    assert "url(#pl-hatch)" in scores.draw(80, 90)
    assert "url(#pl-hatch)" in scores.draw(80, 80, is_stale=True)


def test_a_share_shows_one_among_thousands() -> None:
    assert 'class="pl-fill-worse"' in shares.draw(1, 0, 9999)
    assert "url(#pl-hatch)" in shares.draw(0, 1, 9999)
    assert "pl-fill-worse" not in shares.draw(0, 0, 0)


def test_a_tile_takes_another_ground_and_links_of_its_own() -> None:
    tiles = [treemap.AccountTile(f"a-{n}", f"/{n}", 1, 90, 90, ground="c3") for n in range(200)]
    assert "pl-fill-c3" in treemap.draw([treemap.UnitTiles("A", "/u", tiles)], "x")
    assert treemap.draw([treemap.UnitTiles("A", "/u", tiles)], "x").count("<a ") == 1
    assert treemap.draw([treemap.UnitTiles("A", "/u", tiles)], "x", named_max=450).count("<a ") == 201


def test_hostile_names_stay_text() -> None:
    node = openings.OpeningNode(HOSTILE, HOSTILE, 1, "/?q=" + HOSTILE)
    tie = relations.RelationNode(HOSTILE, HOSTILE, "/?q=" + HOSTILE)
    found = openings.Openings([node], [node], [node], [openings.Strand(0, 0, 0, 1)])
    moment = versions.Version(START, START + timedelta(days=1), Begin.FIRST, HOSTILE, "/?q=" + HOSTILE)
    drawings = [
        openings.draw(found, HOSTILE, (HOSTILE, HOSTILE, HOSTILE)),
        openings.draw_narrow(found, HOSTILE),
        relations.draw(relations.Relations(tie, [tie], [tie], [tie], [tie]), HOSTILE),
        relations.draw_narrow(relations.Relations(tie, [tie], [tie], [tie], [tie]), HOSTILE),
        holdings.draw(
            [holdings.HoldingColumn(HOSTILE)],
            [holdings.HoldingRow(HOSTILE, [holdings.HoldingCell(1, 1, 1, HOSTILE)], HOSTILE)],
            HOSTILE,
        ),
        versions.draw([moment], [], moment.until, HOSTILE),
    ]
    for drawn in drawings:
        assert "<script" not in drawn
        assert "\x00" not in drawn
        parsed(drawn)
