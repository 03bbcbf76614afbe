"""The page of access in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.history.test_who_can import OBJECT, record
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_the_page_is_accessible_and_fits(
    width: int, theme: str, world: World, live: str, log_in: Callable[[Any], Page], axe: Callable[[Page], None]
) -> None:
    record(world.ours)
    page = log_in(world.admin)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two words
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(live + reverse("access:ask"))
    axe(page)
    page.get_by_role("textbox", name="Action").fill("s3:GetObject")
    page.get_by_role("textbox", name="Resource").fill(OBJECT)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Not known", level=2).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)
