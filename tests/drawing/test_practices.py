"""Pictures of practices and rings of frameworks.

Small, exact, and safe from whatever a name may hold.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from django.utils.safestring import SafeString

from posture.drawing import glyphs, rings, text
from posture.drawing.glyphs import GlyphCount, GlyphShare
from posture.drawing.marks import StateMark

HOSTILE = "</svg><script>alert(1)</script>\x00\"'&日本"
FORMS: dict[str, Callable[[str, bool], SafeString]] = {
    "shares": lambda name, mini: glyphs.shares([GlyphShare(name, 1, 2, 3, "/")] * 5, name, mini=mini),
    "columns": lambda name, mini: glyphs.columns([GlyphShare(name, 1, 2, 3, "/")] * 6, name, mini=mini),
    "counts": lambda name, mini: glyphs.counts(
        [GlyphCount(name, 1, "fail", "/"), GlyphCount(name, 0)], name, mini=mini
    ),
    "histogram": lambda name, mini: glyphs.histogram([GlyphCount(name, 3), GlyphCount(name, 0)], name, mini=mini),
    "squares": lambda name, mini: glyphs.squares(GlyphShare(name, 30, 2, 1, "/"), name, mini=mini),
    "many squares": lambda name, mini: glyphs.squares(GlyphShare(name, 300, 2, 1, "/"), name, mini=mini),
    "steps": lambda name, mini: glyphs.steps([(StateMark.OFF, name, "/")] * 40, name, name, mini=mini),
}


@pytest.mark.parametrize("mini", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_well_formed_and_keeps_names_text(form: str, mini: bool) -> None:  # noqa: FBT001 - a parameter
    drawn = FORMS[form](HOSTILE, mini)
    assert "<script" not in drawn
    assert "\x00" not in drawn
    picture = ET.fromstring(drawn)  # noqa: S314 - our own markup, read to see that it is well-formed
    height = float(picture.get("height", 0))
    assert height <= (glyphs.MINI_HEIGHT if mini else 110)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_a_form_is_outside_of_its_box(form: str) -> None:
    for mini in (False, True):
        picture = ET.fromstring(FORMS[form]("EBS volumes", mini))  # noqa: S314 - the same
        width, height = float(picture.get("width", 0)), float(picture.get("height", 0))
        for one in picture.iter("rect"):
            assert float(one.get("x", 0)) >= -0.01
            assert float(one.get("x", 0)) + float(one.get("width", 0)) <= width + 0.01, form
            assert float(one.get("y", 0)) + float(one.get("height", 0)) <= height + 0.01, (form, mini)
        for words in picture.iter("text"):
            small = "small" in (words.get("class") or "")
            wide = text.width(words.text or "", 11 if small else 12)
            x = float(words.get("x", 0))
            left = x - wide if words.get("text-anchor") == "end" else x - wide / 2 if words.get("text-anchor") else x
            assert left >= -2, (form, words.text)
            assert left + wide <= width + 2, (form, words.text)


def test_what_could_not_be_seen_is_hatched_and_takes_its_share() -> None:
    drawn = glyphs.shares([GlyphShare("Volumes", 50, 25, 25)], "x")
    room = glyphs.WIDTH - glyphs.NAMES - glyphs.FIGURES
    widths = [float(each) for each in re.findall(r'width="([\d.]+)" height="9"', drawn)]
    assert widths == pytest.approx([room / 2, room / 4, room / 4, room / 4], abs=0.1)
    assert "url(#pl-hatch)" in drawn
    assert "url(#pl-hatch)" not in glyphs.shares([GlyphShare("Volumes", 50, 25, 0)], "x")


def test_a_single_failure_among_many_still_shows() -> None:
    drawn = glyphs.shares([GlyphShare("Volumes", 100_000, 1, 0)], "x")
    assert 'class="pl-glyph-fail"' in drawn
    assert min(float(each) for each in re.findall(r'width="([\d.]+)" height="9"', drawn)) >= glyphs.PART_MIN


@pytest.mark.parametrize("kind", rings.KINDS)
def test_a_ring_of_one_kind_is_closed_all_around(kind: str) -> None:
    drawn = rings.draw([rings.RingPart(kind, 7)], "x", "7")
    assert f"pl-ring-{kind}" in drawn
    ET.fromstring(drawn)  # noqa: S314 - the same


def test_the_parts_of_a_ring_follow_each_other_and_what_is_not_judged_is_no_area() -> None:
    drawn = rings.draw([rings.RingPart("unjudged", 5), rings.RingPart("pass", 2), rings.RingPart("fail", 1)], "x")
    kinds = re.findall(r'class="pl-ring-(\w+)"', drawn)
    assert kinds == ["fail", "pass", "unjudged"]
    unjudged = re.search(r'<path d="([^"]+)" class="pl-ring-unjudged"', drawn)
    assert unjudged
    assert not unjudged[1].endswith("z"), "a line, since nothing is claimed"


def test_a_ring_of_nothing_is_a_thin_circle() -> None:
    assert "pl-ring-unjudged" in rings.draw([], "x")
