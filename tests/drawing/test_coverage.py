"""The heat map of many accounts stays small and legible.

Small multiples add up at every day.
"""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from pathlib import Path

from posture.drawing import heatmap, multiples, text
from posture.drawing.heatmap import HeatBand, HeatBlock, HeatGroup, HeatState

HOSTILE = "</svg><script>alert(1)</script>\x00\"'&日本"
BANDS = [HeatBand("Europe", range(5)), HeatBand("Americas", range(5, 11)), HeatBand("Asia Pacific", range(11, 17))]
START = date(2026, 9, 1)


def unit(name: str, *groups: tuple[str, int, str]) -> HeatBlock:
    """Return a unit of groups, each a letter for each band, a count and a label."""
    states = {"o": HeatState.ON, "p": HeatState.PARTLY, "x": HeatState.OFF, "u": HeatState.UNSEEN, "-": HeatState.NONE}
    drawn = []
    for letters, count, label in groups:
        rows = [states[letter] for letter, band in zip(letters, BANDS, strict=True) for _ in band.rows]
        drawn.append(HeatGroup(rows, count, label, "#x"))
    return HeatBlock(name, f"{sum(count for _, count, _ in groups)} accounts", f"/?unit={name}", drawn)


def organization() -> list[HeatBlock]:
    """Return 1,000 accounts in 17 regions, with every kind of block."""
    lots = random.Random(1)  # noqa: S311 - a made-up organization
    scattered = [
        HeatGroup([lots.choice([HeatState.NONE, HeatState.NONE, HeatState.OFF]) for _ in range(17)], 1)
        for _ in range(131)
    ]
    return [
        unit("Foundation", ("ooo", 14, "")),
        unit("Security", ("ooo", 9, "")),
        unit("Clinics, production", ("oox", 38, "38 accounts: off in Asia Pacific"), ("opo", 58, ""), ("ooo", 116, "")),
        unit("Clinics, development", ("ppp", 118, "")),
        unit("Commerce, production", ("oxo", 12, "12 accounts: off in the Americas"), ("oo-", 84, "")),
        unit("Commerce, development", ("pp-", 74, "")),
        unit("Partners", ("oxx", 26, "26 accounts: off outside Europe"), ("uuu", 64, "64 accounts: not seen"),
             ("ooo", 53, "")),
        unit("Research", ("oxo", 20, "20 accounts: off in the Americas"), ("ooo", 68, "")),
        HeatBlock("Sandboxes", "131 accounts", "/?unit=sandboxes", scattered),
        unit("Imaging", ("o--", 61, "")),
        unit("Merged in 2025", ("xxx", 27, "27 accounts: off wherever something runs"), ("ppp", 15, "")),
        unit("Suspended", ("uuu", 12, "")),
    ]  # fmt: skip


def test_a_thousand_accounts_in_seventeen_regions_are_a_small_picture(tmp_path: Path) -> None:
    drawn = heatmap.draw(organization(), BANDS, "x")
    (tmp_path / "heat.svg").write_text(drawn)
    assert sum(block.count for block in organization()) == 1000
    assert len(drawn) < 40_000
    assert len(re.findall(r'class="pl-heat-off"', drawn)) <= len(organization())


def test_no_label_of_the_heat_map_touches_another_or_the_edge() -> None:
    for width in (heatmap.WIDTH, 324.0):
        drawn = ET.fromstring(heatmap.draw(organization(), BANDS, "x", width))  # noqa: S314 - our own markup
        boxes = []
        for one in drawn.iter("text"):
            size, weight = (13, text.MEDIUM) if one.get("class") == "pl-heat-name" else (12, text.REGULAR)
            wide = text.width(one.text or "", size, weight)
            x, y = float(one.get("x", 0)), float(one.get("y", 0))
            left = x - wide if one.get("text-anchor") == "end" else x
            boxes.append((left, y - 10, left + wide, y + 2))
        assert all(left >= -0.5 and right <= width + 0.5 for left, _, right, _ in boxes)
        for at, (left, top, right, bottom) in enumerate(boxes):
            for other in boxes[at + 1 :]:
                apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
                assert apart, (width, (left, top, right, bottom), other)


def test_each_cell_is_painted_once_with_its_state() -> None:
    """Runs of alike accounts become one rectangle: their areas are those of the cells."""
    block = unit("One", ("oxu", 3, ""), ("oxo", 2, ""), ("x-o", 5, ""))
    drawn = heatmap.draw([block], BANDS, "x")
    pitch = heatmap.PITCH_MAX
    for state, cells in (("on", 5 * 5 + 7 * 6), ("off", 5 * 6 + 5 * 5), ("unseen", 3 * 6)):
        shape = re.search(rf'<path d="([^"]+)" class="pl-heat-{state}"/>', drawn)
        assert shape, state
        sizes = re.findall(r"h([\d.]+)v([\d.]+)", shape[1])
        area = sum(float(wide) * float(tall) for wide, tall in sizes)
        assert area == cells * pitch * heatmap.ROW_LOW, state


def test_a_unit_names_its_regions_and_leads_to_each_account() -> None:
    names = [f"region-{row}" for row in range(17)]
    columns = [(f"account-{n}", f"/{n}") for n in range(3)]
    groups = [HeatGroup([HeatState.OFF] * 17, 3, "3 accounts: off", "#alike-1", columns)]
    off = [(3, f"/list/?region={name}") for name in names]
    drawn = heatmap.zoom(groups, BANDS, names, off, "x")
    assert all(name in drawn for name in names)
    assert drawn.count('class="pl-heat-column"') == 3
    assert drawn.count("/list/?region=") == 17


def test_hostile_names_stay_text() -> None:
    groups = [HeatGroup([HeatState.OFF] * 17, 1, HOSTILE, "/?q=" + HOSTILE, [(HOSTILE, "/")])]
    drawn = heatmap.draw([HeatBlock(HOSTILE, HOSTILE, "/", groups)], BANDS, HOSTILE)
    for picture in (drawn, heatmap.zoom(groups, BANDS, [HOSTILE] * 17, [(1, "/")] * 17, HOSTILE)):
        assert "<script" not in picture
        ET.fromstring(picture)  # noqa: S314 - our own markup, read to see that it is well-formed


def test_nothing_is_a_picture_too() -> None:
    ET.fromstring(heatmap.draw([], BANDS, "x"))  # noqa: S314 - our own markup
    ET.fromstring(multiples.draw([], multiples.CurrentShare(0, 0, 0, 0, 0), "x"))  # noqa: S314 - the same


def test_small_multiples_stack_to_the_whole_and_keep_today_apart() -> None:
    days = [multiples.ShareDay(START + timedelta(days=7 * n), n, 1, 1, 8 - n) for n in range(5)]
    drawn = multiples.draw(days, multiples.CurrentShare(4, 1, 1, 1, 3), "x", START + timedelta(days=14))
    assert 'class="pl-heat-past"' in drawn
    assert drawn.count('class="pl-heat-off"') == 1, "full red is of today alone"
    assert "url(#pl-hatch)" in drawn
    assert "pl-fill-brass" in drawn
    past = re.search(r'<path d="([^"]+)" class="pl-heat-past"/>', drawn)
    assert past
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", past[1])]
    assert min(heights) == 0, "the last layer ends at the top"


def test_with_a_single_day_there_is_the_bar_alone() -> None:
    drawn = multiples.draw([multiples.ShareDay(START, 1, 0, 0, 0)], multiples.CurrentShare(1, 0, 0, 0, 0), "x")
    assert drawn.count('class="pl-heat-on"') == 1
    assert "text" not in re.sub(r"aria-label", "", drawn)
