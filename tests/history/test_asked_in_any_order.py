"""Cached and logged results of periods against full copies, in any order."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount, Organization, OrganizationalUnit, User
from posture.history import query, triage
from posture.history.columnar import event_log
from posture.history.columnar.event_columns import from_micros
from posture.history.columnar.event_reader import SEPARATOR
from posture.history.ingest import close_left_account
from posture.history.partitions import ensure_month
from posture.history.query.changes import NEWEST_FIRST
from posture.history.scope import Scope
from posture.history.tuning import tuning
from posture.pages.drift import change_lists
from posture.pages.drift.change_lists import LoggedRows, landmarks_of
from posture.web import keyset
from posture.web.keyset import KeysetRows
from tests.depth import examples
from tests.history import naive
from tests.history.naive import Naive
from tests.history.test_exactness import (
    DAYS,
    Delivery,
    Edit,
    Leaving,
    Step,
    assert_listed_as_counted,
    assert_same_between,
    stories,
    to_deliveries,
    visible,
)
from tests.history.test_lists_of_changes import KINDS, Remembered
from tests.history.world import DENIED, REGIONS, account, day, organization, result_of, sweep, unit, user
from tests.tuning import Tune

pytestmark = pytest.mark.django_db

STEP = 9
"""Days between deliveries, so that a story spans several months."""
Pair = tuple[int, int]

instants = st.integers(-1, 2 * DAYS)
pairs = st.tuples(instants, instants)
asides = st.sampled_from(["", "", "journal", "journal", "accept", "move"])


@pytest.fixture(autouse=True)
def everything_is_kept_and_journaled(tune: Tune) -> None:
    """Keep results for scopes of any size, and count them from the journal."""
    tune(cached_scope_min_accounts=0)
    tune(event_log_min_accounts=0)
    tune(event_log_max_lag=timedelta(days=2 * STEP))


@dataclass
class Play:
    """A story that is recorded step by step in the store and in full copies."""

    acme: Organization = field(default_factory=organization)
    admin: User = field(default_factory=user)
    accounts: list[AwsAccount] = field(default_factory=list)
    units: list[OrganizationalUnit] = field(default_factory=list)
    histories: list[Naive] = field(default_factory=lambda: [Naive(), Naive()])

    def __post_init__(self) -> None:
        self.units = [unit(self.acme, name) for name in ("floor", "roof")]
        self.accounts = [account(self.acme, unit=each) for each in self.units]

    def deliver(self, step: Delivery | Leaving) -> None:
        owner, history = self.accounts[step.account], self.histories[step.account]
        if isinstance(step, Delivery):
            shown, at = visible(step), day(step.day * STEP)
            sweep(owner, at, shown.resources, shown.gaps, regions=shown.regions, judged=step.day % 2 == 0)
            history.apply(at, result_of(owner, at, shown.resources, shown.gaps, regions=shown.regions))
        elif history.copies and history.at(max(history.copies)) != naive.Copy():
            at = max(history.copies)
            history.leave(at + timedelta(hours=1))
            close_left_account(owner, at + timedelta(hours=1))

    def happen(self, aside: str) -> None:
        """Let something happen that no count of changes follows."""
        if aside == "journal":
            event_log.extend(each.pk for each in self.accounts)
        elif aside == "move":
            moving = self.accounts[0]
            moving.unit = next(each for each in self.units if each != moving.unit)
            moving.save(update_fields=["unit"])
        elif aside == "accept":
            failing = query.findings(Scope.of(self.admin, self.acme)).filter(status="fail", triage="open").first()
            if failing:
                triage.call_false_positive(self.admin, failing, "It is meant to be so.")

    def ask(self, pair: Pair) -> None:
        """Compare the organization and a unit with full copies."""
        since, until = ends(pair)
        assert_same_between(Scope.of(self.admin, self.acme), self.histories, since, until)
        mine = [
            history for owner, history in zip(self.accounts, self.histories, strict=True) if owner.unit == self.units[0]
        ]
        assert_same_between(Scope.of(self.admin, self.acme, unit=self.units[0]), mine, since, until)

    def changes(self, pair: Pair) -> query.Changes:
        return query.changes_between(Scope.of(self.admin, self.acme), *ends(pair))

    def groups(self, pair: Pair) -> list[dict[Any, Any]]:
        """Return the counts of a period by all their keys."""
        changes = self.changes(pair)
        findings = [changes.finding_groups(by) for by in ("check_id", "account_id", "severity", "resource_type")]
        resources = changes.resource_groups("account_id"), changes.resource_groups("type"), changes.regions
        return [*findings, *(dict(each) for each in resources)]

    def held(self, pair: Pair) -> list[tuple[float, float] | None]:
        """Return the scores on unchanged denominators, of the organization and of a unit."""
        scopes = Scope.of(self.admin, self.acme), Scope.of(self.admin, self.acme, unit=self.units[0])
        found = [query.compute_cohort_score(scope, *ends(pair)) for scope in scopes]
        return [None if each is None else (round(each.low, 9), round(each.high, 9)) for each in found]


def ends(pair: Pair) -> tuple[datetime, datetime]:
    first, last = sorted(day(number * STEP / 2) for number in pair)
    return first, last


def assert_paged(changes: query.Changes, asked: list[tuple[int, int]]) -> None:
    """Pages hold what the whole list does, from wherever they are read."""
    for kind in KINDS:
        rows, fields = getattr(changes, kind), [name.removeprefix("-") for name in NEWEST_FIRST[kind]]
        whole = [row.id for row in rows.order_by(*NEWEST_FIRST[kind])]
        assert changes.number(kind) == getattr(changes.counts, kind) == len(whole)
        placed = KeysetRows(rows, fields, len(whole), Remembered())
        for start, size in asked:
            assert [row.id for row in placed[start : start + size]] == whole[start : start + size]


def assert_listed(changes: query.Changes, asked: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The event log's rows are the listed ones, and so are pages read by it."""
    monkeypatch.setattr(keyset, "NEAR_ROWS", -1)
    for kind, named in NAMED.items():
        logged, rows, order = changes.load_rows(kind), getattr(changes, kind), NEWEST_FIRST[kind]
        if logged is None:
            continue
        fields = [name.removeprefix("-") for name in order]
        whole = [*rows.order_by(*order)]
        listed = [
            (row.account_id, SEPARATOR.join(str(getattr(row, name)) for name in named), getattr(row, fields[0]))
            for row in whole
        ]
        names = [logged.names[place] for place in logged.name.tolist()]
        moments = [from_micros(at) for at in logged.at.tolist()]
        assert sorted(zip(logged.account.tolist(), names, moments, strict=True)) == sorted(listed), kind
        placed: Any = KeysetRows(rows, fields, len(whole), Remembered(), partial(landmarks_of, logged))
        if named[0] == "type":
            monkeypatch.setattr(change_lists, "AROUND", 3)
            load = Mock(side_effect=partial(copy, logged))
            adjacent = LoggedRows(rows, len(whole), load, remembering())
            assert [row.id for place in range(3) for row in adjacent[place : place + 1]] == [
                row.id for row in LoggedRows(rows, len(whole), load, lambda _, find: find())[0:3]
            ]
            assert load.call_count <= 2, "adjacent pages are loaded at once"
            placed = LoggedRows(rows, len(whole), partial(copy, logged), lambda _, find: find())
            whole.sort(key=lambda row: (row.valid_to if kind == "removed" else row.valid_from, row.resource_id))
            whole.reverse()
        for start, size in asked:
            assert [row.id for row in placed[start : start + size]] == [row.id for row in whole[start : start + size]]


NAMED = {
    **dict.fromkeys(("added", "removed", "changed", "sight"), ("type", "region")),
    **dict.fromkeys(("opened", "reopened"), ("check_id", "severity", "resource_type", "region", "open_reason")),
    "resolved": ("check_id", "severity", "resource_type", "region", "close_reason"),
}
"""The fields that the names of each kind of change are made of."""


def remembering() -> Callable[[str, Callable[[], Any]], Any]:
    """Return what keeps what it was given to find, as the cache does."""
    known: dict[str, Any] = {}

    def found(name: str, find: Callable[[], Any]) -> Any:
        if name not in known:
            known[name] = find()
        return known[name]

    return found


def live(asked: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is counted in the store itself."""
    with monkeypatch.context() as patched:
        patched.setattr(tuning, "cached_scope_min_accounts", 10**9)
        patched.setattr(tuning, "event_log_min_accounts", 10**9)
        patched.setattr(tuning, "event_log_min_accounts", 10**9)
        return asked()


@settings(
    max_examples=examples(2),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    story=stories,
    asides=st.lists(asides, min_size=9, max_size=9),
    early=st.lists(st.lists(pairs, max_size=2), min_size=9, max_size=9),
    late=st.lists(pairs, min_size=3, max_size=6),
    pages=st.lists(st.tuples(st.integers(0, 6), st.integers(1, 3)), min_size=1, max_size=4),
    piece=st.sampled_from([1, 10**9]),
)
def test_counts_and_pages_agree_with_full_copies(
    monkeypatch: pytest.MonkeyPatch,
    story: list[Delivery | Leaving],
    asides: list[str],
    early: list[list[Pair]],
    late: list[Pair],
    pages: list[tuple[int, int]],
    piece: int,
) -> None:
    cache.clear()
    # Accounts that are logged together: each alone, or all.
    monkeypatch.setattr(tuning, "event_log_shard_accounts", piece)
    with transaction.atomic():
        play = Play()
        for number, step in enumerate(story):
            play.deliver(step)
            play.happen(asides[number % len(asides)])
            for pair in early[number % len(early)]:
                play.ask(pair)
        for pair in [*late, *(pair for some in early for pair in some)]:
            play.ask(pair)
            assert play.groups(pair) == live(partial(play.groups, pair), monkeypatch)
            assert play.held(pair) == live(partial(play.held, pair), monkeypatch)
        assert_listed_as_counted(play.changes(late[0]))
        assert_paged(play.changes(late[0]), pages)
        for pair in late:
            assert_listed(play.changes(pair), pages, monkeypatch)
        _forget_first_month()
        for pair in late:
            assert play.groups(pair) == live(partial(play.groups, pair), monkeypatch)
            assert play.held(pair) == live(partial(play.held, pair), monkeypatch)
            if min(ends(pair)) >= day(31):
                play.ask(pair)
        transaction.set_rollback(True)


@pytest.mark.parametrize("journaled", [True, False])
def test_what_was_seen_otherwise_in_between_has_changed_though_neither_end_can_read_it(*, journaled: bool) -> None:
    play = Play()
    values: list[Any] = [DENIED, DENIED, False, DENIED, DENIED]
    edits = [(Edit("a", "Public", number > 0), Edit("a", "Website", value)) for number, value in enumerate(values)]
    for step in to_deliveries([Step(0, 1, each, (), REGIONS, leaves=False) for each in edits]):
        play.deliver(step)
    if journaled:
        play.happen("journal")

    play.ask((4, 13))

    assert_listed_as_counted(play.changes((4, 13)))
    assert play.changes((4, 13)).counts.changed == 1


def _forget_first_month() -> None:
    """Drop what was closed in the first month, as retention does; nothing is detached."""
    ensure_month(day(40))
    with connection.cursor() as cursor:
        for table in ("history_version_closed", "history_finding_closed", "history_tally_closed"):
            cursor.execute(f'DROP TABLE IF EXISTS "{table}_{day(0):%Y_%m}"')
    event_log.forget_before(day(40))
