"""Drift in a real browser: choosing a period, opening rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import AwsAccount
from posture.pages.drift.digest import mails
from posture.pages.drift.digest.periods import span_before
from tests.browsers import Complaints
from tests.web import story
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_accessible_and_fits_with_everything_open(
    width: int,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    story.record_story(world)
    page = log_in(world.executive)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live}{reverse('drift:drift')}?compare=90")
    expect(page.locator(".pl-reason").first).to_contain_text("payments")
    page.locator("details.pl-group summary", has_text="payments").click()
    page.locator("details.pl-opens summary").first.click()
    expect(page.locator(".pl-path code").first).to_have_text("Encrypted")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)


def test_dragging_over_the_chart_chooses_the_period(
    world: World, live: str, log_in: Callable[[Any], Page], complaints: Complaints
) -> None:
    story.record_story(world)
    page = log_in(world.executive)
    page.goto(f"{live}{reverse('drift:drift')}?compare=90")
    plot = page.locator(".pl-drawing-wide .pl-drift")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 128 + (900 - 128) * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 128 + (900 - 128) * 0.7, middle, steps=8)
    page.mouse.up()
    page.wait_for_url(re.compile(r"since=\d{4}-\d\d-\d\d&until=\d{4}-\d\d-\d\d"))
    expect(page.locator(".pl-head")).to_contain_text("0 findings opened, 1 resolved")


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_the_digests_mail_fits_narrow_mail_programs(width: int, world: World, page: Page) -> None:
    AwsAccount.objects.filter(pk=world.ours.pk).update(name="a" * 120)
    story.record_story(world)
    span = span_before("weekly", timezone.now() + timedelta(days=7))
    written = mails.message(world.executive, mails.digest_for(world.executive, world.organization, span))
    html = str(written.alternatives[0][0])
    assert "<style" not in html
    assert "<div" not in html
    page.set_viewport_size({"width": width, "height": 900})
    page.set_content(html)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('table table').offsetWidth") <= 602
