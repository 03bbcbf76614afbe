"""The lanes of a process sweep the accounts of a snapshot on one core."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import AwsAccount, Organization
from posture.history.models import AccountSweep, Snapshot
from posture.sweep import cores
from posture.sweeping import lanes, work


@pytest.mark.skipif(sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs two cores, and Linux")
def test_accounts_are_swept_on_one_core_and_all_come_back(
    organization: Organization, accounts: dict[str, AwsAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = os.sched_getaffinity(0)
    snapshot = Snapshot.objects.create(
        organization=organization, as_of=datetime(2026, 3, 1, tzinfo=UTC), trigger="person"
    )
    parts = [AccountSweep.objects.create(snapshot=snapshot, account=account) for account in accounts.values()]
    swept: list[set[int]] = []

    def sweep_claimed(claim: Any, _: Any) -> None:
        swept.append(os.sched_getaffinity(0))
        AccountSweep.objects.filter(pk=claim.sweep.pk).update(state=AccountSweep.State.DONE)

    monkeypatch.setattr(cores, "CLAIM", f"plumbline-test-{os.getpid()}")
    monkeypatch.setattr(work, "sweep_claimed", sweep_claimed)
    lanes.sweep_parts(parts[0].pk)

    assert len(swept) == sum(account.is_swept for account in accounts.values()) > 1
    assert {len(core) for core in swept} == {1}
    assert os.sched_getaffinity(0) == allowed
