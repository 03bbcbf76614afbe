"""Incremental counts equal full counts, whatever was unreadable before."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AwsAccount
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.history.ingest.check_counts import COUNTS
from posture.history.models import AccountState, StoredCheckCounts
from tests.history import world
from tests.history.conftest import fake_checks  # noqa: F401 - a fixture
from tests.history.world import bucket, day, sweep, volume

pytestmark = pytest.mark.django_db

NEIGHBOURS = [bucket("neighbour"), volume("neighbour")]


def unread(reason: GapReason, **config: Any) -> Resource:
    missing = Unknown("s3:GetBucketPolicyStatus", "AccessDenied", reason)
    return bucket("a", Public=missing, Encrypted=missing, **config)


def record(account: AwsAccount, last: list[Resource], first: Resource, middle: Resource, *, whole: bool) -> object:
    sweep(account, day(0), [*NEIGHBOURS, first])
    sweep(account, day(1), [*NEIGHBOURS, middle])
    for number in (2, 3):
        if whole:
            # Another code's digests: no earlier result is reused.
            AccountState.objects.filter(pk=account.pk).update(rules=b"", digest=b"")
        sweep(account, day(number), [*NEIGHBOURS, *last], judged=False)
    tallies = StoredCheckCounts.objects.filter(account=account).order_by("check_id")
    return list(tallies.values_list("check_id", *COUNTS))


@pytest.mark.parametrize("reason", [GapReason.ROLE_OUT_OF_DATE, GapReason.ROLE_POLICY])
@pytest.mark.parametrize("first", [bucket("a"), bucket("a", Public=True)], ids=["good", "bad"])
@pytest.mark.parametrize("last", ["good", "bad", "unread", "gone"])
def test_what_could_not_be_read_is_counted_as_it_was(reason: GapReason, first: Resource, last: str) -> None:
    ends = {
        "good": [bucket("a", Extra=1)],
        "bad": [bucket("a", Public=True)],
        "unread": [unread(reason, Extra=1)],
        "gone": [],
    }
    organization = world.organization()
    counted = [
        record(world.account(organization), ends[last], first, unread(reason), whole=whole) for whole in (False, True)
    ]
    assert counted[0] == counted[1]
