"""What is measured on photographs is found where it is, and only there."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.album import facts

HEAD = '<!doctype html><html lang="en"><title>A page</title><meta name="viewport" content="width=device-width">'
GOOD = f"{HEAD}<main><h1>A page</h1><p>With text.</p></main>"


def measured(page: Page, body: str, width: int = 390) -> list[str]:
    """Return the kinds of what is wrong with a page."""
    page.set_viewport_size({"width": width, "height": 844})
    page.set_content(body)
    return [one.kind for one in (*facts.layout(page, width), *facts.barriers(page))]


def test_a_good_page_has_no_fault(page: Page) -> None:
    assert measured(page, GOOD) == []


def test_what_is_wider_than_the_window_is_an_overflow(page: Page) -> None:
    assert measured(page, GOOD.replace("<p>", '<p style="width: 500px">')) == ["overflow"]


def test_what_scrolls_in_a_box_of_its_own_is_none(page: Page) -> None:
    box = '<div style="overflow-x: auto" tabindex="0"><div style="width: 900px">Wide</div></div>'
    assert measured(page, GOOD.replace("<p>", f"{box}<p>")) == []


def test_twelve_screens_are_the_most(page: Page) -> None:
    assert measured(page, GOOD.replace("<p>", '<p style="height: 10200px">')) == ["length"]
    assert measured(page, GOOD.replace("<p>", '<p style="height: 10000px">')) == []


def test_small_text_is_found_in_pictures_too(page: Page) -> None:
    assert measured(page, GOOD.replace("<p>", '<p style="font-size: 10px">')) == ["small text"]
    svg = (
        '<svg viewBox="0 0 400 40" width="200" height="20" role="img" aria-label="A"><text y="20" {}>Text</text></svg>'
    )
    halved, turned = (svg.format(one) for one in ('font-size="14"', 'font-size="24" transform="rotate(45 0 20)"'))
    assert measured(page, GOOD.replace("<p>", f"{halved}<p>")) == ["small text"]
    assert measured(page, GOOD.replace("<p>", f"{turned}<p>")) == []


def test_a_barrier_of_any_impact_is_found(page: Page) -> None:
    assert measured(page, GOOD.replace("</p>", "</p><h4>Too deep</h4>")) == ["axe heading-order"]


def test_what_scrolls_or_stays_folded_is_lost_on_paper(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_content(GOOD)
    assert facts.paper(page) == []
    scrolls = '<div style="overflow-x: auto"><div style="width: 2000px">Wide</div></div>'
    page.set_content(
        GOOD.replace("<p>", f"{scrolls}<button>Act</button><details><summary>More</summary><p>All</p></details><p>")
    )
    assert [one.kind for one in facts.paper(page)] == ["paper controls", "paper cut", "paper wide", "paper folded"]
