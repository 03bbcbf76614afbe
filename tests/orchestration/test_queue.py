"""Sweeps that a worker makes one after the other.

Each ends, and says what it did not see.
"""

from __future__ import annotations

from functools import partial

import pytest

from accounts.models import Organization
from posture.core.gap import ANY
from posture.history.models import GapRecord, Snapshot
from tests.conftest import Worker
from tests.orchestration.test_sweeps import Accounts, State, ask, buckets, ended, states
from tests.simulated import Estate

pytestmark = [pytest.mark.simulator, pytest.mark.slow]


def test_an_organization_is_swept_through_the_queue(
    organization: Organization, accounts: Accounts, worker_at_work: Worker
) -> None:
    snapshot = ask(organization)

    worker_at_work.until(lambda: ended(snapshot), seconds=180)

    assert snapshot.state == Snapshot.State.COMPLETE
    assert states(snapshot) == {
        "management": State.DONE,
        "payments": State.DONE,
        "website": State.DONE,
        "roleless": State.REFUSED,
        "suspended": State.SKIPPED,
    }
    assert buckets(accounts["payments"]) == [f"data-of-{accounts['payments'].account_id}"]
    part = snapshot.account_sweeps.get(account=accounts["payments"])
    assert part.calls["s3:list_buckets"] >= 1
    assert part.ended_at


def test_a_suspended_account_is_not_swept_and_that_is_said(
    organization: Organization, accounts: Accounts, estate: Estate, worker_at_work: Worker
) -> None:
    estate.simulator.control.forget_calls()
    snapshot = ask(organization, accounts=[accounts["payments"], accounts["suspended"]])

    worker_at_work.until(lambda: ended(snapshot), seconds=180)

    part = snapshot.account_sweeps.get(account=accounts["suspended"])
    assert part.state == State.SKIPPED
    assert "suspended" in part.reason
    assert "resources may remain" in part.reason
    assert accounts["suspended"].account_id not in estate.simulator.control.calls()
    assert not GapRecord.objects.filter(account=accounts["suspended"]).exists()


def test_a_wrong_external_id_is_one_gap_over_everything_with_its_cure(
    organization: Organization, accounts: Accounts, worker_at_work: Worker
) -> None:
    organization.external_id = "wrong"
    organization.save()
    snapshot = ask(organization, accounts=[accounts["payments"]])

    worker_at_work.until(lambda: ended(snapshot), seconds=180)

    part = snapshot.account_sweeps.get()
    assert part.state == State.REFUSED
    assert "external id" in part.reason
    gap = GapRecord.objects.get(account=accounts["payments"])
    assert (gap.region, gap.resource_type) == (ANY, ANY)


def test_a_denied_action_is_a_gap_and_removes_nothing(
    organization: Organization, accounts: Accounts, estate: Estate, worker_at_work: Worker
) -> None:
    chosen = [accounts["payments"]]
    first = ask(organization, accounts=chosen)
    worker_at_work.until(lambda: ended(first), seconds=180)
    before = buckets(accounts["payments"])
    estate.simulator.control.fault("deny", ["s3:ListAllMyBuckets"])

    for _ in range(2):
        second = ask(organization, accounts=chosen)
        worker_at_work.until(partial(ended, second), seconds=180)

    assert before
    assert buckets(accounts["payments"]) == before
    gap = GapRecord.objects.get(account=accounts["payments"], resource_type="AWS::S3::Bucket", closed_at=None)
    assert gap.action == "s3:ListAllMyBuckets"
