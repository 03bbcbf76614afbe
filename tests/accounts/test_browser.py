"""A person's accounts in a real browser.

Found among a thousand, chosen by the keyboard, and saved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from accounts.models import AwsAccount, Ownership
from tests.web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_accounts_are_found_among_many_and_chosen_by_the_keyboard(
    width: int, world: World, live: str, log_in: Callable[[Any], Page], axe: Callable[[Page], None]
) -> None:
    AwsAccount.objects.bulk_create(
        AwsAccount(organization=world.organization, account_id=f"{500_000_000_000 + n}", name=f"team-{n:03}")
        for n in range(300)
    )
    owned = set(Ownership.objects.filter(user=world.owner).values_list("account__name", flat=True))
    page = log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live}{reverse('onboarding:person', args=[world.owner.pk])}")
    rows, field = page.locator("#id_accounts > div"), page.get_by_role("searchbox", name="Filter accounts")
    number, count = rows.count(), page.locator(".pl-choose-count").first
    expect(count).to_have_text(f"{len(owned)} of {number} selected")
    # What is owned comes first.
    expect(rows.first.locator("input")).to_be_checked()

    field.fill("07 TEAM-2")
    expect(rows.filter(visible=True)).to_have_text(["team-207 (500000000207)"])
    field.press("Enter")
    expect(count).to_have_text(f"{len(owned) + 1} of {number} selected, 1 shown")
    field.fill("team-21")
    field.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    expect(count).to_have_text(f"{len(owned) + 2} of {number} selected, 10 shown")
    axe(page)

    field.fill("no such account")
    expect(page.get_by_text("None of the accounts matches.")).to_be_visible()
    field.press("Escape")
    for at in range(len(owned) + 3):
        expect(rows.nth(at).locator("input")).to_be_checked(checked=at < len(owned) + 2)
    page.locator(".pl-choose").first.get_by_label("Selected only").check()
    expect(rows.filter(visible=True)).to_have_count(len(owned) + 2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{reverse('onboarding:people')}*")
    now = set(Ownership.objects.filter(user=world.owner).values_list("account__name", flat=True))
    assert now == owned | {"team-207", "team-211"}


def test_changes_that_were_not_saved_are_warned_of_before_the_page_is_left(
    world: World, live: str, log_in: Callable[[Any], Page]
) -> None:
    page = log_in(world.admin)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    settings = live + reverse("onboarding:settings", args=[world.organization.pk])
    people = live + reverse("onboarding:people")
    page.goto(settings)
    page.goto(people)
    assert asked == [], "nothing was changed"
    page.goto(settings)
    expect(page.get_by_text("Unsaved changes")).to_be_hidden()
    page.get_by_label("Name", exact=True).fill("Northwind Ltd")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    page.goto(people)
    assert asked == ["beforeunload"]
    page.goto(settings)
    page.get_by_label("Name", exact=True).fill("Northwind Ltd")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds from the next sweep on.")).to_be_visible()
    assert asked == ["beforeunload"], "saving is no leaving"
    page.get_by_label("Regions").fill("Frankfurt")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
