"""Outposts and inventory in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import User
from posture.history.models import ResourceRecord
from tests.inventory import test_populations
from tests.outposts import outpost_world
from tests.web.overlaps import overlaps
from tests.web.story import record_story
from tests.web.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)

Login = Callable[[User], Page]
Axe = Callable[[Page], None]
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def recorded() -> World:
    """The world with a population, an Outpost and a story of volumes, committed."""
    world = build()
    test_populations.record(
        world, [*test_populations.machine(world, 1), *test_populations.machine(world, 2, MetadataOptions={})]
    )
    outpost_world.an_outpost(world)
    record_story(world)
    return world


def fits(page: Page) -> bool:
    """Return True if the page is not wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def urls() -> list[str]:
    """Return the pages, those of single resources by the ids that they have."""
    ids = {one.name: one.resource_id for one in ResourceRecord.objects.filter(valid_to=None)}
    return [
        "/outposts/",
        f"/outposts/{ids['clinic']}/",
        "/inventory/",
        "/inventory/table/?type=AWS::EC2::Volume",
        "/inventory/search/?q=vol",
        "/inventory/search/?q=nothing-like-it",
        f"/inventory/resource/{ids['clinic']}/",
        f"/inventory/resource/{ids['vol-1']}/",
        f"/inventory/resource/{ResourceRecord.objects.get(type='AWS::EC2::Instance', valid_to=None).resource_id}/",
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_no_barrier(recorded: World, live: str, log_in: Login, axe: Axe, theme: str) -> None:
    page = log_in(recorded.executive)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for url in urls():
        # The scheme changes colours alone, so that the narrow page is looked at once.
        for size in (WIDE, NARROW) if theme == "light" else (WIDE,):
            page.set_viewport_size(size)
            page.goto(f"{live}{url}")
            assert fits(page), url
            axe(page)


def test_a_table_is_narrowed_and_keeps_its_type(recorded: World, live: str, log_in: Login) -> None:
    page = log_in(recorded.executive)
    page.goto(f"{live}/inventory/table/?type=AWS::EC2::Volume")
    page.locator("#filter-menu > summary").click()
    page.locator("#facet-within > summary").click()
    page.get_by_label("playground").check()
    page.get_by_text("1\N{EN DASH}1 of 1 resource").wait_for()
    assert "type=AWS" in page.url
    assert "within=333333333333" in page.url
    page.get_by_role("link", name="vol-9").first.click()
    expect(page.locator("h1")).to_have_text("vol-9")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_has_no_barrier_and_no_text_over_another(live: str, log_in: Login, axe: Axe, theme: str) -> None:
    world = build()
    resource_id = outpost_world.an_outpost(world)
    page = log_in(world.executive)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.goto(f"{live}/outposts/{resource_id}/")
        assert fits(page)
        assert overlaps(page, ".pl-rack") == []
        axe(page)


def test_a_duty_opens_to_what_aws_does_in_a_region(live: str, log_in: Login) -> None:
    world = build()
    page = log_in(world.executive)
    page.goto(f"{live}/outposts/{outpost_world.an_outpost(world)}/")
    words = page.get_by_text("AWS guards its data centres")
    expect(words).to_be_hidden()
    page.locator(".pl-duty > summary", has_text="Physical access").press("Enter")
    expect(words).to_be_visible()
