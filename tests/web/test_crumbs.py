"""Each page below an area says where it is, and leads back up."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from posture.web.navigation import AREAS
from tests.web import story
from tests.web.access import matrix, nothing
from tests.web.world import World

TOP = {area.page for area in AREAS} | {"accounts:profile", "accounts:login", "organization:table", "organization:map"}
"""Pages that are nowhere below another: areas, tabs of an area's start, and a person's own."""
SHOWS_PARTS = "styleguide:"
"""Pages that show the parts which others are made of, breadcrumbs among them."""
CRUMBS = re.compile(r'<nav class="pl-crumbs" aria-label="[^"]+">(.*?)</nav>', re.DOTALL)
MATRIX = {
    name: row
    for name, row in matrix().items()
    if row.method == "get" and row.admin == 200 and name not in TOP and not name.startswith(SHOWS_PARTS)
}


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_a_page_below_an_area_leads_back_to_it(name: str, world: World, client: Client) -> None:
    row = MATRIX[name]
    if row.kwargs is nothing:
        story.record_story(world)
    client.force_login(world.admin)
    response = client.get(reverse(name, kwargs=dict(row.kwargs(world))), dict(row.query(world)))
    is_html = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
    html = response.content.decode() if is_html else ""
    if "<main" not in html:
        return  # a part of a page, or a file
    found = CRUMBS.findall(html)
    assert len(found) == 1, "one navigation says where the page is"
    assert re.search(r'<a\s+href="/', found[0]), "none of it leads up"
