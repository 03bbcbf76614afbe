"""Pages of accounts in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browsers import Complaints
from tests.web import story
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ["tree", "map", "table", "account"])
def test_each_page_is_accessible_and_fits(
    name: str,
    width: int,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    story.record_story(world)
    page = log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(live + reverse(f"organization:{name}", args=[world.ours.account_id] if name == "account" else []))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)


def test_a_unit_folds_and_leads_to_its_overview(world: World, live: str, log_in: Callable[[Any], Page]) -> None:
    story.record_story(world)
    page = log_in(world.executive)
    page.goto(live + reverse("organization:tree"))
    account = page.get_by_role("link", name="payments")
    expect(account).to_be_visible()
    page.locator("summary", has_text="Production").click()
    expect(account).to_be_hidden()
    page.get_by_role("link", name="Overview of Production").click()
    page.wait_for_url(f"**/?ou={world.production.ou_id}")


def test_a_large_unit_loads_its_accounts_when_it_is_opened(
    world: World, live: str, log_in: Callable[[Any], Page]
) -> None:
    story.record_story(world)
    world.add_accounts(70)
    page = log_in(world.executive)
    page.goto(live + reverse("organization:tree"))
    expect(page.get_by_role("link", name="a-007")).to_have_count(0)
    page.locator("summary", has_text="Sandbox").click()
    expect(page.get_by_role("link", name="a-007")).to_be_visible()
    expect(page.get_by_role("link", name="payments")).to_have_count(0)
