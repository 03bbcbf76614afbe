"""A role older than the code leaves the score as it was, and is shown as a gap."""

from __future__ import annotations

import pytest

from accounts.models import AwsAccount
from posture.core.gap import GapReason
from posture.core.values import Unknown
from posture.history.models import AccountPoint, GapRecord, StoredCheckCounts
from tests.history import world
from tests.history.conftest import fake_checks  # noqa: F401 - a fixture
from tests.history.rules import BUCKET
from tests.history.world import bucket, day, gap, sweep, volume

pytestmark = pytest.mark.django_db

OUTDATED = GapReason.ROLE_OUT_OF_DATE


@pytest.fixture
def acme() -> AwsAccount:
    return world.account(world.organization())


def score() -> tuple[float, float]:
    point = AccountPoint.objects.latest("at")
    assert point.low is not None
    assert point.high is not None
    return point.low, point.high


def test_a_type_that_the_role_is_too_old_for_moves_no_score(acme: AwsAccount) -> None:
    sweep(acme, day(0), [volume("good"), volume("bad", Encrypted=False)])
    before = score()

    sweep(acme, day(1), [volume("good"), volume("bad", Encrypted=False)], [gap(BUCKET, reason=OUTDATED)])
    assert score() == before
    assert GapRecord.objects.get().blinds

    sweep(acme, day(2), [volume("good"), volume("bad", Encrypted=False)], [gap(BUCKET, reason=GapReason.ROLE_POLICY)])
    assert score()[0] < before[0], "a refusal does"


def test_a_field_that_the_role_is_too_old_for_moves_no_score(acme: AwsAccount) -> None:
    known = [bucket("seen"), bucket("open", Public=True)]
    sweep(acme, day(0), known)
    before = score()

    newer = Unknown("s3:GetBucketPolicyStatus", "AccessDenied", OUTDATED)
    sweep(acme, day(1), [*known, bucket("new", Public=newer, Encrypted=newer)])
    assert score() == before
    assert not StoredCheckCounts.objects.filter(unknown__gt=0).exists()

    refused = Unknown("s3:GetBucketPolicyStatus", "AccessDenied", GapReason.ROLE_POLICY)
    sweep(acme, day(2), [*known, bucket("new", Public=refused, Encrypted=refused)])
    assert score()[0] < before[0], "a refusal does"
