"""The album holds every page, and each page holds what all pages must.

Here each page is opened once, by an admin, in one theme; `./dev album` looks at all of them for everybody.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from devtools.local import album as command
from devtools.local.installation import ROOT
from tests.album import book
from tests.album.camera import A4_PX, Look, Shot
from tests.album.conftest import Studio
from tests.album.facts import Fault
from tests.album.scenes import PERSONAS, Scene, missing
from tests.album.settling import redraw
from tests.album.site import extra_scenes
from tests.album.world import WORLDS

pytestmark = pytest.mark.django_db

LOOKS = (
    Look(390, "light", is_photographed=False),
    Look(720, "light", is_photographed=False, with_axe=False),
    Look(A4_PX, "light", is_photographed=False, with_axe=False, on_paper=True),
)
"""Taken of one visit: opening a page takes longer than looking at it."""
SHEETS = re.compile(rb"/Type\s*/Page\b")
BOXES = re.compile(rb"/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)")
A4_SIDE_PX, LEAST_PX = 1032, 9.0
"""Width of an A4 sheet on its side within its margins, and the height of the smallest text on it."""
SMALLEST = """() => Math.min(...[...document.querySelectorAll("svg.pl-vpc text")].map((one) =>
  parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a))"""


def test_every_page_is_in_the_album(studio: Studio, photographed: list[Scene]) -> None:
    """Every page has a link that leads to it, and data in the full world."""
    assert [(one, page) for one in PERSONAS for page in missing(studio.world, photographed, one)] == []


def test_the_command_knows_the_people_and_worlds() -> None:
    assert (command.PERSONAS, command.WORLDS) == (PERSONAS, WORLDS)


def test_the_docs_call_the_command_as_it_is() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    calls = re.findall(r"`\./dev album([^`]*)`", text)
    assert len(calls) > 1
    for call in calls:
        command._parser().parse_args(shlex.split(call))


def test_each_page_holds_what_all_pages_must(studio: Studio, photographed: list[Scene]) -> None:
    found = [
        shot
        for scene in (*photographed, *extra_scenes("admin"))
        for shot in studio.camera.look(scene, "full", studio.sessions[scene.persona], LOOKS)
    ]
    assert not (faults := fault_lines(found)), "\n".join(faults)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_overview_takes_two_sheets(studio: Studio, theme: str) -> None:
    scene = Scene("dashboard:overview", "/", "executive")
    with studio.camera.open(scene, studio.sessions["executive"]) as (page, _complaints):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        redraw(page)
        sheets = SHEETS.findall(page.pdf(format="A4", print_background=True))
        page.emulate_media(media="print")
        ground = page.evaluate("getComputedStyle(document.querySelector('.pl-panel')).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert 1 <= len(sheets) <= 2


def test_a_vpc_is_printed_on_its_side(studio: Studio, photographed: list[Scene]) -> None:
    """On an upright sheet the words of the drawing would be seven pixels high."""
    scene = next(one for one in photographed if one.page == "network:vpc")
    with studio.camera.open(scene, studio.sessions[scene.persona]) as (page, _complaints):
        sheets = BOXES.findall(page.pdf(prefer_css_page_size=True))
        page.set_viewport_size({"width": A4_SIDE_PX, "height": 703})
        page.emulate_media(media="print")
        smallest = page.evaluate(SMALLEST)
    assert sheets
    assert [one for one in sheets if float(one[0]) < float(one[1])] == []
    assert smallest >= LEAST_PX


def fault_lines(shots: list[Shot]) -> list[str]:
    """Return the faults as lines to read."""
    return [
        f"{shot.scene.page} at {shot.look.width}: {fault.kind}: {fault.what} ({shot.scene.url})"
        for shot in shots
        for fault in shot.faults
    ]


def test_the_book_shows_each_photograph_with_its_faults(tmp_path: Path) -> None:
    scene = Scene("findings:list", "/findings/?q=<b>", "owner")
    fault = Fault("overflow", "9 px too wide by <i>")
    book.write(tmp_path, [Shot(scene, "full", LOOKS[0], file="a.png", faults=[fault]), Shot(scene, "empty", LOOKS[1])])
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<img loading="lazy" src="a.png"' in index
    assert "9 px too wide by &lt;i&gt;" in index
    assert "<b>" not in index
    assert "- findings:list\n  - overflow: 9 px too wide by <i> [full/owner/390/light]" in (
        tmp_path / "faults.md"
    ).read_text(encoding="utf-8")
