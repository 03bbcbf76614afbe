"""A scheduled sweep keeps what is read once a day; any other reads everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AwsAccount, Organization
from posture.collectors import all_collectors
from posture.core.collector import Cadence
from posture.history.models import AccountState, AccountSweep, ResourceRecord, Snapshot
from posture.orchestration import cadence
from posture.orchestration.cadence import is_due, load_prior_reading
from posture.orchestration.requests import request_sweep
from posture.sweep.reader import reader_digest
from tests.account_sweeps import sweep_part
from tests.simulated import Estate

Trigger = Snapshot.Trigger
NOW = timezone.now()


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("every", "age", "due"),
    [
        (24, 24, True),
        (24, 1, True),
        (24, 0.4, False),
        (12, 12, False),
        (12, 24, True),
        (6, 18, False),
        (6, 18.4, False),
        (6, 18.6, True),
        (6, 24, True),
        (1, 23, False),
        (1, 24, True),
        (20, 20, True),
        (0, 1, True),
        (6, -1, True),
    ],
)
def test_nothing_is_kept_for_longer_than_a_day(every: int, age: float, *, due: bool) -> None:
    snapshot = Snapshot(organization=Organization(sweep_every_hours=every), as_of=NOW, trigger=Trigger.SCHEDULE)

    assert is_due(snapshot, AccountState(full_read_at=NOW - hours(age))) is due


def test_an_account_that_was_never_read_in_full_is_due() -> None:
    snapshot = Snapshot(organization=Organization(sweep_every_hours=6), as_of=NOW, trigger=Trigger.SCHEDULE)

    assert is_due(snapshot, AccountState())


@pytest.fixture
def part(organization: Organization, accounts: dict[str, AwsAccount]) -> AccountSweep:
    """The part of a scheduled sweep, six hours after a full reading by this code."""
    organization.sweep_every_hours = 6
    organization.save()
    reader = reader_digest(all_collectors().values())
    account = accounts["payments"]
    AccountState.objects.create(
        account=account, full_read_at=NOW - hours(6), full_read_regions=["eu-central-1"], full_read_by=reader
    )
    snapshot = Snapshot.objects.create(organization=organization, as_of=NOW, trigger=Trigger.SCHEDULE)
    return AccountSweep.objects.create(snapshot=snapshot, account=account)


def test_a_scheduled_sweep_keeps_every_daily_type(part: AccountSweep) -> None:
    prior = load_prior_reading(part)

    assert prior is not None
    daily = {kind for kind, each in all_collectors().items() if each.cadence is Cadence.DAILY}
    assert {kind for kind, _ in prior.listings} == daily
    assert daily


@pytest.mark.parametrize("trigger", [Trigger.PERSON, Trigger.ONBOARDING, Trigger.SIMULATION])
def test_any_other_sweep_reads_everything(part: AccountSweep, trigger: Snapshot.Trigger) -> None:
    part.snapshot.trigger = trigger

    assert load_prior_reading(part) is None


def test_other_code_reads_everything(part: AccountSweep, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {
        kind: replace(each, observed=(*each.observed, "Other")) if each.cadence is Cadence.DAILY else each
        for kind, each in all_collectors().items()
    }
    monkeypatch.setattr(cadence, "all_collectors", lambda: changed)

    assert load_prior_reading(part) is None


def test_an_account_without_a_result_reads_everything(part: AccountSweep) -> None:
    AccountState.objects.all().delete()

    assert load_prior_reading(part) is None


def swept(account: AwsAccount, at: datetime, trigger: Snapshot.Trigger) -> AccountSweep:
    snapshot = request_sweep(account.organization, trigger=trigger, as_of=at, accounts=[account])
    part = snapshot.account_sweeps.get()
    sweep_part(part.pk)
    part.refresh_from_db()
    assert part.state == AccountSweep.State.DONE
    return part


def held(account: AwsAccount) -> list[Any]:
    return sorted(ResourceRecord.objects.filter(account=account, valid_to=None).values_list("arn", "valid_from"))


@pytest.mark.simulator
@pytest.mark.slow
def test_a_day_of_sweeps_reads_daily_types_once_and_loses_nothing(
    organization: Organization, accounts: dict[str, AwsAccount], estate: Estate
) -> None:
    organization.sweep_every_hours = 6
    organization.save()
    account, daily = accounts["payments"], "ec2:describe_key_pairs"

    first = swept(account, NOW, Trigger.SCHEDULE)
    found = held(account)
    second = swept(account, NOW + hours(6), Trigger.SCHEDULE)
    asked_for = swept(account, NOW + hours(7), Trigger.PERSON)
    third = swept(account, NOW + hours(13), Trigger.SCHEDULE)
    next_day = swept(account, NOW + hours(31), Trigger.SCHEDULE)

    assert [each.full_read_at for each in (first, second, asked_for, third, next_day)] == [
        None, NOW, None, NOW + hours(7), None,
    ]  # fmt: skip
    assert [daily in each.calls for each in (first, second, asked_for, third, next_day)] == [
        True, False, True, False, True,
    ]  # fmt: skip
    assert sum(second.calls.values()) < sum(first.calls.values())
    assert held(account) == found
    assert {each.resource_count for each in (first, second, asked_for, third, next_day)} == {first.resource_count}


@pytest.mark.simulator
@pytest.mark.slow
def test_a_daily_type_whose_reading_failed_is_read_by_the_next_sweep(
    organization: Organization, accounts: dict[str, AwsAccount], estate: Estate
) -> None:
    organization.sweep_every_hours = 6
    organization.save()
    account = accounts["payments"]
    estate.simulator.control.fault("deny", ["ec2:DescribeKeyPairs"])
    swept(account, NOW, Trigger.SCHEDULE)
    estate.simulator.control.clear_faults()

    second = swept(account, NOW + hours(6), Trigger.SCHEDULE)
    third = swept(account, NOW + hours(12), Trigger.SCHEDULE)

    assert "ec2:describe_key_pairs" in second.calls
    assert "acm:list_certificates" not in second.calls
    assert "ec2:describe_key_pairs" not in third.calls
