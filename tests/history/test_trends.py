"""Series of practices, checks and types: roll-ups equal the records themselves."""

from __future__ import annotations

import pytest

from accounts.models import AwsAccount, User
from posture.core.score import mean
from posture.history import query
from posture.history.ingest.rollups import latest_practices
from posture.history.models import ScopePracticePoint, Snapshot
from posture.history.query.scores import make_band
from posture.history.scope import Scope
from posture.history.upkeep.finish import finish_snapshot
from tests.history.rules import BUCKET, VOLUME
from tests.history.world import account, bucket, day, gap, organization, sweep, unit, user, volume

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return user()


@pytest.fixture
def web() -> AwsAccount:
    acme = organization()
    made = account(acme, unit=unit(acme, "workloads"))
    for number, (public, gaps) in enumerate([(False, []), (True, []), (True, [gap(VOLUME)]), (False, [])]):
        sweep(made, day(number), [bucket("b", Public=public), bucket("c")], gaps)
        finish_snapshot(Snapshot.objects.get(as_of=day(number)))
    return made


def test_checks(web: AwsAccount, admin: User) -> None:
    whole = query.load_check_series(Scope.of(admin, web.organization), "bucket_private", day(0), day(3))
    alone = query.load_check_series(Scope.of(admin, web.organization, account=web), "bucket_private", day(0), day(3))

    assert whole == alone
    assert [(point.passed, point.failed, point.accounts) for point in whole] == [
        (2, 0, 0),
        (1, 1, 1),
        (1, 1, 1),
        (2, 0, 0),
    ]


def test_practices(web: AwsAccount, admin: User) -> None:
    whole = query.load_practice_series(Scope.of(admin, web.organization), "encryption", day(0), day(3))
    alone = query.load_practice_series(Scope.of(admin, web.organization, account=web), "encryption", day(0), day(3))
    inside = query.load_practice_series(Scope.of(admin, web.organization, unit=web.unit), "encryption", day(0), day(3))

    assert whole == alone == inside
    assert [(point.passed, point.failed, point.unknown) for point in whole] == [
        (2, 0, 0),
        (2, 0, 0),
        (2, 0, 1),
        (2, 0, 0),
    ]
    assert whole[2].low is not None
    assert whole[2].high == 100
    assert whole[2].low < 100


def test_a_practice_without_anything_to_judge_has_no_score(admin: User) -> None:
    acme = organization()
    lab = account(acme, unit=unit(acme, "lab"))
    for number in range(3):
        sweep(lab, day(number), [] if number else [volume("v")])
        finish_snapshot(Snapshot.objects.get(as_of=day(number)))

    for of in ({}, {"unit": lab.unit}, {"account": lab}):
        series = query.load_practice_series(Scope.of(admin, acme, **of), "encryption", day(0), day(2))
        assert [(point.low, point.high, point.passed) for point in series] == [
            (100, 100, 1), (0, 100, 0), (None, None, 0),
        ]  # fmt: skip


def test_types(web: AwsAccount, admin: User) -> None:
    sweep(web, day(4), [bucket("b"), bucket("c"), bucket("d"), volume("v")])
    finish_snapshot(Snapshot.objects.get(as_of=day(4)))
    whole = query.load_type_series(Scope.of(admin, web.organization), BUCKET, day(1), day(4))
    alone = query.load_type_series(Scope.of(admin, web.organization, account=web), BUCKET, day(1), day(4))

    assert whole == alone
    assert [(point.day, point.count) for point in whole] == [
        (day(number).date(), count) for number, count in ((1, 2), (2, 2), (3, 2), (4, 3))
    ]


def test_units_and_who_may_see_their_roll_ups(web: AwsAccount, admin: User) -> None:
    assert web.unit
    scope = Scope.of(admin, web.organization, as_of=day(3))
    lows = [point.low for point in query.load_score_series(scope, day(0), day(3))]

    assert query.load_unit_series(scope) == {web.unit.pk: lows}
    assert query.load_unit_series(Scope.of(user("owner"), web.organization)) == {}


@pytest.mark.parametrize("weights", [(1.0, 3.0, 0.5), (0.0, 0.0, 0.0)])
def test_practices_of_scopes_are_the_weighted_means_of_their_accounts(weights: tuple[float, ...]) -> None:
    acme = organization()
    inside, outside = unit(acme, "workloads"), unit(acme, "sandbox")
    made = [account(acme, name=name, unit=each) for name, each in (("web", inside), ("data", inside), ("lab", outside))]
    for number, (one, weight) in enumerate(zip(made, weights, strict=True)):
        one.weight = weight
        one.save()
        held = [bucket("b", Public=number == 1), bucket("c"), *([volume("v")] if number == 2 else [])]
        sweep(one, day(0), held, [gap(VOLUME)] if number == 0 else [])
    finish_snapshot(Snapshot.objects.get(as_of=day(0)))

    points = latest_practices([one.pk for one in made], day(0))
    by_pk = {one.pk: one for one in made}
    for of_unit in (None, inside, outside):
        mine = [each for each in points if of_unit is None or by_pk[each.account_id].unit == of_unit]
        rolled_up = ScopePracticePoint.objects.filter(organization=acme, unit=of_unit, at=day(0))
        assert {each.practice_id for each in rolled_up} == {each.practice_id for each in mine} != set()
        for found in rolled_up:
            parts = [each for each in mine if each.practice_id == found.practice_id]
            band = mean((make_band(each.low, each.high), by_pk[each.account_id].weight) for each in parts)
            assert (found.low, found.high) == pytest.approx((band.low, band.high) if band else (None, None))
            sums = [sum(getattr(each, name) for each in parts) for name in ("passed", "failed", "unknown")]
            assert [found.passed, found.failed, found.unknown] == sums
            assert found.weight == sum(by_pk[each.account_id].weight for each in parts if each.low is not None)
