"""The page of entry points in a real browser: accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from posture.pages.entry import kinds
from tests.browsers import Complaints
from tests.entry import resources as make
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_the_page_is_accessible_and_fits(
    width: int,
    theme: str,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    some = (make.balancer(waf=False), make.function("open"), make.function("asks", "AWS_IAM"), make.instance())
    make.record(
        world.ours, *some, make.group(), make.certificate("2026-05-20T00:00:00Z"), gaps=[make.gap(kinds.BUCKET)]
    )
    make.record(world.theirs, make.http_api(), make.http_stage())
    page = log_in(world.admin)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two words
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(live + reverse("entry:doors"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)
