"""Findings through time, and the figures that follow from them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AwsAccount
from posture.core.check import Check, check
from posture.core.gap import Gap, GapReason
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource
from posture.core.score import Tally, band
from posture.history.ingest import close_left_account
from posture.history.models import (
    AccountPoint,
    CheckVersion,
    FindingRecord,
    GapRecord,
    PracticePoint,
    Snapshot,
    StoredCheckCounts,
    StoredFinding,
)
from posture.history.upkeep.finish import finish_snapshot
from tests.history import rules
from tests.history.rules import BUCKET, NO_REMEDY, VOLUME
from tests.history.world import DENIED, REGIONS, account, bucket, day, gap, organization, sweep, volume

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> AwsAccount:
    return account(organization())


def private() -> list[tuple[object, ...]]:
    """Episodes of `bucket_private`: status, opened, why, closed, why, reopened."""
    return list(
        FindingRecord.objects.filter(check_id="bucket_private")
        .order_by("opened_at")
        .values_list("status", "opened_at", "open_reason", "closed_at", "close_reason", "reopened")
    )


def tally(check_id: str) -> Tally:
    row = StoredCheckCounts.objects.get(check_id=check_id)
    counts = ("passed", "failed", "unknown", "stale", "accepted", "not_applicable", "gap_units")
    return Tally(check_id, Severity(row.severity), **{name: getattr(row, name) for name in counts})


def latest() -> AccountPoint:
    return AccountPoint.objects.latest("at")


def test_opened_resolved_and_reopened(acme: AwsAccount) -> None:
    for number, public in enumerate([False, True, False, True]):
        sweep(acme, day(number), [bucket("b", Public=public)])

    assert private() == [
        ("fail", day(1), "changed", day(2), "changed", 0),
        ("fail", day(3), "changed", None, "", 1),
    ]
    assert StoredFinding.objects.get(check_id="bucket_private").first_opened_at == day(1)
    counts = AccountPoint.objects.order_by("at").values_list("opened", "resolved", "critical")
    assert list(counts) == [(0, 0, 0), (1, 0, 1), (0, 1, 0), (1, 0, 1)]


def test_the_words_of_what_is_closed_are_kept_with_its_episode_alone(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("a", Public=True)], [gap()])
    sweep(acme, day(1), [bucket("a", Public=True)])
    sweep(acme, day(2), [bucket("a")])
    kept = StoredFinding.objects.get(check_id="bucket_private")
    ended = FindingRecord.objects.get(check_id="bucket_private")
    assert (kept.reason, kept.evidence, kept.closed_at) == ("", [], day(2))
    assert (ended.reason, ended.evidence, ended.closed_at) == ("The bucket is public.", ["Public"], day(2))
    sweep(acme, day(3), [bucket("a", Public=True)])
    kept.refresh_from_db()
    assert (kept.reason, kept.closed_at, kept.reopened) == ("The bucket is public.", None, 1)


def test_what_the_first_snapshot_of_all_finds_did_not_open_then(acme: AwsAccount) -> None:
    first = sweep(acme, day(0), [bucket("b", Public=True)])
    finish_snapshot(Snapshot.objects.get(as_of=day(0)))
    joined = sweep(account(acme.organization), day(1), [bucket("c", Public=True)])

    assert (first.opened, joined.opened) == (0, 1)
    assert [reason for _, _, reason, _, _, _ in private()] == ["found", "new"]


def test_a_missed_resource_is_still_visible(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("b", Public=True), bucket("c")])
    sweep(acme, day(1), [bucket("c")])

    assert (latest().unseen, latest().blind_share, latest().stale) == (0, 0.0, 1)


def test_a_field_stays_unread_while_its_region_is_not_asked_about(acme: AwsAccount) -> None:
    found = [volume("v", REGIONS[0]), volume("w", REGIONS[1], Encrypted=DENIED)]
    sweep(acme, day(0), found)
    sweep(acme, day(1), found[:1], regions=REGIONS[:1])

    assert (latest().unseen, latest().blind_share) == (1, 0.5)


def test_a_resource_that_comes_with_a_finding_is_new(acme: AwsAccount) -> None:
    sweep(acme, day(0), [])
    sweep(acme, day(1), [bucket("b", Public=True)])

    assert private() == [("fail", day(1), "new", None, "", 0)]


def test_a_deleted_resource_takes_its_findings_along(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("b", Public=True)])
    sweep(acme, day(1), [])
    finding = StoredFinding.objects.get(check_id="bucket_private")
    assert (finding.closed_at, finding.stale_since) == (None, day(1))
    assert tally("bucket_private").stale == 1

    sweep(acme, day(2), [])

    assert private() == [("fail", day(0), "found", day(2), "deleted", 0)]
    assert latest().low is None


@pytest.mark.parametrize("blind", [gap(BUCKET), gap()])
def test_what_failed_stays_failing_inside_a_gap_and_what_passed_is_unknown(acme: AwsAccount, blind: Gap) -> None:
    sweep(acme, day(0), [bucket("open", Public=True), bucket("good"), bucket("site", Website=True)])
    before = latest()
    sweep(acme, day(1), [], [blind])

    assert tally("bucket_private") == Tally("bucket_private", Severity.CRITICAL, stale=1, unknown=1, not_applicable=1)
    assert private() == [("fail", day(0), "found", None, "", 0)]
    now = latest()
    assert (now.critical, now.unseen, now.blind_share, now.stale) == (1, 3, 1.0, 1)
    assert before.low is not None
    assert before.high is not None
    assert now.low is not None
    assert now.high is not None
    assert now.low <= before.low
    assert now.high >= before.high


def test_regained_visibility_ends_staleness_and_is_remembered(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("b", Public=True)])
    sweep(acme, day(1), [], [gap(BUCKET)])
    sweep(acme, day(2), [bucket("b", Public=True)])

    finding = StoredFinding.objects.get(check_id="bucket_private")
    assert finding.stale_since is None
    assert [(period.lower, period.upper) for period in finding.stale_periods] == [(day(1), day(2))]
    assert tally("bucket_private").failed == 1


def test_a_refused_field_keeps_a_failure_failing_and_makes_a_pass_unknown(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("open", Public=True), bucket("good")])
    sweep(acme, day(1), [bucket("open", Public=DENIED), bucket("good", Public=DENIED)])

    assert private() == [("fail", day(0), "found", None, "", 0), ("unknown", day(1), "sight", None, "", 0)]
    assert tally("bucket_private") == Tally("bucket_private", Severity.CRITICAL, stale=1, unknown=1)
    assert latest().opened == 0

    sweep(acme, day(2), [bucket("open", Public=True), bucket("good", Public=True)])

    assert private() == [
        ("fail", day(0), "found", None, "", 0),
        ("unknown", day(1), "sight", day(2), "determined", 0),
        ("fail", day(2), "sight", None, "", 0),
    ]


def test_a_blind_place_without_known_resources_is_one_unknown_unit(acme: AwsAccount) -> None:
    sweep(acme, day(0), [volume("v", REGIONS[0])], [gap(VOLUME, REGIONS[1]), gap(VOLUME, REGIONS[0])])

    # In the first region a volume was seen, whatever else may be there.
    assert tally("volume_encrypted") == Tally("volume_encrypted", Severity.HIGH, passed=1, gap_units=1)
    assert (latest().empty_gaps, latest().blind_share) == (1, 0.5)


def test_an_account_that_never_answered_may_be_anything(acme: AwsAccount) -> None:
    recorded = sweep(acme, day(0), [], [gap()], regions=[])

    assert recorded.refused
    assert (latest().low, latest().high, latest().blind_share) == (0.0, 100.0, 1.0)
    assert {row.check_id: row.gap_units for row in StoredCheckCounts.objects.all()} == dict.fromkeys(rules.CHECKS, 1)


def test_an_empty_account_has_no_score(acme: AwsAccount) -> None:
    sweep(acme, day(0), [])

    assert (latest().low, latest().high, latest().blind_share) == (None, None, 0.0)


def test_a_service_that_is_off_is_no_blind_place(acme: AwsAccount) -> None:
    sweep(acme, day(0), [volume("v")], [gap(BUCKET, reason=GapReason.SERVICE_NOT_ENABLED)])

    assert tally("volume_encrypted").gap_units == 0
    assert not StoredCheckCounts.objects.filter(check_id="bucket_private").exists()
    assert GapRecord.objects.get().blinds is False


def test_what_was_not_asked_about_counts_as_before(acme: AwsAccount) -> None:
    sweep(acme, day(0), [volume("bad", REGIONS[1], Encrypted=False), volume("good", REGIONS[1]), volume("v")])
    before = tally("volume_encrypted")
    sweep(acme, day(1), [volume("v")], regions=REGIONS[:1])

    assert tally("volume_encrypted") == before
    assert StoredFinding.objects.get().stale_since is None


def test_what_is_unreadable_stays_so_while_it_is_not_asked_about(acme: AwsAccount) -> None:
    sweep(acme, day(0), [volume("good", REGIONS[1])])
    sweep(acme, day(1), [], [gap(VOLUME, REGIONS[1])])
    sweep(acme, day(2), [], regions=REGIONS[:1])

    assert tally("volume_encrypted") == Tally("volume_encrypted", Severity.HIGH, unknown=1)
    assert GapRecord.objects.get().closed_at is None


def test_a_gap_opens_once_and_closes_when_the_listing_is_read(acme: AwsAccount) -> None:
    for number, gaps in enumerate([[gap(VOLUME)], [gap(VOLUME)], [], [gap(VOLUME)]]):
        sweep(acme, day(number), [], gaps)

    spans = GapRecord.objects.order_by("opened_at").values_list("opened_at", "closed_at")
    assert list(spans) == [(day(0), day(2)), (day(3), None)]


def test_a_refused_role_closes_no_other_gap(acme: AwsAccount) -> None:
    sweep(acme, day(0), [], [gap(VOLUME, REGIONS[1])])
    sweep(acme, day(1), [], [gap()], regions=[])
    assert GapRecord.objects.filter(closed_at=None).count() == 2

    sweep(acme, day(2), [volume("v", REGIONS[1])])
    assert not GapRecord.objects.filter(closed_at=None).exists()


def with_version(number: int, *, strict: bool) -> Check:
    @check(
        resource_type=BUCKET, title="Bucket is private", problem="Bucket is public",
        severity=Severity.CRITICAL, controls=("practices:data",),
        examples=(), remediation=NO_REMEDY, version=number,
    )  # fmt: skip
    def bucket_private(bucket: Resource) -> Outcome:
        """Public buckets leak."""
        return failed("By the strict rule.") if strict else passed("By the lax rule.")

    return bucket_private


def test_a_changed_rule_is_not_a_changed_resource(acme: AwsAccount, fake_checks: dict[str, Check]) -> None:
    sweep(acme, day(0), [bucket("b")])
    for number, strict in ((2, True), (3, False)):
        fake_checks["bucket_private"] = with_version(number, strict=strict)
        rules.reload()
        sweep(acme, day(number), [bucket("b")])

    assert private() == [("fail", day(2), "rule", day(3), "rule", 0)]
    seen = CheckVersion.objects.filter(check_id="bucket_private").order_by("version")
    assert list(seen.values_list("version", "first_seen")) == [(1, day(0)), (2, day(2)), (3, day(3))]


def test_a_check_that_is_gone_closes_its_findings(acme: AwsAccount, fake_checks: dict[str, Check]) -> None:
    sweep(acme, day(0), [bucket("b", Public=True)])
    del fake_checks["bucket_private"]
    rules.reload()
    sweep(acme, day(1), [bucket("b", Public=True)])

    assert private() == [("fail", day(0), "found", day(1), "rule", 0)]
    assert not StoredCheckCounts.objects.filter(check_id="bucket_private").exists()


def test_a_new_check_opens_by_rule(acme: AwsAccount, fake_checks: dict[str, Check]) -> None:
    kept = fake_checks.pop("bucket_private")
    rules.reload()
    sweep(acme, day(0), [bucket("b", Public=True)])
    fake_checks["bucket_private"] = kept
    rules.reload()
    sweep(acme, day(1), [bucket("b", Public=True)])

    assert private() == [("fail", day(1), "rule", None, "", 0)]


def test_deciding_observed_values_are_kept_with_the_finding(acme: AwsAccount, fake_checks: dict[str, Check]) -> None:
    @check(
        resource_type=VOLUME, title="In use", problem="Not in use",
        severity=Severity.LOW, controls=(), examples=(), remediation=NO_REMEDY,
        reads_observed=True,
    )  # fmt: skip
    def volume_in_use(volume: Resource) -> Outcome:
        """Unused volumes cost."""
        return failed("It is unused.", "observed.State")

    fake_checks["volume_in_use"] = volume_in_use
    rules.reload()
    sweep(acme, day(0), [volume("v", observed={"State": "available"})])

    assert FindingRecord.objects.get().observed == {"observed.State": "available"}


def test_practices_are_written_when_they_move(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("b", Public=True)])
    sweep(acme, day(1), [bucket("b", Public=True)])
    sweep(acme, day(2), [bucket("b")])

    points = PracticePoint.objects.filter(practice_id="data").order_by("at")
    assert [(point.at, point.passed, point.failed) for point in points] == [(day(0), 1, 1), (day(2), 2, 0)]
    assert PracticePoint.objects.filter(practice_id="encryption").count() == 1


def test_an_unchanged_account_gets_one_point_a_day(acme: AwsAccount) -> None:
    for at in (0, 0.25, 0.3, 1, 1.25):
        sweep(acme, day(at), [bucket("b", Public=True)])

    points = AccountPoint.objects.order_by("at")
    assert [(point.at, point.opened, point.critical) for point in points] == [(day(0), 0, 1), (day(1), 0, 1)]


def test_the_point_is_the_score_of_the_tallies(acme: AwsAccount) -> None:
    sweep(
        acme, day(0), [bucket("b", Public=True), bucket("c", Encrypted=False), volume("v")], [gap(VOLUME, REGIONS[1])]
    )

    found = band([tally(check_id) for check_id in rules.CHECKS])
    assert found
    assert (latest().low, latest().high) == (found.low, found.high)


def test_an_account_that_leaves_is_closed_with_that_reason(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("b", Public=True)], [gap(VOLUME)])
    for _ in range(2):
        close_left_account(acme, day(3))

    assert private() == [("fail", day(0), "found", day(3), "account_left", 0)]
    assert GapRecord.objects.get().closed_at == day(3)
    assert (latest().at, latest().low, latest().resolved) == (day(3), None, 1)
    assert not StoredCheckCounts.objects.exists()
    assert {point.low for point in PracticePoint.objects.filter(at=day(3))} == {None}


def test_an_account_that_comes_back_goes_on(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("b", Public=True)])
    close_left_account(acme, day(3))
    sweep(acme, day(5), [bucket("b", Public=True)])

    assert private() == [("fail", day(0), "found", day(3), "account_left", 0), ("fail", day(5), "new", None, "", 1)]


def test_an_account_recorded_after_it_left_closes_right_behind_the_record(acme: AwsAccount) -> None:
    sweep(acme, day(2), [bucket("b", Public=True)])
    close_left_account(acme, day(1))

    (_, opened, _, closed, reason, _) = private()[0]
    assert opened == day(2)
    assert str(closed) > str(opened)
    assert reason == "account_left"


def test_a_gap_keeps_the_request_whose_answer_it_quotes(acme: AwsAccount) -> None:
    def refuse(number: float, message: str, request_id: str) -> str:
        return sweep(acme, day(number), [], [replace(gap(VOLUME), message=message, request_id=request_id)]).note

    refuse(0, "no", "first\0")
    assert refuse(1, "no", "second") == "Nothing has changed."
    assert GapRecord.objects.get().request_id == "first\ufffd"

    refuse(2, "never", "third" * 99)
    assert GapRecord.objects.get().request_id == ("third" * 99)[:128]


def test_of_an_account_that_has_left_nothing_is_recorded_however_late_it_was_asked(acme: AwsAccount) -> None:
    # Nothing was known of it that could be closed, and the discovery that missed it began before the sweep.
    acme.left_at = day(1)
    acme.save()
    close_left_account(acme, day(1))

    recorded = sweep(acme, day(2), [bucket("b", Public=True)])

    assert (recorded.applied, recorded.left) == (False, True)
    assert "left" in recorded.note
    assert not private()


def test_a_recording_costs_the_same_queries_whatever_its_size(acme: AwsAccount) -> None:
    def story(size: int, account: AwsAccount) -> list[int]:
        costs = []
        for number, public in enumerate([False, True, False]):
            with CaptureQueriesContext(connection) as queries:
                sweep(account, day(number), [bucket(f"b{i}", Public=public) for i in range(size)])
            costs.append(len(queries))
        return costs

    story(1, account(acme.organization))  # makes the snapshots and partitions

    costs = story(60, acme)
    assert costs == story(30, account(acme.organization))
    few = story(2, account(acme.organization))
    assert all(0 <= cost - least <= 2 for cost, least in zip(costs, few, strict=True)), "numbers, where many are needed"
