"""A VPC's page in a real browser: accessible, no overflow, no overlapping text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import User
from tests.network.resources import a_vpc
from tests.web.overlaps import overlaps
from tests.web.world import build

pytestmark = pytest.mark.django_db(transaction=True)

Login = Callable[[User], Page]
Axe = Callable[[Page], None]
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_no_barrier_and_no_text_over_another(live: str, log_in: Login, axe: Axe, theme: str) -> None:
    world = build()
    resource_id = a_vpc(world)
    page = log_in(world.owner)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.goto(f"{live}/network/{resource_id}/")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert overlaps(page, ".pl-vpc") == []
        axe(page)


def test_a_line_leads_to_its_row(live: str, log_in: Login) -> None:
    world = build()
    resource_id = a_vpc(world)
    page = log_in(world.owner)
    page.goto(f"{live}/network/{resource_id}/")
    page.locator(".pl-vpc a[href='#path-1']").click()
    expect(page.locator("#path-1")).to_be_in_viewport()
    expect(page.locator("#path-1")).to_contain_text("tcp/22")
