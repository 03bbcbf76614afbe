"""Which links of the site a walk takes to be alike."""

from __future__ import annotations

import pytest
from django.urls import reverse

from devtools.bench.pages_walk import LEFT_OUT, read_link


def shape(query: str) -> str:
    found = read_link(f"{reverse('drift:drift')}?{query}")
    assert found is not None
    return found.shape


def test_two_values_of_a_filter_are_alike() -> None:
    assert shape("since=2026-01-01&account=1") == shape("account=2&since=2026-02-01") == "account&since"


def test_each_way_to_group_is_one_of_its_own() -> None:
    assert shape("group=owner&since=2026-01-01") == "group=owner&since"
    assert shape("group=owner") != shape("group=type")


def test_the_organization_that_is_shown_anyhow_makes_no_other_link() -> None:
    found = read_link(f"{reverse('drift:drift')}?org=1")
    assert found is not None
    assert (found.url, found.page, found.shape) == (reverse("drift:drift"), "drift:drift", "")


@pytest.mark.parametrize("url", ["/no/such/page/", *map(reverse, LEFT_OUT)])
def test_what_is_no_page_is_left_out(url: str) -> None:
    assert read_link(url) is None
