"""The browser fixtures notice what they are there to notice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from devtools.local import assets
from tests.browsers import VIOLATION, Complaints

GOOD = "<!doctype html><html lang=en><title>Good</title><main><h1>Good</h1></main>"


def test_a_quiet_page_passes(page: Page, axe: Callable[[Page], None]) -> None:
    page.set_content(GOOD)
    axe(page)
    assert page.title() == "Good"


def test_axe_fails_on_an_image_without_a_name(page: Page, axe: Callable[[Page], None]) -> None:
    page.set_content(GOOD + '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">')
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_axe_works_under_the_sites_policy(page: Page, axe: Callable[[Page], None]) -> None:
    policy = {"Content-Security-Policy": "default-src 'none'; script-src 'self'"}
    page.route("https://good.test/", lambda route: route.fulfill(body=GOOD, content_type="text/html", headers=policy))
    page.goto("https://good.test/")
    axe(page)


def test_an_error_and_a_policy_violation_are_complaints(page: Page, complaints: Complaints) -> None:
    complaints.expect("boom")
    complaints.expect("Content Security Policy")
    policy = {"Content-Security-Policy": "script-src 'self'"}
    body = GOOD + "<script>console.log('inline')</script>"
    page.route("https://bad.test/", lambda route: route.fulfill(body=body, content_type="text/html", headers=policy))
    page.goto("https://bad.test/")
    page.evaluate("setTimeout(() => { throw new Error('boom') })")
    page.wait_for_timeout(100)
    assert any("boom" in one for one in complaints.all)
    assert any("Content Security Policy" in one for one in complaints.all)
    complaints.expect(f"{VIOLATION} script-src-elem inline")
    assert any(VIOLATION in one for one in complaints.all)
    assert complaints.unexpected == []


def test_a_second_page_is_listened_to_as_well(page: Page, complaints: Complaints) -> None:
    complaints.expect("late")
    second = page.context.new_page()
    second.evaluate("console.error('late')")
    second.close()
    assert any("late" in one for one in complaints.all)


def test_every_vendor_file_is_copied(built_assets: None) -> None:
    for name in assets.FILES.values():
        assert (assets.ROOT / "static" / "vendor" / name).stat().st_size > 1000
    for name in assets.icons():
        assert (assets.ROOT / "static" / "vendor" / "icons" / "outline" / f"{name}.svg").exists()
