"""The charts of a finding's page, and the heading about other resources."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccountEvent, AwsAccount
from posture.history.models import FindingRecord
from posture.web.templatetags.words import moment
from tests.findings.samples import AT, a_finding, record, volume
from tests.web.world import World

SUSPENDED_AT = AT + timedelta(days=20)


def history_of(client: Client, finding_id: int, **query: str) -> Any:
    """Return the chart of a finding through time."""
    return client.get(reverse("findings:detail", kwargs={"finding_id": finding_id}), query).context["history"]


def suspend(account: AwsAccount) -> None:
    """Suspend an account, as discovery writes it down."""
    AwsAccount.objects.filter(pk=account.pk).update(state=AwsAccount.State.SUSPENDED)
    AccountEvent.objects.create(
        account=account, at=SUSPENDED_AT, kind=AccountEvent.Kind.SUSPENDED, before="ACTIVE", after="SUSPENDED"
    )


def test_a_finding_in_a_suspended_account_is_unseen_from_the_suspension_on(world: World, client: Client) -> None:
    finding_id = a_finding(world)
    suspend(world.ours)
    client.force_login(world.admin)
    chart = history_of(client, finding_id)
    *_, failed, unseen = chart.rows
    assert failed == ("Failed", moment(AT), moment(SUSPENDED_AT))
    assert unseen[:2] == ("Not seen", moment(SUSPENDED_AT))
    assert "not seen for the last" in chart.title


def test_before_the_suspension_the_finding_was_seen(world: World, client: Client) -> None:
    finding_id = a_finding(world)
    suspend(world.ours)
    client.force_login(world.admin)
    chart = history_of(client, finding_id, as_of=(SUSPENDED_AT - timedelta(days=2)).date().isoformat())
    assert "Not seen" not in {label for label, _, _ in chart.rows}
    assert "not seen" not in chart.title


def test_a_suspension_that_nobody_recorded_begins_when_the_finding_was_last_seen(world: World, client: Client) -> None:
    finding_id = a_finding(world)
    record(world.ours, [volume("vol-0123456789abcdef0")], AT + timedelta(days=3))
    AwsAccount.objects.filter(pk=world.ours.pk).update(state=AwsAccount.State.SUSPENDED)
    client.force_login(world.admin)
    label, since, _ = history_of(client, finding_id).rows[-1]
    assert (label, since) == ("Not seen", moment(AT + timedelta(days=3)))


@pytest.mark.parametrize(
    ("others", "title"),
    [
        ([], "There are no other EBS volumes"),
        ([True], "The only other EBS volume passes"),
        ([False], "The only other EBS volume fails this too"),
        ([True, True], "Both other EBS volumes pass"),
        ([False, False], "Both other EBS volumes fail this too"),
        ([True, False], "1 of 2 other EBS volumes fails this too"),
        ([True, True, True], "All 3 other EBS volumes pass"),
    ],
)
def test_the_heading_about_other_resources(others: list[bool], title: str, world: World, client: Client) -> None:
    record(
        world.ours,
        [volume("vol-0"), *(volume(f"vol-{n + 1}", encrypted=each) for n, each in enumerate(others))],
    )
    finding = FindingRecord.objects.get(check_id="ec2_volume_encrypted", resource_name="vol-0")
    client.force_login(world.admin)
    response = client.get(reverse("findings:detail", kwargs={"finding_id": finding.finding_id}))
    assert response.context["elsewhere_title"] == title
