"""The frame in a real browser: no complaint, no barrier, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize

from accounts.models import User
from tests.browsers import Complaints
from tests.web.story import tell
from tests.web.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)

Login = Callable[[User], Page]
Axe = Callable[[Page], None]
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def told() -> World:
    """The world with its story, committed."""
    world = build()
    tell(world)
    return world


def fits(page: Page) -> bool:
    """Tell whether the page is no wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("url", ["/", "/score/", "/score/?account=222222222222", "/profile/", "/scope/", "/nowhere/"])
def test_pages_have_no_barrier(
    told: World, live: str, log_in: Login, axe: Axe, complaints: Complaints, url: str, theme: str
) -> None:
    page = log_in(told.executive)
    if url == "/nowhere/":
        complaints.expect("404")
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.goto(f"{live}{url}")
        assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
        assert fits(page)
        axe(page)


def test_the_chart_is_drawn_and_has_its_numbers(told: World, live: str, log_in: Login) -> None:
    page = log_in(told.executive)
    page.goto(live)
    page.wait_for_selector("#score .main-svg")
    page.get_by_text("The numbers").first.click()
    assert page.locator(".pl-numbers tbody tr").count() == 3


def test_the_theme_is_kept(told: World, live: str, log_in: Login) -> None:
    page = log_in(told.executive)
    page.goto(live)
    page.wait_for_selector("#score .main-svg")
    page.get_by_text("Switch between light and dark").locator("..").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_the_scope_is_picked_by_typing_and_travels(told: World, live: str, log_in: Login) -> None:
    page = log_in(told.executive)
    page.goto(live)
    page.locator("#menu-scope > summary").click()
    page.locator("#find-place").fill("paym")
    page.get_by_role("link", name="payments 222222222222").click()
    assert "account=222222222222" in page.url
    page.get_by_role("link", name="How the score is made").click()
    assert "account=222222222222" in page.url
    assert "payments" in page.locator("h1").inner_text()


def test_a_menu_closes_by_escape_and_gives_the_focus_back(told: World, live: str, log_in: Login) -> None:
    page = log_in(told.executive)
    page.goto(live)
    page.locator("#menu-compare > summary").click()
    page.keyboard.press("Escape")
    assert page.locator("#menu-compare[open]").count() == 0
    assert page.evaluate("document.activeElement.parentElement.id") == "menu-compare"


def test_the_keyboard_skips_to_the_content(told: World, live: str, log_in: Login) -> None:
    page = log_in(told.executive)
    page.goto(live)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_rail_opens_and_closes_on_a_phone(told: World, live: str, log_in: Login) -> None:
    page = log_in(told.executive)
    page.set_viewport_size(NARROW)
    page.goto(live)
    rail = page.locator("#rail")
    assert not rail.is_visible()
    page.get_by_text("Areas", exact=True).locator("..").click()
    assert rail.is_visible()
    page.keyboard.press("Escape")
    assert not rail.is_visible()


def test_logging_in_by_the_form(live: str, page: Page, axe: Axe) -> None:
    User.objects.create_user("eva", password="correct horse", role="executive")
    page.goto(f"{live}/")
    axe(page)
    page.get_by_label("Username").fill("eva")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_text("do not belong together").is_visible()
    axe(page)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_text("Nothing hangs here yet").is_visible()


@pytest.mark.urls("tests.web.site")
def test_filtering_changes_the_table_and_the_url_and_keeps_the_menu_open(told: World, live: str, log_in: Login) -> None:
    page = log_in(told.executive)
    page.goto(f"{live}/try/")
    page.locator("#facet-unit > summary").click()
    page.get_by_label("Sandbox").check()
    page.wait_for_url("**/try/?unit=ou-2")
    assert page.locator("#pl-list tbody tr").count() == 1
    assert page.locator("#facet-unit[open]").count() == 1
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Account id").click()
    page.wait_for_url("**sort=account_id**")
    assert "unit=ou-2" in page.url
    page.get_by_role("link", name="Remove Unit: Sandbox").click()
    page.wait_for_load_state()
    assert page.locator("#pl-list tbody tr").count() == 2
    page.go_back()
    assert page.locator("#pl-list tbody tr").count() == 1


@pytest.mark.urls("tests.web.site")
def test_a_server_that_breaks_is_said(told: World, live: str, log_in: Login, complaints: Complaints) -> None:
    complaints.expect("500")
    complaints.expect("Response Status Error Code")
    page = log_in(told.executive)
    page.goto(f"{live}/try/")
    page.route("**/try/?*", lambda route: route.fulfill(status=500, body="broken"))
    page.locator("#facet-unit > summary").click()
    page.get_by_label("Sandbox").check()
    page.get_by_role("alert").get_by_text("could not answer that").wait_for()
    assert page.locator("#pl-list tbody tr").count() == 2
