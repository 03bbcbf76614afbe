"""The data page in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.browsers import Complaints
from tests.data.test_pages import CONFIDENTIAL, record, snapshot
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_accessible_and_fits(
    width: int,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    record(world, snapshot("a", {}, public=True), snapshot("b", CONFIDENTIAL, public=True), snapshot("c", {}))
    page = log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(live + reverse("data:map"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)
