"""How long fixing takes, and what comes and goes: clocks stand still out of sight, and only a fix is one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import AwsAccount, Organization
from posture.core.outcome import Severity
from posture.history import read
from posture.history.models import FindingRecord
from posture.history.record import close_left_account
from posture.history.scope import Scope
from tests.history.rules import BUCKET
from tests.history.world import account, bucket, day, gap, organization, sweep, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(db: None) -> Organization:
    return organization(regions=[])


def scope(acme: Organization, at: float) -> Scope:
    return Scope.of(user(), acme, as_of=day(at))


def days(number: float) -> timedelta:
    return timedelta(days=number)


def test_fixes_are_told_by_account_owner_and_severity(acme: Organization) -> None:
    red, blue = account(acme), account(acme)
    for owner, fixed_on in ((red, 2), (blue, 6)):
        sweep(owner, day(0), [bucket(f"{owner.pk}", Public=False)])
        sweep(owner, day(1), [bucket(f"{owner.pk}", Public=True), bucket(f"{owner.pk}-open", Encrypted=False)])
        sweep(owner, day(fixed_on), [bucket(f"{owner.pk}"), bucket(f"{owner.pk}-open", Encrypted=False)])
    where = scope(acme, 8)
    by_account = read.fixing(where, day(0), day(8), {red.pk: ["red"], blue.pk: ["blue"]})
    assert [(one.key, one.fixed, one.mean) for one in by_account] == [("blue", 1, days(5)), ("red", 1, days(1))]
    assert [(one.open, one.oldest) for one in by_account] == [(1, days(7)), (1, days(7))]
    (both,) = read.fixing(where, day(0), day(8), {red.pk: ["ann"], blue.pk: ["ann"]})
    assert (both.fixed, both.mean, both.median, both.slowest) == (2, days(3), days(3), days(5))
    critical, medium = read.fixing(where, day(0), day(8), None)
    assert (critical.key, critical.mean) == (str(int(Severity.CRITICAL)), days(3))
    assert (medium.key, medium.fixed, medium.mean, medium.open) == (str(int(Severity.MEDIUM)), 0, None, 2)


def test_deleted_left_and_out_of_the_checks_scope_is_no_fix(acme: Organization) -> None:
    gone, left, outside = account(acme), account(acme), account(acme)
    for owner in (gone, left, outside):
        sweep(owner, day(0), [bucket(f"{owner.pk}")])
        sweep(owner, day(1), [bucket(f"{owner.pk}", Public=True)])
    sweep(gone, day(2), [])
    sweep(gone, day(3), [])
    close_left_account(left, day(2))
    sweep(outside, day(2), [bucket(f"{outside.pk}", Public=True, Website=True)])
    reasons = set(FindingRecord.objects.exclude(closed_at=None).values_list("close_reason", flat=True))
    assert reasons == {"deleted", "account_left", "scope"}
    (one,) = read.fixing(scope(acme, 4), day(0), day(4), None)
    assert (one.fixed, one.mean, one.otherwise, one.open) == (0, None, 3, 0)


def test_the_clock_stands_still_out_of_sight(acme: Organization) -> None:
    owner = account(acme)
    sweep(owner, day(0), [bucket("b")])
    sweep(owner, day(1), [bucket("b", Public=True)])
    sweep(owner, day(2), [], [gap(BUCKET)])
    finding = FindingRecord.objects.get(check_id="bucket_private")
    known = read.course(scope(acme, 4), finding.finding_id)
    assert known is not None
    assert (known.first_seen, known.last_seen, known.current) == (day(1), day(1), days(1))
    (waiting,) = read.fixing(scope(acme, 4), day(0), day(4), None)
    assert (waiting.open, waiting.oldest) == (1, days(1))
    sweep(owner, day(5), [bucket("b", Public=True)])
    sweep(owner, day(6), [bucket("b")])
    mended = read.course(scope(acme, 7), finding.finding_id)
    assert mended is not None
    assert (mended.last_seen, mended.current, mended.episodes) == (day(5), days(2), 1)
    assert read.fixing(scope(acme, 7), day(0), day(7), None)[0].mean == days(2)


def test_what_fails_again_and_again_is_flapping(acme: Organization) -> None:
    owner = account(acme)
    sweep(owner, day(0), [bucket("b"), bucket("c")])
    for number in range(1, 7):
        sweep(owner, day(number), [bucket("b", Public=number % 2 == 1), bucket("c", Public=number == 1)])
    finding = FindingRecord.objects.filter(resource_name="b").first()
    steady = FindingRecord.objects.filter(resource_name="c").first()
    assert finding is not None
    assert steady is not None
    then = scope(acme, 7)
    assert {one.finding_id for one in read.may_flap(FindingRecord.objects.all(), then.now)} == {finding.finding_id}
    assert read.flapping(then, FindingRecord.objects.all()) == {finding.finding_id}
    assert read.flapping(then, [steady]) == set()
    known = read.course(then, finding.finding_id)
    assert known is not None
    assert (known.episodes, known.reopened, known.is_flapping, known.lasted) == (3, 2, True, days(3))
    assert read.flapping(scope(acme, 40), FindingRecord.objects.all()) == set()
    later = read.course(scope(acme, 40), finding.finding_id)
    assert later is not None
    assert not later.is_flapping


def test_what_is_out_of_scope_is_not_told(acme: Organization) -> None:
    owner: AwsAccount = account(acme)
    sweep(owner, day(0), [bucket("b")])
    sweep(owner, day(1), [bucket("b", Public=True)])
    finding = FindingRecord.objects.get()
    stranger: Any = Scope.of(user("owner"), acme, as_of=day(2))
    assert read.course(stranger, finding.finding_id) is None
    assert read.fixing(stranger, day(0), day(2), None) == []
