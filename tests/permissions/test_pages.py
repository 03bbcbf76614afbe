"""The permissions page shows each one's use, who needs it, and refusals."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount
from posture import permissions
from posture.collectors import all_collectors
from posture.core.gap import GapReason
from posture.history.models import GapRecord
from posture.pages.permissions import queries
from posture.permissions.levels import FILE
from tests.permissions.aws_reference import entry_of
from tests.web.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db

LIST = "permissions:list"


def refuse(account: AwsAccount, action: str, reason: GapReason = GapReason.ROLE_POLICY) -> None:
    GapRecord.objects.create(
        account=account,
        region="eu-central-1",
        resource_type="AWS::EC2::VPC",
        action=action,
        reason=reason,
        error="AccessDenied",
        blinds=True,
        opened_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_every_permission_has_a_reason() -> None:
    catalogue = queries.catalogue()

    assert tuple(catalogue) == permissions.management_actions()
    assert [one.action for one in catalogue.values() if not one.collectors and not one.purpose] == []
    vpcs = catalogue["ec2:DescribeVpcs"]
    assert "AWS::EC2::VPC" in {one.resource_type for one in vpcs.collectors}
    assert {"AWS::EC2::VPC"} <= {kind for check in vpcs.checks for kind in (check.resource_type, *check.needs)}


def test_everything_that_a_collector_declares_is_laid_at_its_door() -> None:
    for kind, one in all_collectors().items():
        for action in one.actions:
            assert kind in {each.resource_type for each in queries.catalogue()[action].collectors}


def test_the_levels_are_awss_own() -> None:
    """What is not in the file yet is shown as List or Read, as another test proves."""
    file = tomllib.loads(FILE.read_text())
    shown = {f"{prefix}:{name}": level for prefix, by in file.items() for level, names in by.items() for name in names}
    assert len(shown) > 100
    assert {action: (entry_of(action) or {}).get("access_level") for action in shown} == shown


def test_search_finds_by_action_type_and_check(world: World, client: Client) -> None:
    client.force_login(world.owner)

    def found(**asked: str) -> list[str]:
        lines = b"".join(client.get(reverse(LIST), {**asked, "export": "csv"}).streaming_content)  # type: ignore[attr-defined]
        return [row["IAM action"] for row in csv.DictReader(io.StringIO(lines.decode()))]

    assert found(q="describevpcs") == ["ec2:DescribeVpcs"]
    assert "s3:GetEncryptionConfiguration" in found(q="S3 bucket")
    assert set(found(level="List")) < set(found())
    assert len(found()) == len(permissions.management_actions())
    assert found(q="there is no such thing") == []
    assert "nothing in Plumbline needs it" in client.get(reverse(LIST), {"q": "zzz"}).content.decode()


def test_a_refusal_is_shown_to_those_who_see_the_account(world: World, client: Client) -> None:
    refuse(world.theirs, "ec2:DescribeVpcs", GapReason.ROLE_OUT_OF_DATE)
    refuse(world.theirs, "ec2:DescribeSubnets", GapReason.THROTTLED)
    page = reverse("permissions:detail", args=["ec2:DescribeVpcs"])

    client.force_login(world.admin)
    assert "The role was deployed before this was collected" in client.get(page).content.decode()
    listed = client.get(reverse(LIST), {"refused": "1"}).content.decode()
    assert "ec2:DescribeVpcs" in listed
    assert "ec2:DescribeSubnets" not in listed, "a throttled call says nothing of the permission"

    client.force_login(world.owner)
    assert world.theirs.name not in client.get(page).content.decode()
    assert "ec2:DescribeVpcs" not in client.get(reverse(LIST), {"refused": "1"}).content.decode()


def test_an_action_that_the_role_does_not_hold_is_not_found(world: World, client: Client) -> None:
    client.force_login(world.admin)
    assert client.get(reverse("permissions:detail", args=["s3:GetObject"])).status_code == 404


def test_a_gap_and_the_settings_lead_here(world: World, client: Client) -> None:
    refuse(world.ours, "ec2:DescribeVpcs")
    client.force_login(world.admin)
    detail = reverse("permissions:detail", args=["ec2:DescribeVpcs"])

    assert detail in client.get(reverse("sweeps:gaps")).content.decode()
    for page in ("onboarding:settings", "onboarding:deploy", "onboarding:connect"):
        assert reverse(LIST) in client.get(reverse(page, args=[world.organization.pk])).content.decode(), page


@pytest.mark.parametrize("accounts", [2, 30])
def test_the_pages_take_as_many_queries_whatever_is_refused(
    world: World, client: Client, accounts: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    world.add_accounts(accounts)
    for account in AwsAccount.objects.all():
        for action in ("ec2:DescribeVpcs", "ec2:DescribeVolumes"):
            refuse(account, action)
    client.force_login(world.admin)

    with django_assert_max_num_queries(14):
        client.get(reverse(LIST))
    with django_assert_max_num_queries(14):
        client.get(reverse("permissions:detail", args=["ec2:DescribeVpcs"]))


@pytest.mark.slow
@pytest.mark.browser
def test_the_pages_have_no_barrier(
    transactional_db: None, live: str, page: Page, log_in: Any, axe: Callable[[Page], None]
) -> None:
    from tests.web.world import build

    world = build()
    refuse(world.ours, "ec2:DescribeVpcs")
    log_in(world.admin)
    for address in (reverse(LIST), reverse("permissions:detail", args=["ec2:DescribeVpcs"])):
        page.goto(f"{live}{address}")
        axe(page)
