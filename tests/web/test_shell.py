"""The frame in a real browser.

Palette, shortcuts, going back, folded scope, help, tour, and parts that fail.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from accounts.models import User
from tests.browsers import Complaints
from tests.web.story import record_story
from tests.web.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)

Login = Callable[[User], Page]
Axe = Callable[[Page], None]
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
FOLD = 160
"""Pixels within which a narrow page begins with what it is about."""


@pytest.fixture
def recorded() -> World:
    """The world with its story, committed."""
    world = build()
    record_story(world)
    return world


def palette(page: Page) -> None:
    """Open the palette and wait for what it offers."""
    page.keyboard.press("Control+k")
    expect(page.locator("#pl-palette [role=option]").first).to_be_visible()


def test_the_palette_is_opened_searched_and_followed_by_keys(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(f"{live}/?compare=7")
    field = page.get_by_role("combobox")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Overview")).to_be_visible()
    field.press_sequentially("drift")
    first = page.locator("#pl-palette [role=option]").first
    expect(first).to_have_text(re.compile("Drift"))
    expect(first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(first.get_attribute("id")))
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/drift/?*compare=7*")
    palette(page)
    expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_have_text([re.compile("Drift")])


def test_escape_closes_the_palette_and_gives_the_focus_back(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    opener = page.locator("[data-open-palette]")
    opener.click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#pl-palette")).to_be_hidden()
    expect(opener).to_be_focused()


def wait_for(page: Page, expression: str) -> None:
    """Wait until an expression holds.

    Playwright's own wait polls by eval, which the page's policy forbids.
    """
    until = time.monotonic() + 10
    while not page.evaluate(f"() => {expression}"):
        assert time.monotonic() < until, expression
        page.wait_for_timeout(50)


def test_a_palette_closed_before_its_script_has_come_stays_closed(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    held: list[Route] = []
    page.route("**/palette*.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no built-in
    page.goto(live)
    opener = page.locator("[data-open-palette]")
    opener.click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#pl-palette")).to_be_hidden()
    expect(opener).to_be_focused()
    assert len(held) == 1
    held[0].continue_()
    wait_for(page, "Boolean(window.plPalette)")
    page.evaluate("() => new Promise((done) => setTimeout(done))")  # the script's load event follows its run
    expect(page.locator("#pl-palette")).to_be_hidden()
    opener.click()
    expect(page.get_by_role("option").first).to_be_visible()


def test_enter_at_once_opens_what_was_typed(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    palette(page)
    page.keyboard.type("payments")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/222222222222/**")


def test_acts_of_the_palette_are_done(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    for words, seen in (("switch theme", "[data-bs-theme=dark]"), ("keyboard", "#pl-shortcuts[open] kbd")):
        palette(page)
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(page.locator(seen).first).to_be_attached()
    page.keyboard.press("Escape")
    palette(page)
    page.keyboard.type("log out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_palette_and_shortcuts_have_no_barrier(
    recorded: World, live: str, log_in: Login, axe: Axe, size: ViewportSize
) -> None:
    page = log_in(recorded.admin)
    page.set_viewport_size(size)
    page.goto(live)
    page.locator("[data-open-palette]").click()
    page.get_by_role("combobox").fill("vol")
    expect(page.locator("#pl-palette").get_by_role("group", name="Findings")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(page.locator("#pl-shortcuts kbd").first).to_be_visible()
    axe(page)


def test_a_search_that_fails_is_said(recorded: World, live: str, log_in: Login, complaints: Complaints) -> None:
    complaints.expect("500")
    page = log_in(recorded.executive)
    page.goto(live)
    palette(page)
    page.route("**/palette/?*q=*", lambda route: route.fulfill(status=500, body="broken"))
    page.keyboard.type("vol")
    expect(page.get_by_text("The search did not answer")).to_be_visible()


def test_keys_lead_to_areas_and_through_lists(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(f"{live}/?as_of=2026-10-01")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/inventory/?as_of=2026-10-01")
    page.goto(f"{live}/inventory/table/?type=AWS::EC2::Volume")
    rows = page.locator("main a.pl-row-link")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url("**/inventory/resource/**")
    page.keyboard.press("u")
    page.wait_for_url("**/inventory/table/?*")
    before = page.evaluate("document.documentElement.dataset.bsTheme")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.bsTheme") != before


def test_keys_do_nothing_while_somebody_types_or_has_switched_them_off(
    recorded: World, live: str, log_in: Login
) -> None:
    page = log_in(recorded.executive)
    page.goto(f"{live}/inventory/table/?type=AWS::EC2::Volume")
    page.locator("#filter-q").focus()
    page.keyboard.type("g/?jt")
    expect(page.locator("#filter-q")).to_have_value("g/?jt")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.goto(f"{live}/profile/")
    page.get_by_role("button", name="Switch them off").click()
    expect(page.get_by_text("Single-key shortcuts are off")).to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.locator("dialog[open]")).to_have_count(0)
    palette(page)


def test_back_to_a_list_keeps_filters_sorting_and_scroll(recorded: World, live: str, log_in: Login) -> None:
    recorded.add_accounts(60)
    page = log_in(recorded.executive)
    page.set_viewport_size({"width": 1440, "height": 500})
    page.goto(f"{live}/accounts/table/")
    page.locator("#pl-list").get_by_role("link", name="Account", exact=True).first.click()
    page.wait_for_url("**sort=**")
    url = page.url
    row = page.locator("main a.pl-row-link").nth(40)
    row.scroll_into_view_if_needed()
    top = page.evaluate("window.scrollY")
    assert top > 300
    row.click()
    page.wait_for_url("**/accounts/0*/**")
    page.go_back()
    page.wait_for_url(url)
    wait_for(page, f"Math.abs(window.scrollY - {top}) < 3")


def test_a_crumb_leads_to_the_list_as_it_was_left(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.set_viewport_size({"width": 1440, "height": 400})
    url = f"{live}/inventory/table/?type=AWS%3A%3AEC2%3A%3AVolume&region=eu-central-1&sort=-name"
    page.goto(url)
    last = page.locator("main a.pl-row-link").last
    last.scroll_into_view_if_needed()
    top = page.evaluate("window.scrollY")
    last.click()
    page.wait_for_url("**/inventory/resource/**")
    page.locator(".pl-crumbs a[data-left]").last.click()
    page.wait_for_url(url)
    wait_for(page, f"Math.abs(window.scrollY - {top}) < 3")


@pytest.mark.parametrize("url", ["/", "/findings/", "/inventory/", "/coverage/", "/profile/"])
def test_a_narrow_page_begins_with_its_content(recorded: World, live: str, log_in: Login, url: str) -> None:
    page = log_in(recorded.executive)
    page.set_viewport_size(NARROW)
    page.goto(f"{live}{url}")
    box = page.locator("main h1").first.bounding_box()
    alerts = page.locator(".pl-alerts").bounding_box() if page.locator(".pl-alerts").count() else None
    assert box
    assert box["y"] - (alerts["height"] if alerts else 0) < FOLD


def test_the_scope_folds_away_on_a_phone(recorded: World, live: str, log_in: Login, axe: Axe) -> None:
    page = log_in(recorded.executive)
    page.set_viewport_size(NARROW)
    page.goto(f"{live}/?as_of=2026-10-01")
    fold = page.locator("[data-toggle-scope]")
    expect(fold).to_contain_text("1 Oct 2026")
    expect(page.locator("#menu-scope")).to_be_hidden()
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    page.locator("#menu-scope > summary").click()
    expect(page.get_by_role("link", name="payments 222222222222")).to_be_visible()
    axe(page)


def test_help_opens_by_key_and_touch_and_closes(recorded: World, live: str, log_in: Login, axe: Axe) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    button = page.get_by_role("button", name="About the score", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    text = page.get_by_text("100 means that nothing that was checked fails")
    expect(text).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(text).to_be_hidden()
    page.set_viewport_size(NARROW)
    button.click()
    expect(text).to_be_visible()
    box = text.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW["width"]
    page.get_by_role("link", name="The formula with your figures").click()
    page.wait_for_url("**/score/**")


@pytest.mark.parametrize("persona", ["owner", "executive", "admin"])
def test_the_tour_is_shown_once(recorded: World, live: str, log_in: Login, axe: Axe, persona: str) -> None:
    user = recorded.person(persona)
    assert user is not None
    User.objects.filter(pk=user.pk).update(tour_dismissed_at=None)
    page = log_in(user)
    page.set_viewport_size(NARROW)
    page.goto(live)
    tour = page.get_by_role("region", name="Where to begin")
    expect(tour.get_by_role("listitem")).to_have_count(3 if persona == "owner" else 4)
    assert page.evaluate("getComputedStyle(document.querySelector('.pl-tour')).position") == "static"
    axe(page)
    tour.get_by_role("button", name="Got it").click()
    expect(tour).to_have_count(0)
    page.goto(f"{live}/findings/")
    expect(tour).to_have_count(0)
    page.goto(f"{live}/tour/")
    expect(tour).to_be_visible()


def test_a_part_that_fails_says_so_in_its_place_and_is_tried_again(
    recorded: World, live: str, log_in: Login, complaints: Complaints, axe: Axe
) -> None:
    complaints.expect("500")
    complaints.expect("Response Status Error Code")
    page = log_in(recorded.executive)
    page.route("**/coverage/summary/*", lambda route: route.fulfill(status=500, body="broken"), times=1)
    page.goto(live)
    part = page.get_by_role("region", name="AWS tools")
    expect(part.get_by_text("The server could not answer that")).to_be_visible()
    axe(page)
    part.get_by_role("button", name="Try again").click()
    expect(part.get_by_role("link", name="Coverage")).to_be_visible()
    expect(part.get_by_role("button", name="Try again")).to_have_count(0)


SHIFTS = """() => new Promise(done => new PerformanceObserver(list =>
  done(list.getEntries().reduce((sum, one) => sum + (one.hadRecentInput ? 0 : one.value), 0))
).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"""
"""Sums what the browser has seen jump on the page."""


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_parts_come_without_moving_what_is_there(recorded: World, live: str, log_in: Login, size: ViewportSize) -> None:
    page = log_in(recorded.executive)
    page.set_viewport_size(size)

    def late(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route(re.compile("/(visit|summary)/"), late)
    page.goto(live)
    expect(page.get_by_role("region", name="AWS tools").get_by_role("link", name="Coverage")).to_be_attached()
    expect(page.locator(".pl-loading")).to_have_count(0)
    assert page.evaluate(SHIFTS) < 0.1


def test_what_takes_long_shows_a_bar(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/coverage/summary/*", hold, times=1)
    page.goto(live)
    expect(page.locator(".pl-bar-on")).to_be_attached()
    held[0].continue_()
    expect(page.locator(".pl-bar-on")).to_have_count(0)
