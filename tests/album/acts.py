"""What people do on a page, found on the page itself.

Each act leaves something to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

from tests.album.settling import settle

MENUS = "details.pl-menu:visible > summary"
MENUS_MAX = 8
FOLDED = "main details:not(.pl-menu):not([open])"
RAIL = "[data-toggle-rail]:visible"
FILTER = "#filter-menu > summary"
DECISIONS = "details[id^=decision-] form"


def perform(page: Page) -> Iterator[str]:
    """Do one act after the other; yield the name of each while its outcome is shown."""
    yield from _open_menus(page)
    yield from _open_rail(page)
    yield from _open_dialogs(page)
    yield from _open_folded(page)
    yield from _filter(page)
    yield from _decide(page)


def _open_menus(page: Page) -> Iterator[str]:
    summaries = page.locator(MENUS)
    for at in range(min(summaries.count(), MENUS_MAX)):
        one = summaries.nth(at)
        name = str(one.evaluate("one => one.parentElement.id") or f"menu-{at}")
        one.click()
        settle(page)
        yield f"{name} open"
        page.keyboard.press("Escape")


def _open_rail(page: Page) -> Iterator[str]:
    if page.locator(RAIL).count():
        page.locator(RAIL).first.click()
        settle(page)
        yield "rail open"
        page.keyboard.press("Escape")


def _open_dialogs(page: Page) -> Iterator[str]:
    for at in range(page.locator("dialog").count()):
        page.locator("dialog").nth(at).evaluate("one => one.showModal()")
        settle(page)
        yield f"dialog {at + 1} open"
        page.keyboard.press("Escape")


def _open_folded(page: Page) -> Iterator[str]:
    if page.evaluate("(all) => { const some = [...document.querySelectorAll(all)]; some.forEach((one) => {"
                     " one.open = true; }); return some.length; }", FOLDED):  # fmt: skip
        settle(page)
        yield "all unfolded"


def _filter(page: Page) -> Iterator[str]:
    if not page.locator(FILTER).count():
        return
    page.locator(FILTER).click()
    facet = page.locator("#filter-menu .pl-filter-facet").first
    if facet.get_attribute("open") is None:
        facet.locator("summary").click()
    choice = facet.locator("input").first
    if choice.count():
        choice.check()
        settle(page)
        yield "filtered"
    page.keyboard.press("Escape")


def _decide(page: Page) -> Iterator[str]:
    if not page.locator(DECISIONS).count():
        return
    form = page.locator("#decision-comment form")
    page.evaluate("() => { const one = document.querySelector('#decision-comment'); if (one) one.open = true; }")
    form.locator("textarea, input[type=text]").first.fill("Looked at; <b>nothing</b> to be done before November.")
    form.get_by_role("button").first.click()
    page.wait_for_load_state("load")
    settle(page)
    yield "decided"
