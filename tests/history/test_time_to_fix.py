"""Time to fix and flapping: unreadable time does not count, and only a fix is one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount, Organization
from posture.core.outcome import Severity
from posture.history import query
from posture.history.ingest import close_left_account
from posture.history.models import FindingRecord
from posture.history.query.time_to_fix import load_open_ages
from posture.history.scope import Scope
from posture.history.triage import accept_risk
from tests.depth import examples
from tests.history.rules import BUCKET
from tests.history.test_exactness import DAYS, Delivery, Leaving, play, stories
from tests.history.world import account, bucket, day, gap, organization, sweep, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(db: None) -> Organization:
    return organization(regions=[])


def scope(acme: Organization, at: float) -> Scope:
    return Scope.of(user(), acme, as_of=day(at))


def days(number: float) -> timedelta:
    return timedelta(days=number)


def test_what_the_first_sweep_found_is_counted_among_the_fixed(acme: Organization) -> None:
    owner = account(acme)
    sweep(owner, day(0), [bucket("old", Public=True), bucket("gone", Public=True), bucket("new")])
    sweep(owner, day(1), [bucket("old", Public=True), bucket("new", Public=True)])
    sweep(owner, day(2), [bucket("old"), bucket("new")])
    sweep(owner, day(3), [bucket("old", Public=True), bucket("new")])
    sweep(owner, day(4), [bucket("old"), bucket("new")])
    where = scope(acme, 5)
    (fixed,) = [one.fixed for one in query.load_fix_durations(where, day(0), day(5), None) if one.fixed]
    assert (fixed, query.count_fixed_since_found(where, day(0), day(5))) == (3, 1)
    assert query.count_fixed_since_found(where, day(2), day(5)) == 0


def test_fixes_are_counted_by_account_owner_and_severity(acme: Organization) -> None:
    red, blue = account(acme), account(acme)
    for owner, fixed_on in ((red, 2), (blue, 6)):
        sweep(owner, day(0), [bucket(f"{owner.pk}", Public=False)])
        sweep(owner, day(1), [bucket(f"{owner.pk}", Public=True), bucket(f"{owner.pk}-open", Encrypted=False)])
        sweep(owner, day(fixed_on), [bucket(f"{owner.pk}"), bucket(f"{owner.pk}-open", Encrypted=False)])
    where = scope(acme, 8)
    by_account = query.load_fix_durations(where, day(0), day(8), {red.pk: ["red"], blue.pk: ["blue"]})
    assert [(one.key, one.fixed, one.mean) for one in by_account] == [("blue", 1, days(5)), ("red", 1, days(1))]
    assert [(one.open, one.oldest) for one in by_account] == [(1, days(7)), (1, days(7))]
    (both,) = query.load_fix_durations(where, day(0), day(8), {red.pk: ["ann"], blue.pk: ["ann"]})
    assert (both.fixed, both.mean, both.median, both.slowest) == (2, days(3), days(3), days(5))
    critical, medium = query.load_fix_durations(where, day(0), day(8), None)
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
    (one,) = query.load_fix_durations(scope(acme, 4), day(0), day(4), None)
    assert (one.fixed, one.mean, one.otherwise, one.open) == (0, None, 3, 0)


def test_the_clock_is_paused_while_unreadable(acme: Organization) -> None:
    owner = account(acme)
    sweep(owner, day(0), [bucket("b")])
    sweep(owner, day(1), [bucket("b", Public=True)])
    sweep(owner, day(2), [], [gap(BUCKET)])
    finding = FindingRecord.objects.get(check_id="bucket_private")
    known = query.load_finding_course(scope(acme, 4), finding.finding_id)
    assert known is not None
    assert (known.first_seen, known.last_seen, known.current) == (day(1), day(1), days(1))
    (waiting,) = query.load_fix_durations(scope(acme, 4), day(0), day(4), None)
    assert (waiting.open, waiting.oldest) == (1, days(1))
    sweep(owner, day(5), [bucket("b", Public=True)])
    sweep(owner, day(6), [bucket("b")])
    mended = query.load_finding_course(scope(acme, 7), finding.finding_id)
    assert mended is not None
    assert (mended.last_seen, mended.current, mended.episodes) == (day(5), days(2), 1)
    assert query.load_fix_durations(scope(acme, 7), day(0), day(7), None)[0].mean == days(2)


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
    assert {one.finding_id for one in query.narrow_to_possibly_flapping(FindingRecord.objects.all(), then.now)} == {
        finding.finding_id
    }
    assert query.find_flapping(then, FindingRecord.objects.all()) == {finding.finding_id}
    assert query.find_flapping(then, [steady]) == set()
    known = query.load_finding_course(then, finding.finding_id)
    assert known is not None
    assert (known.episodes, known.reopened, known.is_flapping, known.lasted) == (3, 2, True, days(3))
    assert query.find_flapping(scope(acme, 40), FindingRecord.objects.all()) == set()
    later = query.load_finding_course(scope(acme, 40), finding.finding_id)
    assert later is not None
    assert not later.is_flapping
    comes_and_goes = set()
    for number in (0, 1, 2, 3, 4, 5, 6, 31, 32, 33, 36):
        at = scope(acme, number)
        found = query.find_open_flapping(at, query.load_open_findings(at))
        assert found == query.find_flapping(at, query.findings(at))
        comes_and_goes |= {number} if found else set()
    assert comes_and_goes == {5}


def test_what_is_out_of_scope_is_not_counted(acme: Organization) -> None:
    owner: AwsAccount = account(acme)
    sweep(owner, day(0), [bucket("b")])
    sweep(owner, day(1), [bucket("b", Public=True)])
    finding = FindingRecord.objects.get()
    stranger: Any = Scope.of(user("owner"), acme, as_of=day(2))
    assert query.load_finding_course(stranger, finding.finding_id) is None
    assert query.load_fix_durations(stranger, day(0), day(2), None) == []


def _replay(records: list[FindingRecord], since: datetime, until: datetime, key: Callable[[FindingRecord], str]) -> Any:
    """Compute the same from every episode, one by one."""
    fixed: dict[str, list[float]] = defaultdict(list)
    otherwise, still_open = Counter[str](), Counter[str]()
    oldest: dict[str, float] = defaultdict(float)
    for each in records:
        if each.status != "fail" or each.opened_at > until:
            continue
        ended = each.closed_at is not None and each.closed_at <= until
        end = each.closed_at if ended and each.closed_at else until
        if each.closed_at is None and each.open_stale_since:
            end = min(end, each.open_stale_since)
        seen = end - each.opened_at
        for hidden in each.stale_periods or ():
            seen -= max(min(hidden.upper, end) - hidden.lower, timedelta())
        if not ended:
            still_open[key(each)] += 1
            oldest[key(each)] = max(oldest[key(each)], seen.total_seconds())
        elif end > since and each.close_reason == "changed":
            fixed[key(each)].append(seen.total_seconds())
        elif end > since:
            otherwise[key(each)] += 1
    return {
        name: (
            len(fixed[name]),
            median(fixed[name]) if fixed[name] else None,
            max(fixed[name], default=None),
            otherwise[name],
            still_open[name],
            oldest.get(name),
        )
        for name in fixed.keys() | otherwise.keys() | still_open.keys()
    }


def _turns(record: FindingRecord) -> Iterator[datetime]:
    """Yield when it opened, ended, became unreadable or readable again."""
    yield record.opened_at
    yield from (turn for turn in (record.closed_at, record.open_stale_since) if turn)
    for hidden in record.stale_periods or ():
        yield from (hidden.lower, hidden.upper)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


@settings(
    max_examples=examples(4),
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories, pair=st.tuples(st.integers(-1, 2 * DAYS), st.integers(0, 2 * DAYS)), accepted=st.booleans())
def test_the_figures_are_those_of_every_episode(
    story: list[Delivery | Leaving], pair: tuple[int, int], *, accepted: bool
) -> None:
    """Compare with random stories: counts of roll-ups, and the oldest from an index.

    Not all findings are read for it.
    """
    with transaction.atomic():
        acme, admin = organization(), user()
        accounts = [account(acme), account(acme, weight=3.0)]
        histories = play(story, accounts)
        last = max((at for each in histories for at in each.copies), default=day(0))
        for finding in FindingRecord.objects.filter(status="fail", closed_at=None)[:2] if accepted else ():
            accept_risk(admin, finding, "Known.", timezone.now() + timedelta(days=30))
        since, until = sorted(day(number / 2) for number in pair)
        for start, end in ((since, until), (since, last)):
            then = Scope.of(admin, acme, as_of=end)
            records = list(FindingRecord.objects.all())
            for groups, key in (
                ({each.pk: [str(each.pk)] for each in accounts}, lambda each: str(each.account_id)),
                ({each.pk: ["all"] for each in accounts}, lambda _: "all"),
                (None, lambda each: str(each.severity)),
            ):
                found = {
                    one.key: (one.fixed, _seconds(one.median), _seconds(one.slowest), one.otherwise, one.open,
                              _seconds(one.oldest))
                    for one in query.load_fix_durations(then, min(start, end), end, groups)
                }  # fmt: skip
                assert found == _replay(records, min(start, end), end, key)
            later = end + timedelta(hours=3)
            if not any(end < turn <= later for each in records for turn in _turns(each)):
                waiting = load_open_ages(then, end, [(each.pk, "all") for each in accounts], by_severity=False)
                replayed = _replay(records, end, later, lambda _: "all").get("all", (0, None, None, 0, 0, None))
                assert waiting.at("all", later) == (
                    replayed[4],
                    replayed[5] if replayed[5] is None else pytest.approx(replayed[5], abs=1e-3),
                )
        transaction.set_rollback(True)
