"""Check counts and daily events are the same from the event log as from the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import combinations
from typing import Any

import pytest

from accounts.models import AwsAccount, Organization
from posture.history import query
from posture.history.columnar import event_log
from posture.history.query import check_counts, priorities, scores
from posture.history.query import practice_scores as of_practices
from posture.history.query.changes import Changes
from posture.history.query.events import _of_findings
from posture.history.query.practice_scores import load_practice_scores
from posture.history.scope import Scope
from posture.history.tuning import tuning
from tests.depth import every
from tests.history import test_cohort_score
from tests.history.world import account, day, organization, user
from tests.tuning import Tune

pytestmark = pytest.mark.django_db

DATES = [day(number) for number in (0, 12, 20, 31, 50, 70, 99)]
PERIODS = [*combinations(DATES, 2)][:: every(3)]


@pytest.fixture
def recorded() -> tuple[Organization, list[AwsAccount]]:
    """Return an organization of two accounts."""
    acme = organization()
    return acme, [account(acme, name="web"), account(acme, name="data")]


@pytest.mark.parametrize(("piece", "steps"), [(1, 1), (10**9, 3), (1, 99)])
def test_the_event_log_equals_the_store(
    recorded: tuple[Organization, list[AwsAccount]], monkeypatch: pytest.MonkeyPatch, tune: Tune, piece: int, steps: int
) -> None:
    acme, accounts = recorded
    tune(event_log_shard_accounts=piece)
    for number, step in enumerate(test_cohort_score.steps(*accounts)):
        step()
        if number % steps == 0:
            event_log.extend(each.pk for each in accounts)
    for whose in (accounts, accounts[:1]):
        scope = replace(Scope.of(user(), acme), accounts=tuple(whose))
        stored, journaled = (_all(scope, monkeypatch, few) for few in (10**9, 0))
        assert journaled == stored
        assert any(stored["shares"])
        assert any(stored["gains"])
        assert any(stored["practices"])
        assert any(stored["days"])
        assert {mended for done in stored["done"] for _, _, mended in done} == {True, False}
        _is_what_the_tallies_say(scope)


def _all(scope: Scope, monkeypatch: pytest.MonkeyPatch, few: int) -> dict[str, list[Any]]:
    """Return the results of each date and period; from the store for fewer accounts."""
    monkeypatch.setattr(tuning, "event_log_min_accounts", few)
    monkeypatch.setattr(tuning, "event_log_min_accounts", few)
    then = [replace(scope, as_of=at) for at in DATES]
    periods = [query.changes_between(scope, *ends) for ends in PERIODS]
    return {
        "shares": [check_counts.load_check_counts(one, one.as_of).shares for one in then if one.as_of],
        "practices": [_practices(one, at) for one in then for at in (None, one.as_of)],
        "gains": [
            [(fix.check_id, fix.severity, fix.resources, fix.accounts, pytest.approx(fix.gain)) for fix in found]
            for found in (priorities.rank_fixes(one) for one in then)
        ],
        "done": [_checked(one) for one in periods],
        "days": [sorted(_of_findings(one), key=lambda event: (event.at, event.kind, event.title)) for one in periods],
    }


def _practices(scope: Scope, at: datetime | None) -> list[str]:
    """Return the practices, each compared with the points of each account one by one."""
    found = load_practice_scores(scope, at, scores.list_served_practices())
    for practice, points in scores.load_practice_points(scope, at)[0].items():
        score, band = found[practice], scores.compute_mean_practice(scope, points)
        assert (score.band is None) == (band is None)
        if score.band and band:
            assert (score.band.low, score.band.high) == pytest.approx((band.low, band.high))
        sums = [sum(getattr(each, name) for each in points) for name in ("passed", "failed", "unknown")]
        assert [score.passed, score.failed, score.unknown] == sums
    return sorted(found)


def _checked(changes: Changes) -> dict[tuple[str, int, bool], tuple[int, int]]:
    """Return what was done in a period, held to its rows one by one."""
    done: dict[tuple[str, int, bool], list[int]] = {}
    broken = [*changes.opened, *changes.reopened]
    for mended, rows in (
        (False, [each for each in broken if each.open_reason not in {"rule", "parameter", "folded"}]),
        (True, [each for each in changes.resolved if each.close_reason == "changed"]),
    ):
        for each in rows:
            done.setdefault((each.check_id, each.severity, mended), []).append(each.account_id)
    found = changes.done()
    assert found == {key: (len(pks), len(set(pks))) for key, pks in done.items()}
    return found


def _is_what_the_tallies_say(scope: Scope) -> None:
    for at in DATES:
        then = replace(scope, as_of=at)
        plain = {
            (each.check_id, each.severity, each.passed + each.failed + each.unknown, each.failed, each.unknown,
             each.accounts)
            for each in query.summarize_checks(then)
            if each.passed + each.failed + each.unknown
        }  # fmt: skip
        shares = check_counts.load_check_counts(then, at).shares
        assert {(s.check_id, s.severity, s.judged, s.failing, s.undetermined, s.accounts) for s in shares} == plain


def test_the_store_is_not_counted_where_the_event_log_answers(
    recorded: tuple[Organization, list[AwsAccount]], monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    acme, accounts = recorded
    for step in test_cohort_score.steps(*accounts):
        step()
    event_log.extend(each.pk for each in accounts)
    tune(event_log_min_accounts=0)
    monkeypatch.setattr(check_counts, "_load_rows", test_cohort_score.fail)
    monkeypatch.setattr(of_practices, "_load_rows", test_cohort_score.fail)
    monkeypatch.setattr(of_practices, "_sum_in_database", test_cohort_score.fail)
    assert check_counts.load_check_counts(Scope.of(user(), acme), day(70)).shares
    assert load_practice_scores(Scope.of(user(), acme), day(70), set())
