"""What to fix first: by points, and by what is exposed, sensitive and in use."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from accounts.models import AwsAccount, Organization
from posture.checks import guardduty_detector
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.history import query
from posture.history.query.ranking import Fix
from posture.history.scope import Scope
from tests.history import rules
from tests.history.rules import VOLUME
from tests.history.world import REGIONS, account, bucket, day, gap, organization, sweep, user, volume

pytestmark = pytest.mark.django_db


def fix(gain: float, **fields: int | bool) -> Fix:
    return Fix("one", Severity.HIGH, 4, 1, gain, **fields)  # type: ignore[arg-type]  # of these two kinds


def test_a_fix_ranks_by_points_exposure_classification_and_use() -> None:
    assert fix(1.0).rank == 1
    assert fix(1.0, exposes=True).rank == 2
    assert fix(1.0, sensitive=4).rank == 2
    assert fix(1.0, exposes=True, sensitive=2).rank == 3
    assert fix(1.0, idle=4).rank == pytest.approx(0.05)
    assert fix(2.0, idle=2).rank == pytest.approx(1.05)


@pytest.fixture
def acme() -> Organization:
    return organization()


@pytest.fixture
def web(acme: Organization) -> AwsAccount:
    return account(acme)


def test_protection_plans_say_what_they_protect() -> None:
    declared = [one for one in vars(guardduty_detector).values() if isinstance(one, Check)]
    plans = {one.id: one.protects for one in declared if one.protects}
    assert plans["guardduty_detector_eks_audit_logs_watched"] == ("AWS::EKS::Cluster",)
    assert plans["guardduty_detector_lambda_protected"] == ("AWS::Lambda::Function",)
    assert len(plans) == 6
    assert all(re.fullmatch(r"AWS::\w+::\w+", kind) for kinds in plans.values() for kind in kinds)


def order(acme: Organization) -> list[str]:
    return [each.check_id for each in query.rank_fixes(Scope.of(user(), acme))]


def test_what_protects_nothing_that_is_there_comes_last(
    acme: Organization, web: AwsAccount, fake_checks: dict[str, Check]
) -> None:
    """A bucket check that protects volumes stands for a plan that watches clusters."""
    sweep(web, day(0), [bucket("a", Public=True), bucket("b", Encrypted=False)])
    assert order(acme)[0] == "bucket_private"
    fake_checks["bucket_private"] = replace(fake_checks["bucket_private"], protects=(VOLUME,))
    rules.reload()
    assert order(acme)[-1] == "bucket_private"
    assert [each.idle for each in query.rank_fixes(Scope.of(user(), acme))] == [0, 1]
    sweep(web, day(1), [bucket("a", Public=True), bucket("b", Encrypted=False), volume("v", REGIONS[1])])
    assert order(acme)[-1] == "bucket_private", "the volume is in another region"
    sweep(web, day(2), [bucket("a", Public=True), bucket("b", Encrypted=False), volume("w", REGIONS[0])])
    assert order(acme)[0] == "bucket_private"


def test_what_could_not_be_read_may_be_in_use(
    acme: Organization, web: AwsAccount, fake_checks: dict[str, Check]
) -> None:
    fake_checks["bucket_private"] = replace(fake_checks["bucket_private"], protects=(VOLUME,))
    rules.reload()
    sweep(web, day(0), [bucket("a", Public=True), bucket("b", Encrypted=False)], [gap(VOLUME, REGIONS[0])])
    found = {each.check_id: each.idle for each in query.rank_fixes(Scope.of(user(), acme))}
    assert found["bucket_private"] == 0


def test_what_is_exposed_or_sensitive_comes_first(
    acme: Organization, web: AwsAccount, fake_checks: dict[str, Check]
) -> None:
    tags = {"data-classification": "confidential"}
    sweep(web, day(0), [bucket("a", tags, Public=True), bucket("b", Encrypted=False)])
    found = {each.check_id: each for each in query.rank_fixes(Scope.of(user(), acme))}
    assert (found["bucket_private"].sensitive, found["bucket_encrypted"].sensitive) == (1, 0)
    assert not found["bucket_private"].exposes
    fake_checks["bucket_private"] = replace(fake_checks["bucket_private"], exposes=True)
    rules.reload()
    (one,) = [each for each in query.rank_fixes(Scope.of(user(), acme)) if each.check_id == "bucket_private"]
    assert one.exposes
    assert one.rank == pytest.approx(4 * one.gain)
