"""Printed pages have whole tables, and neither frame nor controls."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.album.conftest import Studio
from tests.album.scenes import Scene
from tests.album.settling import settle

pytestmark = pytest.mark.django_db

SHEETS = re.compile(rb"/Type\s*/Page\b")
BOXES = re.compile(rb"/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)")
A4_PX = 703
"""Width of an A4 sheet within its margins, in CSS pixels."""
A4_SIDE_PX, LEAST_PX = 1032, 9.0
"""Width of an A4 sheet on its side within its margins, and the height of the smallest text on it."""
SMALLEST = """() => Math.min(...[...document.querySelectorAll("svg.pl-vpc text")].map((one) =>
  parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a))"""
CONTROLS = ".pl-rail, .pl-top, .pl-skip, .pl-filters, .pl-actions, .pl-pages, .btn, button"
STATE = """(controls) => {
  const seen = (one) => one.checkVisibility() && one.getBoundingClientRect().height > 0;
  const named = (all) => all.slice(0, 3).map((one) => `${one.tagName} ${one.className}`);
  const every = [...document.querySelectorAll("main *")].filter((one) => seen(one) && !one.closest("svg"));
  const folded = [...document.querySelectorAll("main details:not(.pl-menu)")].filter(seen);
  return {
    controls: named([...document.querySelectorAll(controls)].filter(seen)),
    cut: named(every.filter((one) => one.tagName !== "TEXTAREA"
      && /auto|scroll/.test(getComputedStyle(one).overflowX))),
    wide: named(every.filter((one) => one.getBoundingClientRect().right > innerWidth + 1)),
    folded: named(folded.flatMap((one) => [...one.children].slice(1)).filter((one) => !one.checkVisibility())),
  };
}"""
"""What is wrong on paper: controls, boxes that scroll, what is too wide, and what stays folded."""


def printed(page: Page) -> dict[str, list[str]]:
    """Return what is wrong with a page as it is laid out for paper."""
    page.set_viewport_size({"width": A4_PX, "height": 1000})
    page.emulate_media(media="print")
    found: dict[str, list[str]] = page.evaluate(STATE, CONTROLS)
    return {name: wrong for name, wrong in found.items() if wrong}


def test_pages_are_whole_on_paper(studio: Studio, photographed: list[Scene]) -> None:
    wrong = {}
    for scene in photographed:
        with studio.camera.open(scene, studio.sessions[scene.persona]) as (page, _complaints):
            if found := printed(page):
                wrong[scene.page] = found
    assert wrong == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_overview_takes_two_sheets(studio: Studio, theme: str) -> None:
    scene = Scene("dashboard:overview", "/", "executive")
    with studio.camera.open(scene, studio.sessions["executive"]) as (page, _complaints):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        settle(page)
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
