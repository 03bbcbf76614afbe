"""Inventory pages in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from posture.history.models import ResourceRecord
from tests.browsers import Complaints
from tests.web import story
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("types", "table", "search", "resource")


@pytest.mark.parametrize("width", [1440, 390])
def test_each_page_is_accessible_and_fits(
    width: int,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    story.record_story(world)
    volume = ResourceRecord.objects.get(account=world.ours, name="vol-1", valid_to=None)
    page = log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    for name in PAGES:
        args = [volume.resource_id] if name == "resource" else []
        query = {"table": f"?type={story.VOLUME}", "search": "?q=vol"}.get(name, "")
        page.goto(live + reverse(f"inventory:{name}", args=args) + query)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        axe(page)
