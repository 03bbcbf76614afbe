"""Changes between two dates, events of charts, and priorities."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountEvent, AwsAccount, Organization, User
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.core.score import gain
from posture.history import query, triage
from posture.history.models import Snapshot
from posture.history.scope import Scope
from posture.history.upkeep.finish import finish_snapshot
from tests.history import rules
from tests.history.rules import BUCKET, VOLUME
from tests.history.test_record_findings import with_version
from tests.history.world import DENIED, account, bucket, day, gap, organization, sweep, user, volume

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return organization(is_simulated=True)


@pytest.fixture
def web(acme: Organization) -> AwsAccount:
    return account(acme, name="web")


@pytest.fixture
def data(acme: Organization) -> AwsAccount:
    return account(acme, name="data", weight=3.0)


@pytest.fixture
def admin() -> User:
    return user()


def finish(number: float) -> None:
    for snapshot in Snapshot.objects.filter(as_of=day(number)):
        finish_snapshot(snapshot)


def scope(person: User, organization: Organization, **rest: object) -> Scope:
    return Scope.of(person, organization, **rest)  # type: ignore[arg-type]


def test_resources_are_compared_at_both_ends(acme: Organization, web: AwsAccount, admin: User) -> None:
    still, back, policy = bucket("still"), bucket("back"), {"Allow": "*"}
    gone, passing = bucket("gone"), bucket("passing")
    sweep(web, day(0), [still, back, gone, bucket("changed"), bucket("hidden", Policy=policy)])
    sweep(web, day(1), [still, bucket("back", Tmp=1), passing, bucket("changed", A=1), bucket("hidden", Policy=policy)],
          confirmed_gone=[gone.arn])  # fmt: skip
    sweep(web, day(2), [still, back, bucket("new"), bucket("changed", A=2), bucket("hidden", Policy=DENIED)],
          confirmed_gone=[passing.arn])  # fmt: skip

    changed = query.changes_between(scope(admin, acme), day(0), day(2))

    counts = changed.counts
    assert (counts.added, counts.removed, counts.changed) == (1, 1, 1)
    assert (counts.sight, counts.same, counts.passing) == (1, 1, 1)
    for records, name in (
        (changed.added, "new"), (changed.removed, "gone"), (changed.changed, "changed"), (changed.sight, "hidden"),
    ):  # fmt: skip
        assert [record.name for record in records] == [name]
    once = dict.fromkeys(("added", "removed", "changed", "sight", "same", "passing"), 1)
    assert changed.resource_groups("type") == {BUCKET: once}
    assert changed.resource_groups("account_id") == {web.pk: once}


def test_a_changed_resource_leads_to_its_difference(acme: Organization, web: AwsAccount, admin: User) -> None:
    for number in range(3):
        sweep(web, day(number), [bucket("b", {"team": "blue"}, Version=number)])
    key = scope(admin, acme)

    record = query.changes_between(key, day(0), day(2)).changed.get()
    before = query.get_version_before(key, record)

    assert before.valid_from == day(0)
    assert query.diff_versions(before, record) == [query.ConfigChange("Version", "changed", 0, 2)]


def test_the_dates_must_be_in_order(acme: Organization, admin: User) -> None:
    with pytest.raises(ValueError, match="the earlier date comes first"):
        query.changes_between(scope(admin, acme), day(2), day(1))


def test_findings_are_events(acme: Organization, web: AwsAccount, admin: User) -> None:
    for number, public in enumerate([False, True, False, True]):
        sweep(web, day(number), [bucket("b", Public=public)])

    changed = query.changes_between(scope(admin, acme), day(0), day(3))

    assert (changed.counts.opened, changed.counts.reopened, changed.counts.resolved) == (1, 1, 1)
    assert changed.finding_groups("check_id") == {"bucket_private": {"opened": 1, "reopened": 1, "resolved": 1}}
    assert changed.resolved.get().close_reason == "changed"
    assert query.changes_between(scope(admin, acme), day(1), day(1.5)).counts.opened == 0


def test_days_add_up_to_the_period(acme: Organization, web: AwsAccount, data: AwsAccount, admin: User) -> None:
    for number, public in enumerate([False, True, False, True, True]):
        sweep(web, day(number), [bucket("b", Public=public), bucket("c", Encrypted=public)])
        sweep(data, day(number), [bucket("d", Public=not public)], [gap(VOLUME)] * public)
        finish(number)
    key = scope(admin, acme)
    counts = query.changes_between(key, day(0), day(4)).counts
    days = query.load_score_series(key, day(0.5), day(4))

    assert sum(point.opened for point in days) == counts.opened + counts.reopened
    assert sum(point.resolved for point in days) == counts.resolved


def test_visibility_accounts_and_rules(
    acme: Organization, web: AwsAccount, admin: User, fake_checks: dict[str, Check]
) -> None:
    sweep(web, day(0), [bucket("b")], [gap(VOLUME)])
    fake_checks["bucket_private"] = with_version(2, strict=True)
    rules.reload()
    sweep(web, day(1), [bucket("b")], [gap(BUCKET)])
    AccountEvent.objects.create(account=web, at=day(1), kind=AccountEvent.Kind.MOVED)

    changed = query.changes_between(scope(admin, acme), day(0), day(1))

    assert (changed.counts.gaps_opened, changed.counts.gaps_closed, changed.counts.account_events) == (1, 1, 1)
    assert changed.rule_changes == [query.RuleChange("bucket_private", day(1), 1, 2)]
    assert not query.changes_between(scope(admin, acme), day(-1), day(0)).rule_changes


def test_changes_cost_a_bounded_number_of_queries(acme: Organization, web: AwsAccount, admin: User) -> None:
    sweep(web, day(0), [bucket(f"b{i}") for i in range(30)])
    sweep(web, day(1), [bucket(f"b{i}", A=1, Public=True) for i in range(20, 50)])
    key = scope(admin, acme)

    with CaptureQueriesContext(connection) as queries:
        changed = query.changes_between(key, day(0), day(1))
        assert changed.counts.changed == 10
        assert len(list(changed.changed)) == 10
        assert changed.counts.opened == len(changed.opened) == 30

    assert len(queries) <= 11


def test_events_mark_what_explains_the_chart(
    acme: Organization, web: AwsAccount, data: AwsAccount, admin: User, fake_checks: dict[str, Check]
) -> None:
    sweep(web, day(0), [bucket("old", Public=True)], [gap(VOLUME)])
    finish(0)
    sweep(web, day(1), [bucket("old")], [gap(BUCKET), gap(VOLUME, "us-east-1")])
    sweep(data, day(1), [bucket("one", Public=True), bucket("two", Public=True)])
    AccountEvent.objects.create(account=data, at=day(1), kind=AccountEvent.Kind.JOINED)
    finish(1)

    marks = {(event.kind, event.title) for event in query.list_chart_events(scope(admin, acme), day(-5), day(2))}

    assert marks == {
        ("account", "data: joined the organization"),
        ("visibility_lost", "web: 2 types no longer readable"),
        ("visibility_regained", "web: AWS::EC2::Volume readable again"),
        ("resolved", "Bucket is public: resolved on 1 resource"),
        ("opened", "Bucket is public: opened on 2 resources"),
    }
    assert query.list_chart_events(scope(admin, acme), day(-5), day(0)) == []


def test_worse_is_what_is_new_and_still_there(
    acme: Organization, web: AwsAccount, data: AwsAccount, admin: User
) -> None:
    sweep(web, day(0), [bucket("old", Public=True), bucket("flip", Encrypted=False)])
    sweep(data, day(0), [bucket("d"), volume("v")])
    finish(0)
    sweep(web, day(1), [bucket("old", Public=True), bucket("flip"), bucket("n", Public=True, Encrypted=False)])
    sweep(data, day(1), [bucket("d", Public=True)], [gap(VOLUME)])
    finish(1)

    leak, blind = query.list_regressions(scope(admin, acme, compare_to=day(-30)))

    assert (leak.kind, leak.check_id, leak.severity, leak.count) == ("finding", "bucket_private", Severity.CRITICAL, 2)
    assert leak.accounts == [data, web]
    assert (leak.since, leak.reason) == (day(1), "The bucket is public.")
    assert len(leak.finding_ids) == 2
    assert (blind.kind, blind.count, blind.accounts) == ("sight", 1, [data])
    assert query.list_regressions(scope(admin, acme, compare_to=day(1))) == []
    sweep(web, day(2), [bucket("n", Public=True, Encrypted=False), bucket("m", Encrypted=False)])
    finish(2)
    since = scope(admin, acme, compare_to=day(0))
    assert [each.check_id for each in query.list_regressions(since)] == ["bucket_private", "bucket_encrypted", ""]
    assert query.list_regressions(since, 1) == [
        each for each in query.list_regressions(since) if each.check_id != "bucket_encrypted"
    ]
    assert [each.count for each in query.list_regressions(scope(admin, acme, as_of=day(1)))] == [2, 1]


def test_fixes_are_ranked_by_what_they_bring(
    acme: Organization, web: AwsAccount, data: AwsAccount, admin: User
) -> None:
    sweep(web, day(0), [bucket("a", Public=True), bucket("b", Encrypted=False), volume("v", Encrypted=False)])
    sweep(data, day(0), [bucket("c", Encrypted=False), volume("w"), volume("x")], [gap(VOLUME, "us-east-1")])

    found = {fix.check_id: fix for fix in query.rank_fixes(scope(admin, acme))}

    assert next(iter(found)) == "bucket_private"
    assert (found["bucket_encrypted"].resources, found["bucket_encrypted"].accounts) == (2, 2)
    for check_id, fix in found.items():
        by_account = {each: query.sum_tallies(scope(admin, acme, account=each)) for each in (web, data)}
        expected = sum(gain(tallies, [check_id]) * each.weight for each, tallies in by_account.items()) / 4
        assert fix.gain == pytest.approx(expected)
    assert len(query.rank_fixes(scope(admin, acme), limit=1)) == 1


def test_what_is_set_aside_is_neither_worse_nor_to_be_fixed(acme: Organization, web: AwsAccount, admin: User) -> None:
    sweep(web, day(0), [bucket("a")])
    finish(0)
    sweep(web, day(1), [bucket("a", Public=True)])
    finish(1)
    triage.accept_risk(admin, query.findings(scope(admin, acme)).get(), "A website.", day(9))

    assert query.list_regressions(scope(admin, acme)) == []
    assert query.rank_fixes(scope(admin, acme)) == []


def test_time_to_fix_pauses_while_unreadable_and_counts_fixes_alone(
    acme: Organization, web: AwsAccount, admin: User
) -> None:
    sweep(web, day(0), [bucket("a", Public=True), bucket("gone", Public=True)])
    sweep(web, day(2), [], [gap(BUCKET)])
    sweep(web, day(7), [bucket("a", Public=True)], confirmed_gone=["arn:aws:s3:::gone"])
    sweep(web, day(8), [bucket("a")])

    assert query.load_time_to_fix(scope(admin, acme)) == [query.TimeToFix(Severity.CRITICAL, timedelta(days=3), 1)]


def test_the_blind_share_says_where(acme: Organization, web: AwsAccount, data: AwsAccount, admin: User) -> None:
    sweep(web, day(0), [bucket("a")])
    sweep(data, day(0), [bucket("b"), bucket("c")], [gap(VOLUME)])

    blind = query.load_blind_share(scope(admin, acme))

    assert blind.share == pytest.approx((0 + 3 * 1 / 3) / 4)
    assert [place.account for place in blind.accounts] == [data]
    assert blind.accounts[0].share == pytest.approx(1 / 3)
    assert blind.accounts[0].gaps == 1
    assert query.load_blind_share(scope(admin, acme, as_of=day(-1))) == query.BlindShare(0.0, [])
