"""Rows of past dates from monthly snapshots, against the store and full copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount, Organization
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.history import query
from posture.history.columnar import current_snapshot, monthly_snapshots
from posture.history.columnar.encoded_rows import EncodedRows, encode_rows, from_micros
from posture.history.models import IntervalLog, IntervalLogMonth, StoredFinding, StoredResource
from posture.history.partitions import ensure_month
from posture.history.query.rollups import load_points
from posture.history.query.scores import load_latest_points
from posture.history.scope import Scope
from tests.depth import examples
from tests.history import naive, rules
from tests.history.rules import BUCKET, VOLUME
from tests.history.test_asked_in_any_order import STEP, Play
from tests.history.test_exactness import DAYS, Delivery, Leaving, stories
from tests.history.world import account, bucket, day, gap, organization, sweep, unit, user
from tests.tuning import Tune

pytestmark = pytest.mark.django_db

SUBJECTS = (current_snapshot.FINDINGS, current_snapshot.RESOURCES)
LONG_AGO = day(-1000)
Tuples = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def scopes_of_any_size_are_chosen_from_what_is_kept(tune: Tune) -> None:
    tune(snapshot_uncached_max_accounts=0)
    tune(snapshot_read_accounts=1)


def as_tuples(rows: EncodedRows) -> Tuples:
    """Return rows with their words, in an order of their own."""
    words = [[rows.words[name][code] for code in rows.codes[name]] for name in rows.words]
    cells = list(zip(*words, strict=True))
    each = zip(rows.account.tolist(), rows.number.tolist(), rows.at.tolist(), rows.cell.tolist(), strict=True)
    return sorted((account, number, at, *cells[cell]) for account, number, at, cell in each)


def stored(subject: current_snapshot.SnapshotSource, scope: Scope) -> Tuples:
    """Return the same as the store says it."""
    return as_tuples(encode_rows(subject.dimensions, current_snapshot._read(subject, scope.account_pks, scope.as_of)))


def assert_as_stored(scope: Scope) -> tuple[EncodedRows, EncodedRows]:
    findings, resources = query.load_open_findings(scope), query.load_resources(scope)
    assert as_tuples(findings) == stored(current_snapshot.FINDINGS, scope)
    assert as_tuples(resources) == stored(current_snapshot.RESOURCES, scope)
    alone = query.load_resources_of_type(replace(scope), BUCKET)
    assert as_tuples(alone) == [row for row in as_tuples(resources) if row[3] == BUCKET]
    for rows in (findings, resources):
        assert_times(rows)
    return findings, resources


def assert_times(rows: EncodedRows) -> None:
    """Compare what is computed from the rows' instants with the instants themselves.

    They are computed without loading the instants.
    """
    odd = np.arange(len(rows)) % 2 == 1
    assert rows.earliest(odd) == min((from_micros(at) for at in rows.at[odd]), default=None)
    for at in {0, *rows.at.tolist()}:
        assert rows.after(from_micros(at)).tolist() == (rows.at > at).tolist()


def assert_points(scope: Scope, at: datetime | None) -> None:
    """Compare the accounts' last points, read in one piece, with those of the store."""
    names = ("account_id", "low", "high", "critical", "high_open", "resources", "empty_gaps", "blind_share")
    stored = [tuple(getattr(one, name) for name in names) for one in load_latest_points(scope.account_pks, at).values()]
    found = load_points(scope, at).values()
    assert sorted(tuple(getattr(one, name) for name in names) for one in found) == sorted(stored)
    assert {one.account_id: from_micros(one.at) for one in found} == {
        pk: one.at for pk, one in load_latest_points(scope.account_pks, at).items()
    }


def extend(accounts: Sequence[AwsAccount]) -> None:
    monthly_snapshots.extend(SUBJECTS, [each.pk for each in accounts])


def read_from_store(scope: Scope) -> list[str]:
    """Return the statements by which the rows of accounts are read from the store."""
    with CaptureQueriesContext(connection) as queries:
        query.load_open_findings(scope)
        query.load_resources(scope)
    return [each["sql"] for each in queries if "FROM history_version_closed" in each["sql"]]


class Story(Play):
    """A story with decisions on findings and other classifications of resources."""

    def happen(self, aside: str) -> None:
        if aside == "extend":
            extend(self.accounts)
        elif aside == "extend one":
            extend(self.accounts[:1])
        elif aside == "classify":
            for owner in self.accounts:
                one = owner.organization
                one.classification_keys = [] if one.classification_keys else ["team"]
                one.sensitive_values = ["red"]
                one.save()
        else:
            super().happen(aside)

    def look(self, at: datetime) -> None:
        """Compare an instant's rows with the store and full copies.

        In the organization, and in a unit.
        """
        cache.clear()
        _, resources = assert_as_stored(Scope.of(self.admin, self.acme, unit=self.units[0], as_of=at))
        assert_points(Scope.of(self.admin, self.acme), at)
        assert_points(Scope.of(self.admin, self.acme, unit=self.units[0]), None)
        findings, resources = assert_as_stored(Scope.of(self.admin, self.acme, as_of=at))
        copies = [(owner.pk, each.at(at)) for owner, each in zip(self.accounts, self.histories, strict=True)]
        arns = dict(StoredResource.objects.values_list("pk", "arn"))
        assert sorted((pk, arns[number], seen) for pk, number, _, _, _, seen, *_ in as_tuples(resources)) == sorted(
            (pk, arn, "unseen" if thing.unseen_since else "seen")
            for pk, copy in copies
            for arn, thing in copy.things.items()
        )
        rows = StoredFinding.objects.values_list("pk", "resource_id", "check_id")
        known = {number: (arns[resource], check) for number, resource, check in rows}
        assert sorted(
            (pk, *known[number], status, from_micros(at)) for pk, number, at, _, _, status, *_ in as_tuples(findings)
        ) == (
            sorted(
                (pk, *key, status_of(each), each.opened_at)
                for pk, copy in copies
                for key, each in copy.findings.items()
            )
        )


def status_of(failure: naive.Failure) -> str:
    return "stale" if failure.status.value == "fail" and failure.stale_since else failure.status.value


asides = st.sampled_from(["", "extend", "extend", "extend one", "accept", "classify", "move"])
instants = st.lists(st.integers(-1, 2 * DAYS), min_size=2, max_size=4)


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    story=stories,
    asides=st.lists(asides, min_size=9, max_size=9),
    early=st.lists(st.lists(st.integers(-1, 2 * DAYS), max_size=1), min_size=9, max_size=9),
    late=instants,
    piece=st.sampled_from([1, 10**9]),
)
def test_any_past_date_equals_the_store_and_full_copies(
    tune: Tune,
    story: list[Delivery | Leaving],
    asides: list[str],
    early: list[list[int]],
    late: list[int],
    piece: int,
) -> None:
    tune(monthly_snapshot_shard_accounts=piece)
    with transaction.atomic():
        play = Story()
        for number, step in enumerate(story):
            play.deliver(step)
            play.happen(asides[number % 9])
            for each in early[number % 9]:
                play.look(day(each * STEP / 2))
        extend(play.accounts)
        swept = {at for history in play.histories for at in history.copies}
        edges = {at + timedelta(microseconds=by) for at in swept for by in (-1, 0)}
        for at in {*edges, *(day(each * STEP / 2) for each in late)}:
            play.look(at)
            assert not read_from_store(Scope.of(play.admin, play.acme, as_of=at))
        _forget_first_month()
        for at in (day(3), day(45), day(DAYS * STEP)):
            assert_as_stored(Scope.of(play.admin, play.acme, as_of=at))
        extend(play.accounts)
        assert not _months(until=day(30)) & _months(since=day(30), until=day(40))
        for at in (day(3), day(45), day(DAYS * STEP)):
            assert_as_stored(Scope.of(play.admin, play.acme, as_of=at))
        transaction.set_rollback(True)


def _forget_first_month() -> None:
    ensure_month(day(40))
    with connection.cursor() as cursor:
        for table in ("history_version_closed", "history_finding_closed", "history_tally_closed"):
            cursor.execute(f'DROP TABLE IF EXISTS "{table}_{day(0):%Y_%m}"')


def _months(until: datetime, since: datetime = LONG_AGO) -> set[tuple[int, str]]:
    """Return the shards, each of a subject, that have a month between two instants.

    One without a later month keeps its last: that has all later instants.
    """
    found = IntervalLogMonth.objects.filter(month__gt=since, month__lte=until)
    return set(found.values_list("piece", "subject"))


@pytest.fixture
def acme() -> Organization:
    return organization()


def test_open_findings_follow_the_latest_severity_at_past_dates_too(
    acme: Organization, fake_checks: dict[str, Check]
) -> None:
    web = account(acme)
    sweep(web, day(0), [bucket("a", Public=True), bucket("b", Public=True)])
    sweep(web, day(40), [bucket("a", Public=True), bucket("b", Public=True)])
    extend([web])
    then = Scope.of(user(), acme, as_of=day(20))
    assert not read_from_store(then)
    fake_checks["bucket_private"] = replace(fake_checks["bucket_private"], severity=Severity.LOW)
    rules.reload()
    sweep(web, day(41), [bucket("a", Public=True)], [gap(BUCKET)])
    for _ in range(2):  # before it is kept, and after
        cache.clear()
        findings, _ = assert_as_stored(replace(then))
        assert {row[4] for row in as_tuples(findings)} == {"1", "4"}
        extend([web])
    assert not read_from_store(replace(then))
    sweep(web, day(42), [bucket("a", Public=True), bucket("b", Public=True)])
    for _ in range(2):
        cache.clear()
        findings, _ = assert_as_stored(replace(then))
        assert {row[4] for row in as_tuples(findings)} == {"1"}
        extend([web])


def test_keeping_costs_by_what_moved_and_is_done_once(acme: Organization) -> None:
    one, other = account(acme), account(acme)
    for owner in (one, other):
        sweep(owner, day(0), [bucket(f"{name}") for name in "abcdef"])
    extend([one, other])
    sweep(one, day(35), [bucket("a", Public=True), *(bucket(name) for name in "bcdef")])
    with CaptureQueriesContext(connection) as queries:
        extend([one, other])
    [changed] = {StoredResource.objects.get(account=one, name="a").pk}
    asked = [each["sql"] for each in queries if "is_other" in each["sql"]]
    assert asked
    assert all(f"resource_id = ANY('{{{changed}}}'" in each for each in asked)
    with CaptureQueriesContext(connection) as queries:
        extend([one, other])
    assert not [each for each in queries if "is_other" in each["sql"] or "UPDATE" in each["sql"]]
    assert {each.month.month for each in IntervalLogMonth.objects.all()} == {1, 2}


def test_what_happens_where_a_month_begins_is_read_on_either_side(acme: Organization) -> None:
    web, second = account(acme, unit=unit(acme, "web")), timedelta(microseconds=1)
    begins = [datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4)]
    swept = [day(0), begins[0] - second, begins[0], begins[1], begins[2] - second]
    shown = [
        ([bucket("a", Public=True), bucket("b")], []),
        ([bucket("a"), bucket("b", Public=True)], []),
        ([bucket("a", Public=True)], [gap(BUCKET)]),  # of b nothing is said
        ([bucket("a"), bucket("b", Public=True)], []),
        ([bucket("c", Public=True)], []),
    ]
    for at, (resources, gaps) in zip(swept, shown, strict=True):
        sweep(web, at, resources, gaps)
        extend([web])
        for edge in (*swept, *begins):
            for by in (-second, timedelta(0), second):
                assert_as_stored(Scope.of(user(), acme, as_of=edge + by))
    assert not read_from_store(Scope.of(user(), acme, as_of=begins[0]))
    assert not read_from_store(
        Scope.of(user(), acme, as_of=begins[2] + timedelta(days=400))
    )  # nothing was recorded since
    assert [len(each) for each in assert_as_stored(Scope.of(user(), acme, as_of=day(0) - second))] == [0, 0]


def test_what_is_kept_is_made_again_when_it_was_emptied(acme: Organization) -> None:
    web = account(acme, unit=unit(acme, "web"))
    sweep(web, day(0), [bucket("a", Public=True)])
    sweep(web, day(35), [bucket("a")])
    extend([web])
    for emptied in ((IntervalLog,), (IntervalLog, IntervalLogMonth)):
        for model in emptied:
            model.objects.all().delete()
        extend([web])
        for at in (day(1), day(36)):
            assert_as_stored(Scope.of(user(), acme, as_of=at))
            assert not read_from_store(Scope.of(user(), acme, as_of=at))


def test_a_month_that_another_account_has_begun_is_brought_on_with_what_is_recorded_of_the_one_before(
    acme: Organization, tune: Tune
) -> None:
    """Accounts of one shard may be swept apart: they may be of two organizations."""
    tune(monthly_snapshot_shard_accounts=10**9)
    early, late = account(acme), account(organization())
    for owner in (early, late):
        sweep(owner, day(0), [bucket("a", Public=True), bucket("b")])
    extend([early, late])
    sweep(late, day(35), [bucket("a"), bucket("b")])
    extend([late])
    sweep(early, day(20), [bucket("a")], [gap(VOLUME)])
    extend([early])
    for at in (day(10), day(20), day(34), day(36)):
        assert_as_stored(Scope.of(user(), acme, as_of=at))
        assert not read_from_store(Scope.of(user(), acme, as_of=at))
