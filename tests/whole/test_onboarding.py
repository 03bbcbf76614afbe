"""From an empty product to a chart by the forms alone.

Each thing in the way is named with its cure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from tests.conftest import Worker

if TYPE_CHECKING:
    from accounts.models import AwsAccount, Organization

REGION = "eu-central-1"
BUCKET = "AWS::S3::Bucket"
Axe = Callable[[Page], None]


@pytest.mark.slow
def test_from_nothing_to_a_chart_by_the_forms_alone(
    simulator: Simulator, at_work: Worker, live: str, page: Page, log_in: Any, axe: Axe
) -> None:
    """Who, deploy, connect, sweep.

    With a wrong external id, a denied action and a suspended account on the way.
    """
    from accounts.models import Role, User

    log_in(User.objects.create(username="ada", role=Role.ADMIN))
    organization = fill_in_who(page, live, at_work, axe)
    get_connected(page, live, simulator, organization, axe)
    at_work.until(lambda: snapshots("complete"), seconds=120)
    see_the_first_snapshot(page, live, axe)
    lose_and_regain_visibility(page, live, simulator, at_work, organization)


def fill_in_who(page: Page, live: str, at_work: Worker, axe: Axe) -> Organization:
    """Step one, from the empty product's own invitation.

    The worker shows whom to trust.
    """
    from accounts.models import Organization

    declared = Declared.read().organization
    page.goto(f"{live}/")
    page.get_by_role("link", name="Connect an organization").first.click()
    page.get_by_label("Name", exact=True).fill("Alder & Finch")
    page.get_by_label("Account id").fill(declared["management"])
    page.get_by_label("Role name").fill(declared["role"])
    page.get_by_label("Regions").fill(REGION)
    at_work.until(lambda: page.locator("main code", has_text="arn:aws:iam::").count(), seconds=20)
    page.get_by_label("Plumbline's own identity").fill(page.locator("main code").first.inner_text())
    axe(page)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("link", name="Download plumbline-member-role.json")).to_be_visible()
    axe(page)
    return Organization.objects.get()


def get_connected(page: Page, live: str, simulator: Simulator, organization: Organization, axe: Axe) -> None:
    """Step three, with an external id that the accounts do not know.

    Then a denied action.
    """
    said = connection(page, live, organization)
    assert "external id" in said.lower()
    assert "How to fix it" in said
    axe(page)
    organization.external_id = Declared.read().organization["external_id"]
    organization.save()

    simulator.control.fault("deny", ["organizations:ListAccounts"])
    assert "organizations:ListAccounts" in connection(page, live, organization)
    simulator.control.clear_faults()

    assert "It works" in connection(page, live, organization)
    page.get_by_role("button", name="Connect and sweep").click()
    page.wait_for_url("**/sweeps/**")


def connection(page: Page, live: str, organization: Organization) -> str:
    """Run the connection test and return what it says when it has ended."""
    page.goto(f"{live}{reverse('onboarding:connect', args=[organization.pk])}")
    page.get_by_role("button", name="Test").click()
    page.locator("#connection-test .pl-note").wait_for(timeout=60_000)
    return page.locator("#connection-test").inner_text()


def see_the_first_snapshot(page: Page, live: str, axe: Axe) -> None:
    """The overview has a score, and the suspended account is named as not swept."""
    from accounts.models import AwsAccount

    page.goto(f"{live}{reverse('dashboard:overview')}")
    assert "Alder & Finch" in page.locator("body").inner_text()
    assert page.locator(".pl-plumb").count() == 1
    axe(page)
    suspended = AwsAccount.objects.get(name="campaign-2024")
    assert suspended.state == AwsAccount.State.SUSPENDED
    page.goto(f"{live}{reverse('organization:account', args=[suspended.account_id])}")
    assert "not swept" in page.locator("main").inner_text().lower()


def lose_and_regain_visibility(
    page: Page, live: str, simulator: Simulator, at_work: Worker, organization: Organization
) -> None:
    """A denied action is named.

    Nothing is removed, closed or counted as good, and the next sweep repairs it.
    """
    from accounts.models import AwsAccount

    account = AwsAccount.objects.get(name="webshop-prod")
    before = buckets_and_failures(account)
    assert all(before)
    simulator.control.fault("deny", ["s3:ListBuckets"], accounts=[account.account_id])
    sweep(organization, at_work, account)
    assert gaps(account) == ["s3:ListAllMyBuckets"]
    assert buckets_and_failures(account) == before
    page.goto(f"{live}{reverse('sweeps:gaps')}")
    said = page.locator("main").inner_text()
    assert "s3:ListAllMyBuckets" in said
    assert "webshop-prod" in said

    simulator.control.clear_faults()
    sweep(organization, at_work, account)
    assert gaps(account) == []
    page.goto(f"{live}{reverse('dashboard:overview')}?compare=previous")
    assert page.locator(".pl-plumb").count() == 1


def sweep(organization: Organization, at_work: Worker, account: AwsAccount) -> None:
    """Sweep the account as the button does, and wait for the end."""
    from posture.history.models import Snapshot
    from posture.orchestration.requests import request_sweep

    request_sweep(organization, trigger=Snapshot.Trigger.PERSON, accounts=[account])
    at_work.until(lambda: not snapshots("running"), seconds=90)


def snapshots(state: str) -> bool:
    """Return True if there is a snapshot in a state."""
    from posture.history.models import Snapshot

    return Snapshot.objects.filter(state=state).exists()


def gaps(account: AwsAccount) -> list[str]:
    """Return the actions by which buckets could not be listed in an account."""
    from posture.history.models import GapRecord

    open_now = GapRecord.objects.filter(account=account, closed_at=None, resource_type=BUCKET)
    return list(open_now.values_list("action", flat=True))


def buckets_and_failures(account: AwsAccount) -> tuple[int, int]:
    """Return how many buckets of an account are known.

    How many findings of them fail.
    """
    from posture.history.models import FindingRecord, ResourceRecord

    known = ResourceRecord.objects.filter(account=account, type=BUCKET, valid_to=None)
    failing = FindingRecord.objects.filter(account=account, resource_type=BUCKET, closed_at=None, status="fail")
    return known.count(), failing.count()
