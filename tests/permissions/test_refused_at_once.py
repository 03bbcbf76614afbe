"""Accounts that refuse the role since one sweep are shown as one cause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount
from posture.core.gap import ANY, GapReason
from posture.history.models import AccountSweep, GapRecord, Snapshot
from tests.web.world import World

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)
SAID = "refuse the role since one sweep"


def refuse(world: World, names: list[str], at: datetime, error: str = "AccessDenied") -> None:
    snapshot, _ = Snapshot.objects.get_or_create(
        organization=world.organization,
        as_of=NOW,
        defaults={"state": Snapshot.State.COMPLETE, "trigger": Snapshot.Trigger.SCHEDULE, "ended_at": NOW},
    )
    for account in AwsAccount.objects.filter(name__in=names):
        AccountSweep.objects.create(snapshot=snapshot, account=account, state=AccountSweep.State.REFUSED)
        GapRecord.objects.create(
            account=account,
            region=ANY,
            resource_type=ANY,
            action="sts:AssumeRole",
            reason=GapReason.ROLE_NOT_ASSUMED,
            error=error,
            blinds=True,
            opened_at=at,
        )


def overview(client: Client) -> str:
    return client.get(reverse("dashboard:overview")).content.decode()


def test_many_refusals_since_one_sweep_are_one_cause(world: World, client: Client) -> None:
    world.add_accounts(10)
    refuse(world, ["a-000", "a-001", "a-002", "a-003"], NOW)
    client.force_login(world.admin)

    page = overview(client)

    assert f"4 accounts {SAID}" in page
    assert "sts:AssumeRole failed with AccessDenied" in page
    assert SAID in client.get(reverse("sweeps:list")).content.decode()


def test_refusals_of_several_days_and_kinds_are_not_thrown_together(world: World, client: Client) -> None:
    world.add_accounts(10)
    refuse(world, ["a-000", "a-001"], NOW)
    refuse(world, ["a-002"], NOW - timedelta(days=1))
    refuse(world, ["a-003"], NOW, error="RegionDisabledException")
    client.force_login(world.admin)

    page = overview(client)

    assert SAID not in page
    assert "4 accounts could not be read" in page


def test_an_owner_hears_only_of_visible_accounts(world: World, client: Client) -> None:
    world.add_accounts(10)
    refuse(world, ["a-000", "a-001", "a-002", "a-003"], NOW)
    client.force_login(world.owner)

    assert SAID not in overview(client)
