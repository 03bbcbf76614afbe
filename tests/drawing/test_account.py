"""The pictures of one account.

Blocks on one scale, sweeps that show what did not answer, hostile names.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.drawing import families, sweeps, text

HOSTILE = "</svg><script>alert(1)</script>\x00\"'&日本"
COUNTS = st.lists(st.lists(st.integers(1, 5000), min_size=1, max_size=9), min_size=1, max_size=7)


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314 - our own markup


def made(counts: list[list[int]]) -> list[families.FamilyRow]:
    return [
        families.FamilyRow(
            f"Family {place}",
            [families.TypeBlock(f"Kind {n}", n, n // 3, n // 4, f"/{n}") for n in sorted(some, reverse=True)],
        )
        for place, some in enumerate(counts)
    ]


@pytest.mark.parametrize("width", [families.WIDE, families.NARROW])
@given(counts=COUNTS)
def test_blocks_share_one_scale_and_leave_room_for_the_figures(width: float, counts: list[list[int]]) -> None:
    drawn = parsed(families.draw(made(counts), "x", width))
    numbers, lengths = [], []
    for link in drawn.iter("a"):
        block = link.find("rect")
        assert block is not None
        x, long = float(block.get("x", "")), float(block.get("width", ""))
        assert x + long <= width - 44
        numbers.append(int(link.get("href", "/0")[1:]))
        lengths.append(long)
        for label in link.findall("text"):
            assert text.width(label.text or "", 12) <= long
    order = sorted(range(len(numbers)), key=lambda place: numbers[place])
    assert [lengths[place] for place in order] == sorted(lengths)


def test_one_type_that_is_most_of_all_is_cut_and_says_its_number() -> None:
    few, much = families.TypeBlock("Few", 10, 0, 0), families.TypeBlock("Metrics", 9000, 1, 0)
    drawn = families.draw([families.FamilyRow("A", [much]), families.FamilyRow("B", [few])], "x")
    assert "pl-families-break" in drawn
    assert "9,000" in drawn
    assert "pl-families-break" not in families.draw(made([[5, 4], [6]]), "x")


@pytest.mark.parametrize(
    ("answered", "hatched", "filled"), [(1.0, 0, 56), (0.999, 4, 52), (0.25, 42, 14), (0.0, 56, 0)]
)
def test_what_did_not_answer_is_hatched_however_little_it_is(answered: float, hatched: float, filled: float) -> None:
    drawn = parsed(sweeps.draw([sweeps.SweepColumn("1 Oct", answered, "1 October", "/")], "x"))
    heights = {one.get("class") or "hatch": float(one.get("height", "")) for one in drawn.iter("rect")}
    assert heights.get("hatch", 0) == hatched
    assert heights["pl-fill-bar"] == 56 - hatched


def test_a_sweep_that_did_not_happen_is_empty_and_not_hatched() -> None:
    drawn = sweeps.draw([sweeps.SweepColumn("1 Oct", None, "1 October: cancelled", "/")], "x")
    assert "pl-hatch" not in drawn
    assert "pl-fill-bar" not in drawn


def test_hostile_names_stay_text() -> None:
    kind = families.TypeBlock(HOSTILE, 10, 1, 1, "/?q=" + HOSTILE)
    for drawn in (
        families.draw([families.FamilyRow(HOSTILE, [kind])], HOSTILE),
        sweeps.draw([sweeps.SweepColumn(HOSTILE, 0.5, HOSTILE, HOSTILE)], HOSTILE),
    ):
        assert "<script" not in drawn
        parsed(drawn)
