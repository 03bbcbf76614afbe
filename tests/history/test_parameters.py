"""A changed parameter is a cause of its own, apart from accounts and rules.

Also where data is classified differently.
"""

from __future__ import annotations

import pytest

from posture.checks.stores import classification_known
from posture.core.attribution import Cause
from posture.core.check import Check, check, fails, passes
from posture.core.classification import CLASSIFICATION
from posture.core.outcome import Outcome, Severity
from posture.core.resource import Resource
from posture.history import query
from posture.history.ingest.rules import judging_by
from posture.history.models import FindingRecord
from posture.history.scope import Scope
from tests.history import rules
from tests.history.rules import BUCKET, NO_REMEDY
from tests.history.world import account, bucket, day, organization, sweep, user

pytestmark = pytest.mark.django_db


@check(
    resource_type=BUCKET, title="Bucket is classified", problem="Bucket has no data classification",
    severity=Severity.HIGH, controls=("practices:data",),
    examples=(passes({}, tags={"classification": "public"}), fails({})), remediation=NO_REMEDY,
)  # fmt: skip
def bucket_classified(bucket: Resource) -> Outcome:
    """Who knows what is sensitive can protect it."""
    return classification_known(bucket)


@pytest.fixture(autouse=True)
def classified(fake_checks: dict[str, Check]) -> None:
    fake_checks[bucket_classified.id] = bucket_classified
    rules.reload()


def test_which_checks_judge_by_the_parameter_is_found_by_watching_them() -> None:
    assert judging_by({CLASSIFICATION}) == {bucket_classified.id}
    assert not judging_by({"no such"})


def test_a_changed_parameter_is_neither_a_regression_nor_a_fix() -> None:
    acme = organization()
    owner = account(acme)
    held = [bucket("a", {"secrecy": "confidential"}), bucket("b", {"classification": "public"})]
    sweep(owner, day(0), held, is_judged=False)
    acme.classification_keys = ["secrecy"]
    acme.save()
    owner.organization.refresh_from_db()
    sweep(owner, day(1), held, is_judged=False)
    sweep(owner, day(2), [held[0], bucket("b", {"secrecy": "public"})], is_judged=False)

    episodes = FindingRecord.objects.filter(check_id="bucket_classified").order_by("resource_name")
    assert [(e.resource_name, e.open_reason, e.close_reason) for e in episodes] == [
        ("a", "found", "parameter"), ("b", "parameter", "changed"),
    ]  # fmt: skip
    scope = Scope.of(user(), acme, as_of=day(3))
    first = query.attribute_score(scope, day(0), day(1))
    assert {part.cause for part in first.parts if part.low} <= {Cause.PARAMETER}
    second = query.attribute_score(scope, day(1), day(2))
    assert [part.cause for part in second.parts if part.low] == [Cause.FIXED]
    (change,) = query.list_parameter_changes(scope, day(-1), day(3))
    assert change.at == day(1)
    assert "secrecy" in change.words
    assert [event.kind for event in query.list_chart_events(scope, day(-1), day(3)) if event.kind == "parameter"] == [
        "parameter"
    ]
    assert [one.fixed for one in query.load_fix_durations(scope, day(0), day(3), None)] == [1]


def test_a_parameter_moves_the_score_as_such() -> None:
    acme = organization()
    owner = account(acme)
    held = [bucket("a", {"secrecy": "confidential"})]
    sweep(owner, day(0), held, is_judged=False)
    acme.classification_keys = ["secrecy"]
    acme.save()
    owner.organization.refresh_from_db()
    sweep(owner, day(1), [*held, bucket("new", {"secrecy": "public"}, Public=True)], is_judged=False)
    bridge = query.attribute_score(Scope.of(user(), acme, as_of=day(1)), day(0), day(1))
    assert bridge.part(Cause.PARAMETER).low > 0
    assert bridge.part(Cause.NEW).low < 0
    assert bridge.part(Cause.FIXED).low == 0
    assert sum(part.low for part in bridge.parts) == pytest.approx(bridge.change)


def test_a_parameter_that_changes_while_a_snapshot_runs_is_recorded_for_each_account() -> None:
    acme = organization()
    early, late = account(acme, name="early"), account(acme, name="late")
    held = [bucket("a", {"secrecy": "public"})]
    for owner in (early, late):
        sweep(owner, day(0), held, is_judged=False)
    sweep(early, day(1), held, is_judged=False)
    acme.classification_keys = ["secrecy"]
    acme.save()
    for owner in (early, late):
        owner.organization.refresh_from_db()
    sweep(late, day(1), held, is_judged=False)
    sweep(early, day(2), held, is_judged=False)

    episodes = FindingRecord.objects.filter(check_id="bucket_classified").order_by("account__name")
    assert [(e.account.name, e.closed_at, e.close_reason) for e in episodes] == [
        ("early", day(2), "parameter"), ("late", day(1), "parameter"),
    ]  # fmt: skip
