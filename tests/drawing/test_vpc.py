"""The picture of a VPC holds no text over text, marks each verdict apart.

Hatches only what was not read.
"""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET

import pytest

from posture.drawing import text, vpc
from posture.drawing.vpc import LineState, Vpc
from tests.drawing import vpcs
from tests.drawing.boxes import overlapping, texts
from tests.drawing.test_drawing import HOSTILE

FONTS = {
    "pl-vpc-name": (15.0, text.MEDIUM),
    "pl-vpc-label": (12.0, text.REGULAR),
    "pl-vpc-state": (12.0, text.REGULAR),
    "pl-vpc-text": (12.0, text.MEDIUM),
    "pl-vpc-strong": (12.0, text.MEDIUM),
    "pl-vpc-ports": (13.0, text.MEDIUM),
    "pl-vpc-linked": (13.0, text.MEDIUM),
    "pl-vpc-id": (11.0, text.MONO),
}
PICTURES = {
    "three zones": vpcs.shop(),
    "little": vpcs.little(),
    "nothing": vpcs.nothing(),
    "a gap": vpcs.nothing("Subnet could not be listed: AccessDenied"),
    "much": vpcs.much(),
    "long names": vpcs.much("an-edge-with-a-name-that-nobody-can-remember-" * 4),
    "hostile": vpcs.much(HOSTILE),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_touches_another_or_the_edge(name: str) -> None:
    boxes = texts(vpc.draw(PICTURES[name], "x"), FONTS)
    assert not list(overlapping(boxes))
    assert [box.words for box in boxes if box.left < 0 or box.right > vpc.WIDTH] == []


@pytest.mark.parametrize("name", PICTURES)
def test_no_vertical_line_crosses_a_text(name: str) -> None:
    """Lines end at boxes or run between the zones."""
    drawn = vpc.draw(PICTURES[name], "x")
    boxes = texts(drawn, FONTS)
    for line in ET.fromstring(drawn).iter("line"):  # noqa: S314 - our own markup
        x1, y1, x2, y2 = (float(line.get(key, 0)) for key in ("x1", "y1", "x2", "y2"))
        if x1 != x2:
            continue
        crossed = [box.words for box in boxes if box.left < x1 < box.right and y1 < box.bottom and box.top < y2]
        assert crossed == []


@pytest.mark.parametrize("name", PICTURES)
def test_it_stays_within_its_picture(name: str) -> None:
    drawn = ET.fromstring(vpc.draw(PICTURES[name], "x"))  # noqa: S314 - our own markup
    height = float(drawn.get("height", 0))
    for one in drawn.iter("rect"):
        assert float(one.get("y", 0)) + float(one.get("height", 0)) <= height
    assert all(float(one.get("y", 0)) <= height for one in drawn.iter("text"))


def test_hostile_names_stay_text() -> None:
    drawn = vpc.draw(PICTURES["hostile"], HOSTILE)
    assert "<script" not in drawn
    assert "\x00" not in drawn
    assert "style=" not in drawn


def test_each_verdict_has_a_mark_of_its_own() -> None:
    drawn = vpc.draw(vpcs.shop(), "x")
    assert drawn.count('class="pl-vpc-diamond"') == 10
    assert drawn.count('class="pl-vpc-plug"') == 1
    assert drawn.count('class="pl-vpc-unread"') == 1
    assert drawn.count('class="pl-vpc-bob"') == 3
    assert drawn.count('class="pl-vpc-bob-unknown"') == 1


def test_a_refused_way_reaches_nothing() -> None:
    """Its line ends at the plug; what follows is dotted and has no bob."""
    refused = [lane for lane in vpcs.shop().lanes if lane.state is LineState.REFUSED]
    drawn = vpc.draw(dataclasses.replace(vpcs.shop(), lanes=refused), "x")
    assert "pl-vpc-bob" not in drawn
    line = re.search(r'<line[^>]*y2="([\d.]+)"[^>]*class="pl-vpc-line-refused"', drawn)
    assert line
    assert float(line[1]) == vpc.LINK_ROWS[3]
    assert "pl-vpc-line-closed" in drawn


def test_only_what_was_not_read_is_hatched() -> None:
    def is_hatched(one: Vpc) -> bool:
        return "pl-hatch" in vpc.draw(one, "x")

    whole = dataclasses.replace(vpcs.shop(), lanes=vpcs.shop().lanes[:1], outside=())
    assert not is_hatched(whole)
    assert not is_hatched(vpcs.nothing())
    assert is_hatched(vpcs.nothing("Subnet could not be listed"))
    assert is_hatched(vpcs.little())
    assert is_hatched(dataclasses.replace(whole, outside=vpcs.shop().outside[1:2]))
    assert is_hatched(dataclasses.replace(whole, lanes=vpcs.shop().lanes[1:2]))


def test_it_stays_small() -> None:
    assert len(vpc.draw(vpcs.shop(), "x")) < 20_000
    assert len(vpc.draw(vpcs.much(), "x")) < 40_000
