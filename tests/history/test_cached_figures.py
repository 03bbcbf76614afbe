"""Cached figures against recomputed ones and full copies, at any instant.

On both sides of the size threshold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AccountEvent, AwsAccount, Organization, OrganizationalUnit, User
from posture.core.gap import Gap
from posture.core.score import Band, band, mean
from posture.history import query, triage
from posture.history.columnar import current_snapshot, event_log
from posture.history.columnar.encoded_rows import encode_rows
from posture.history.ingest import close_left_account
from posture.history.models import Snapshot
from posture.history.scope import Scope
from posture.history.tuning import tuning
from posture.history.upkeep import warm_up
from posture.history.upkeep.finish import finish_snapshot
from tests.depth import examples
from tests.history.naive import Naive
from tests.history.rules import BUCKET, VOLUME
from tests.history.test_exactness import (
    AT_FIRST,
    Configs,
    Delivery,
    Edit,
    _edit,
    edits,
    gaps,
    resources_of,
    visible,
)
from tests.history.world import (
    REGIONS,
    account,
    bucket,
    day,
    gap,
    organization,
    result_of,
    sweep,
    unit,
    user,
    volume,
)
from tests.tuning import Tune

pytestmark = pytest.mark.django_db

THRESHOLD = 3
"""Accounts from which on figures are cached here: the organization has four, and each of its units two."""
SIZE = 4


@pytest.fixture(autouse=True)
def few_accounts_are_many(tune: Tune) -> None:
    """Cache figures of as few accounts as a story has."""
    tune(cached_scope_min_accounts=THRESHOLD)
    tune(snapshot_uncached_max_accounts=0)
    tune(event_log_min_accounts=0)


READS: dict[str, Callable[[Scope], Any]] = {
    "accounts": query.summarize_accounts,
    "practices": query.summarize_practices,
    "checks": query.summarize_checks,
    "types": query.count_types,
    "score": query.load_score,
    "score before": query.load_score_before,
    "blind": query.load_blind_share,
    "worse": query.list_regressions,
    "fix first": query.rank_fixes,
    "time to fix": query.load_time_to_fix,
    "fixing": lambda scope: query.load_fix_durations(scope, scope.compare_to, scope.now, None),
    "fixed since found": lambda scope: query.count_fixed_since_found(scope, scope.compare_to, scope.now),
    "held": lambda scope: ends(query.compute_cohort_score(scope, scope.compare_to, scope.now)),
    "findings": lambda scope: listed(query.load_open_findings(scope)),
    "resources": lambda scope: listed(query.load_resources(scope)),
    "changes": lambda scope: query.changes_between(scope, scope.compare_to, scope.now).counts,
}


def listed(rows: Any) -> list[tuple[int, int]]:
    return sorted(zip(rows.account.tolist(), rows.number.tolist(), strict=True))


def recomputed(scope: Scope, name: str) -> Any:
    """Return a figure as it is without any cache."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tuning, "cached_scope_min_accounts", 10**9)
        patched.setattr(current_snapshot, "_load_rows", lambda subject, scope: encode_rows(
            subject.dimensions, current_snapshot._read(subject, scope.account_pks, scope.as_of)))  # fmt: skip
        return READS[name](scope)


@dataclass(frozen=True)
class Swept:
    """A sweep after some days: accounts, edits, and what it could not or did not ask."""

    days: int
    accounts: tuple[int, ...]
    edits: tuple[tuple[int, Edit], ...]
    gaps: tuple[Gap, ...]
    regions: tuple[str, ...]
    finished: bool


@dataclass(frozen=True)
class Left:
    """An account leaves, so many hours after the last sweep; 0 is that very instant."""

    account: int
    hours: int


@dataclass(frozen=True)
class Joined:
    """An account that left is back, so many hours after the last sweep."""

    account: int
    hours: int


@dataclass(frozen=True)
class Aside:
    """Something that no figure is dated by: what is counted ahead, or a decision."""

    what: str


numbers = st.integers(0, SIZE - 1)
sweeps = st.builds(
    Swept,
    days=st.sampled_from([1, 1, 2, 9]),
    accounts=st.sampled_from([tuple(range(SIZE)), tuple(range(SIZE)), (0, 1), (1, 2, 3), (2,)]),
    edits=st.lists(st.tuples(numbers, edits), max_size=4).map(tuple),
    gaps=st.lists(gaps, max_size=1).map(tuple),
    regions=st.sampled_from([REGIONS, REGIONS, REGIONS[:1]]),
    finished=st.sampled_from([True, True, True, False]),
)
hours = st.sampled_from([0, 1, 5])
events = st.one_of(
    sweeps,
    sweeps,
    st.builds(Left, numbers, hours),
    st.builds(Joined, numbers, hours),
    st.builds(Aside, st.sampled_from(["ahead", "decide"])),
)
Event = Swept | Left | Joined | Aside


@dataclass
class Play:
    """A story as it is given to the store and to full copies."""

    acme: Organization = field(default_factory=organization)
    admin: User = field(default_factory=user)
    accounts: list[AwsAccount] = field(default_factory=list)
    units: list[OrganizationalUnit] = field(default_factory=list)
    histories: list[Naive] = field(default_factory=lambda: [Naive() for _ in range(SIZE)])
    holds: list[Configs] = field(default_factory=lambda: [dict(AT_FIRST) for _ in range(SIZE)])
    day: int = 0
    last: datetime = field(default_factory=lambda: day(0))
    instants: set[datetime] = field(default_factory=set)

    def __post_init__(self) -> None:
        cache.clear()
        self.units = [unit(self.acme, name) for name in ("floor", "roof")]
        self.accounts = [account(self.acme, unit=self.units[number // 2], weight=1.0 + number) for number in range(4)]
        self.happen(Swept(1, tuple(range(SIZE)), (), (), REGIONS, finished=True))

    def happen(self, event: Event) -> None:
        match event:
            case Swept():
                self._sweep(event)
            case Left(number, after):
                self._leave(number, self.last + timedelta(hours=after))
            case Joined(number, after):
                self._join(number, self.last + timedelta(hours=after))
            case Aside("ahead"):
                event_log.extend(each.pk for each in self.accounts)
                warm_up.prepare(self.acme)
                warm_up.prepare_past(self.acme)
            case Aside():
                failing = query.findings(Scope.of(self.admin, self.acme)).filter(status="fail", triage="open").first()
                if failing:
                    triage.call_false_positive(self.admin, failing, "It is meant to be so.")
                    number = next(n for n, each in enumerate(self.accounts) if each.pk == failing.account_id)
                    self.histories[number].decide((failing.resource_arn, failing.check_id), aside=True)

    def _sweep(self, event: Swept) -> None:
        self.day += event.days
        self.last = at = day(self.day)
        for number, edit in event.edits:
            _edit(self.holds[number], edit)
        for number in event.accounts:
            if self.accounts[number].left_at is None:
                refused = any(each.resource_type == "*" for each in event.gaps)
                delivery = Delivery(
                    number, self.day, resources_of(self.holds[number]), event.gaps, () if refused else event.regions
                )
                shown, owner = visible(delivery), self.accounts[number]
                sweep(owner, at, shown.resources, shown.gaps, regions=shown.regions)
                result = result_of(owner, at, shown.resources, shown.gaps, regions=shown.regions)
                self.histories[number].apply(at, result)
                self.instants.add(at)
        snapshot = Snapshot.objects.filter(as_of=at, organization=self.acme).first()
        if snapshot and event.finished:
            finish_snapshot(snapshot)

    def _leave(self, number: int, at: datetime) -> None:
        """Let an account leave as a discovery does that finds it gone."""
        owner, history = self.accounts[number], self.histories[number]
        if owner.left_at is None:
            owner.left_at = at
            owner.save(update_fields=["left_at"])
            AccountEvent.objects.create(account=owner, at=at, kind=AccountEvent.Kind.LEFT)
            close_left_account(owner, at)
            if history.copies:
                closed = max(at, max(history.copies) + timedelta(microseconds=1))
                history.leave(closed)
                self.instants |= {at, closed}

    def _join(self, number: int, at: datetime) -> None:
        owner = self.accounts[number]
        if owner.left_at is not None:
            owner.left_at = None
            owner.save(update_fields=["left_at"])
            AccountEvent.objects.create(account=owner, at=at, kind=AccountEvent.Kind.JOINED)
            self.instants.add(at)

    def scopes(self, at: datetime | None, since: datetime) -> list[tuple[Scope, Sequence[int]]]:
        """Return the organization and a unit with their numbers of accounts.

        They are on both sides of the threshold.
        """
        whole = Scope.of(self.admin, self.acme, as_of=at, compare_to=since)
        part = Scope.of(self.admin, self.acme, self.units[0], as_of=at, compare_to=since)
        return [(whole, range(SIZE)), (part, range(2))]

    def assert_same(self, at: datetime | None, since: datetime) -> None:
        """Figures as of an instant are what is recomputed, and what full copies come to."""
        for (scope, _), (other, _) in zip(self.scopes(at, since), self.scopes(at, since), strict=True):
            other.__dict__["now"] = scope.now  # by the clock, where no date is asked for
            for name, reads in READS.items():
                assert reads(scope) == recomputed(other, name), f"{name} at {at}, compared with {since}"
        for scope, mine in self.scopes(at, since):
            copies = [self.histories[number].at(at or datetime.max.replace(tzinfo=since.tzinfo)) for number in mine]
            assert {each.type: each.count for each in query.count_types(scope) if each.count} == Counter(
                thing.resource.type for each in copies for thing in each.things.values()
            )
            expected = mean(
                (band(each.tallies.values()), self.accounts[number].weight)
                for number, each in zip(mine, copies, strict=True)
            )
            assert ends(query.load_score(scope)) == ends(expected)


def ends(found: Band | None) -> tuple[float, float] | None:
    return (round(found.low, 6), round(found.high, 6)) if found else None


@settings(
    max_examples=examples(2),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(story=st.lists(events, min_size=3, max_size=7), chooses=st.data())
def test_cached_figures_are_recomputed_ones(story: list[Event], chooses: st.DataObject) -> None:
    with transaction.atomic():
        play = Play()
        for event in story:
            play.happen(event)
            steps = [timedelta(0), timedelta(minutes=30), timedelta(hours=3), timedelta(microseconds=-1)]
            near = sorted({at + step for at in play.instants for step in steps})
            for _ in range(2):
                at = chooses.draw(st.sampled_from([*near, None]))
                since = chooses.draw(st.sampled_from([each for each in near if at is None or each <= at] or near))
                play.assert_same(at, since)
        transaction.set_rollback(True)


def test_a_decision_counts_as_of_the_last_sweep_alone() -> None:
    play = Play()
    play.happen(Swept(1, (0, 1), ((0, Edit("w", "Encrypted", False)),), (gap(BUCKET),), REGIONS, finished=True))
    for at in (None, play.last, play.last + timedelta(minutes=30)):
        play.assert_same(at, day(1))
    play.happen(Aside("decide"))
    play.happen(Swept(1, (0, 1), ((0, Edit("v", "Encrypted", True)),), (), REGIONS[:1], finished=True))
    for at in sorted(play.instants):
        play.assert_same(at, day(1))


def test_a_date_after_an_account_left_is_not_one_before() -> None:
    play = Play()
    before, after = (day(1) + timedelta(hours=number) for number in (1, 3))
    play.assert_same(before, day(1))
    play.happen(Left(0, 2))
    play.assert_same(before, day(1))
    play.assert_same(after, day(1))
    play.assert_same(before, day(1))


def test_an_account_that_left_at_a_sweeps_very_instant_is_counted_no_more() -> None:
    play = Play()
    play.happen(Swept(1, (1, 2, 3), (), (), REGIONS, finished=True))
    play.assert_same(day(2), day(1))
    play.happen(Left(0, 0))
    play.assert_same(day(2), day(1))
    assert [each.count for each in query.count_types(play.scopes(None, day(1))[0][0])] == [3, 6]
    points = query.load_score_series(play.scopes(None, day(1))[0][0], day(0), day(3))
    assert [each.resources for each in points] == [12, 9]


def test_a_sweep_of_fewer_regions_keeps_a_gap_in_the_score_that_it_keeps_open() -> None:
    acme, admin = organization(), user()
    owner = account(acme)
    sweep(owner, day(1), [bucket("a"), volume("v")], [gap(VOLUME, REGIONS[1])])
    seen = ends(query.load_score(Scope.of(admin, acme)))
    point = query.load_blind_share(Scope.of(admin, acme)).share

    sweep(owner, day(2), [bucket("a"), volume("v")], regions=REGIONS[:1])

    scope = Scope.of(admin, acme)
    assert [each.region for each in query.gaps(scope)] == [REGIONS[1]]
    assert ends(query.load_score(scope)) == seen
    assert seen is not None
    assert seen[0] < seen[1]
    assert query.load_blind_share(scope).share == point > 0
    sweep(owner, day(3), [bucket("a"), volume("v")])
    assert ends(query.load_score(Scope.of(admin, acme))) == (100, 100)
