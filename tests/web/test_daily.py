"""Pages say when types that are read once a day were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount
from posture.core.resource import Resource
from posture.history.ingest import record_account
from posture.history.models import AccountSweep, FindingRecord, ResourceRecord
from posture.web.templatetags.words import moment
from tests.history.world import result_of, snapshot
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db

SETTING, VOLUME = "AWS::EMR::BlockPublicAccessConfiguration", "AWS::EC2::Volume"
REGION = "eu-central-1"
FAILING = ({"BlockPublicSecurityGroupRules": False}, {"Encrypted": False})
"""Configurations of the setting and the volume."""
THEN = datetime(2026, 5, 4, 6, tzinfo=UTC)


def hours(number: float) -> datetime:
    return THEN + timedelta(hours=number)


def held(account: AwsAccount, configs: Sequence[Mapping[str, bool]]) -> list[Resource]:
    arn, (setting, volume) = f"arn:aws:emr:{REGION}:{account.account_id}:", configs
    return [
        Resource(SETTING, f"{arn}setting", account.account_id, REGION, "EMR setting", setting),
        Resource(VOLUME, f"{arn}volume", account.account_id, REGION, "vol-1", volume),
    ]


def sweep(
    account: AwsAccount,
    at: datetime,
    read_at: datetime | None = None,
    configs: Sequence[Mapping[str, bool]] = FAILING,
    kept: str = SETTING,
) -> None:
    """Record a sweep that read everything, or kept a daily type as it was read."""
    there = account.organization.snapshots.filter(as_of=at).first() or snapshot(account.organization, at)
    part = AccountSweep.objects.create(snapshot=there, account=account, state="done", full_read_at=read_at)
    result = result_of(
        account, at, held(account, configs), regions=(REGION,), swept_types=(SETTING, VOLUME), global_types=(),
        reader="this code", reused=[(kept, REGION)] if read_at else (), reused_from=read_at,
    )  # fmt: skip
    record_account(part, result)


@pytest.fixture(autouse=True)
def _sweeps(world: World) -> None:
    sweep(world.ours, hours(0))
    sweep(world.ours, hours(6), read_at=hours(0))


def page(client: Client, world: World, url: str, persona: str = "owner", **query: Any) -> str:
    user = world.person(persona)
    assert user
    client.force_login(user)
    response = client.get(url, query)
    assert response.status_code == 200
    return squeeze(response.content.decode())


def resource_of(world: World, kind: str) -> str:
    found = ResourceRecord.objects.get(account=world.ours, type=kind, valid_to=None)
    return reverse("inventory:resource", args=[found.resource_id])


def finding_of(world: World, kind: str) -> str:
    found = FindingRecord.objects.filter(account=world.ours, resource_type=kind, closed_at=None).first()
    assert found
    return reverse("findings:detail", args=[found.finding_id])


def test_a_daily_type_shows_its_own_date_on_every_page(world: World, client: Client) -> None:
    read = f"once a day, last on {moment(hours(0))}"

    assert f"Read {read}" in page(client, world, reverse("inventory:table"), type=SETTING)
    assert f"daily: read {read}" in page(client, world, reverse("inventory:types"))
    assert read in page(client, world, resource_of(world, SETTING))
    assert f"read {read}" in page(client, world, finding_of(world, SETTING))
    assert read in page(client, world, reverse("coverage:account", args=[world.ours.account_id]))


def test_a_finding_was_last_seen_when_its_type_was_read(world: World, client: Client) -> None:
    seen = "<dt>Last seen</dt><dd>{}</dd>"

    assert seen.format(moment(hours(0))) in page(client, world, finding_of(world, SETTING))
    assert seen.format(moment(hours(6))) in page(client, world, finding_of(world, VOLUME))


def test_other_types_show_no_date_of_their_own(world: World, client: Client) -> None:
    assert "once a day" not in page(client, world, reverse("inventory:table"), type=VOLUME)
    assert "once a day" not in page(client, world, resource_of(world, VOLUME))
    assert "once a day" not in page(client, world, finding_of(world, VOLUME))


def test_accounts_of_several_dates_show_the_first_and_the_last(world: World, client: Client) -> None:
    sweep(world.theirs, hours(6))
    words = f"last between {moment(hours(0))} and {moment(hours(6))}"

    assert words in page(client, world, reverse("inventory:table"), "executive", type=SETTING)
    assert words not in page(client, world, reverse("inventory:table"), "owner", type=SETTING)


def test_a_past_date_shows_when_it_was_read_then(world: World, client: Client) -> None:
    sweep(world.ours, hours(24))
    url = reverse("inventory:table")

    assert f"last on {moment(hours(24))}" in page(client, world, url, type=SETTING)
    assert f"last on {moment(hours(0))}" in page(client, world, url, type=SETTING, as_of=hours(12).isoformat())


def test_what_was_read_again_after_a_failure_is_no_older_than_it_is_known(world: World, client: Client) -> None:
    # The setting changed at a sweep that was no full reading.
    sweep(world.ours, hours(12), hours(0), [{"Other": True}, {"Encrypted": False}], kept="AWS::EC2::KeyPair")

    assert f"last on {moment(hours(12))}" in page(client, world, resource_of(world, SETTING))
