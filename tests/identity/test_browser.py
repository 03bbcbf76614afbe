"""The identity pages in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browsers import Complaints
from tests.identity.identities import record
from tests.identity.test_pages import NO_REPORT, identities
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_are_accessible_and_fit(
    width: int,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    record(world.ours, *identities())
    record(world.theirs, *identities()[:5], gaps=(NO_REPORT,))
    page = log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    for name in ("overview", "list", "outside", "keys"):
        page.goto(live + reverse(f"identity:{name}"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        axe(page)
    page.goto(live + reverse("identity:overview"))
    opened = page.locator(".pl-identity[open] .pl-decides")
    before = opened.count()
    page.locator(".pl-identity:not([open]) summary").first.press("Enter")
    expect(opened.nth(before)).to_be_visible()
    axe(page)
