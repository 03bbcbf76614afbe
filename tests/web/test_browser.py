"""The frame in a real browser.

No complaint, no barrier, nothing wider than the screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import User
from posture.history.models import AccountSweep, Snapshot
from tests.browsers import Complaints
from tests.web.story import record_story
from tests.web.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)

Login = Callable[[User], Page]
Axe = Callable[[Page], None]
WIDE: ViewportSize = {"width": 1440, "height": 900}
THEIRS = re.compile(r"[?&]account=222222222222\b")
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def recorded() -> World:
    """The world with its story, committed."""
    world = build()
    record_story(world)
    return world


def fits(page: Page) -> bool:
    """Return True if the page is no wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("url", ["/", "/score/", "/score/?account=222222222222", "/profile/", "/scope/", "/nowhere/"])
def test_pages_have_no_barrier(
    recorded: World, live: str, log_in: Login, axe: Axe, complaints: Complaints, url: str, theme: str
) -> None:
    page = log_in(recorded.executive)
    if url == "/nowhere/":
        complaints.expect("404")
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.goto(f"{live}{url}")
        assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
        assert fits(page)
        axe(page)


def test_the_chart_is_drawn_and_has_its_numbers(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.admin)
    page.goto(f"{live}{reverse('styleguide:parts')}")
    page.wait_for_selector("[data-chart] .main-svg")
    page.get_by_text("The numbers").first.click()
    expect(page.locator(".pl-numbers tbody tr").first).to_be_visible()


def test_the_time_of_a_sweep_is_drawn_and_has_its_numbers(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    sweep = Snapshot.objects.latest("as_of")
    swept = {"started_at": sweep.as_of, "swept_at": sweep.as_of, "ended_at": sweep.as_of + timedelta(minutes=2)}
    accounts = AccountSweep.objects.filter(snapshot=sweep).update(**swept, claimed_by="worker")
    Snapshot.objects.filter(pk=sweep.pk).update(started_at=sweep.as_of)
    page.goto(f"{live}{reverse('sweeps:detail', args=[sweep.pk])}")
    timeline = page.locator("section:has(> div > #timeline)")
    expect(timeline.locator("svg:visible").first).to_be_visible()
    timeline.get_by_text("As a table").click()
    expect(timeline.locator("tbody tr")).to_have_count(accounts)
    expect(timeline.locator("tbody tr").first).to_be_visible()


def test_the_overview_loads_no_chart_library_and_has_its_numbers(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "plotly-basic" in url]
    page.locator("section:has(> div > #trend) summary").click()
    expect(page.locator("section:has(> div > #trend) tbody tr")).to_have_count(3)


def test_the_theme_is_kept(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    page.wait_for_selector(".pl-drawing-wide .pl-trend")
    page.get_by_text("Switch between light and dark").locator("..").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_the_scope_is_picked_by_typing_and_travels(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    page.locator("#menu-scope > summary").click()
    page.locator("#find-scope").fill("paym")
    page.get_by_role("link", name="payments 222222222222").click()
    expect(page).to_have_url(THEIRS)
    page.get_by_role("link", name="How it is made").click()
    expect(page.locator("h1")).to_contain_text("payments")
    expect(page).to_have_url(THEIRS)


def test_a_menu_closes_by_escape_and_gives_the_focus_back(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    page.locator("#menu-compare > summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("#menu-compare[open]")).to_have_count(0)
    expect(page.locator("#menu-compare > summary")).to_be_focused()


def test_the_keyboard_skips_to_the_content(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_rail_opens_and_closes_on_a_phone(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.set_viewport_size(NARROW)
    page.goto(live)
    rail = page.locator("#rail")
    expect(rail).to_be_hidden()
    page.get_by_text("Areas", exact=True).locator("..").click()
    expect(rail).to_be_visible()
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()


def test_logging_in_by_the_form(live: str, page: Page, axe: Axe) -> None:
    User.objects.create_user("eva", password="correct horse", role="executive")
    page.goto(f"{live}/")
    axe(page)
    page.get_by_label("Username").fill("eva")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    axe(page)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("No accounts yet")).to_be_visible()


@pytest.mark.urls("tests.web.site")
def test_filtering_changes_the_table_and_the_url_and_keeps_the_menu_open(
    recorded: World, live: str, log_in: Login
) -> None:
    page = log_in(recorded.executive)
    page.goto(f"{live}/try/")
    page.locator("#filter-menu > summary").click()
    page.locator("#facet-unit > summary").click()
    page.get_by_label("Sandbox").check()
    page.wait_for_url("**/try/?unit=ou-2")
    rows = page.locator("#pl-list tbody tr")
    expect(rows).to_have_count(1)
    expect(page.locator("#facet-unit[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Account id").click()
    page.wait_for_url("**sort=account_id**")
    assert "unit=ou-2" in page.url
    page.get_by_role("link", name="Remove Unit: Sandbox").click()
    expect(rows).to_have_count(2)
    page.go_back()
    expect(rows).to_have_count(1)


@pytest.mark.urls("tests.web.site")
def test_a_server_that_breaks_is_said(recorded: World, live: str, log_in: Login, complaints: Complaints) -> None:
    complaints.expect("500")
    complaints.expect("Response Status Error Code")
    page = log_in(recorded.executive)
    page.goto(f"{live}/try/")
    page.route("**/try/?*", lambda route: route.fulfill(status=500, body="broken"))
    page.locator("#filter-menu > summary").click()
    page.locator("#facet-unit > summary").click()
    page.get_by_label("Sandbox").check()
    page.get_by_role("alert").get_by_text("could not answer that").wait_for()
    expect(page.locator("#pl-list tbody tr")).to_have_count(2)
