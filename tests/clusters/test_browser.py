"""The pages of clusters in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.browsers import Complaints
from tests.clusters import clusters as make
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_the_pages_are_accessible_and_fit(
    width: int,
    theme: str,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    number = make.full(world, make.gap("RoleBinding"))
    page = log_in(world.admin)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two words
    page.set_viewport_size({"width": width, "height": 900})
    urls = [reverse("clusters:list")]
    urls += [reverse(f"clusters:{name}", kwargs={"resource_id": number}) for name in ("detail", "rbac", "workloads")]
    for url in urls:
        page.goto(live + url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
        axe(page)
