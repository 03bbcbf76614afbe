"""A sweep in a real browser: it is followed while it runs, cancelled.

Looked at afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import AwsAccount, Organization
from posture.history.models import AccountSweep, Snapshot
from tests.browsers import Complaints
from tests.orchestration.matrix import running
from tests.orchestration.test_unread_fields import ACTION, REFUSED, record
from tests.web import story
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ["list", "gaps", "detail"])
def test_each_page_is_accessible_and_fits(
    name: str,
    width: int,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    last = story.record_story(world)[-1]
    page = log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(live + reverse(f"sweeps:{name}", args=[last.pk] if name == "detail" else []))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)


def test_a_running_sweep_moves_by_itself_and_ends(
    world: World, live: str, log_in: Callable[[Any], Page], axe: Callable[[Page], None], complaints: Complaints
) -> None:
    complaints.expect("preload")
    key = running(world)
    page = log_in(world.admin)
    page.goto(live + reverse("sweeps:detail", kwargs=key))
    live_part = page.locator("#live")
    expect(live_part).to_contain_text("0 of 2")
    axe(page)
    AccountSweep.objects.filter(snapshot=key["pk"], account=world.ours).update(state="done")
    expect(live_part).to_contain_text("1 of 2")
    AccountSweep.objects.filter(snapshot=key["pk"]).update(state="done")
    Snapshot.objects.filter(**key).update(state="complete", ended_at=timezone.now())
    expect(page.get_by_role("heading", level=1)).to_contain_text("All 2 accounts were read")


def test_a_sweep_is_cancelled_by_a_button(
    world: World, live: str, log_in: Callable[[Any], Page], complaints: Complaints
) -> None:
    complaints.expect("preload")
    key = running(world)
    page = log_in(world.admin)
    page.goto(live + reverse("sweeps:detail", kwargs=key))
    page.get_by_role("button", name="Cancel the sweep").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled")


@pytest.mark.parametrize("width", [1440, 390])
def test_unread_fields_and_unswept_accounts_are_accessible_and_fit(
    width: int,
    world: World,
    live: str,
    log_in: Callable[[Any], Page],
    axe: Callable[[Page], None],
    complaints: Complaints,
) -> None:
    complaints.expect("preload")
    story.record_story(world)
    record(world, timezone.now(), [REFUSED, REFUSED, None])
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    draft = Organization.objects.create(name="Draft", root_account_id="999999999999")
    page = log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    for url in (
        reverse("sweeps:gaps"),
        reverse("permissions:detail", args=[ACTION]),
        reverse("dashboard:overview"),
        reverse("organization:table"),
        reverse("organization:account", args=[world.ours.account_id]),
        reverse("inventory:table") + "?type=AWS::S3::Bucket",
        reverse("onboarding:delete", args=[draft.pk]),
        reverse("onboarding:organizations"),
    ):
        page.goto(live + url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
        axe(page)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(
                path=f"{folder}/{width}-{url.strip('/').replace('/', '-').split('?')[0]}.png", full_page=True
            )
