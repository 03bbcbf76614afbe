"""The score on constant denominators, shown next to the bridge.

It counts every finding of a period under every check of every account: from the event log where it helps, as
`moved` does, else from the store. Each account's is kept, in pieces of some accounts, under what it is made of:
the account's state, and what was decided on its findings. A sweep in progress has those pieces computed
again of which it has recorded an account, and a decision its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import connection

from accounts.models import Organization
from posture.core.score import Band, mean
from posture.history.columnar import api as columnar
from posture.history.columnar.api import Bands, Numbers
from posture.history.models import Triage
from posture.history.query.cache import get_or_compute_shards, is_cached
from posture.history.query.change_counts import USUAL, get_reach
from posture.history.scope import Scope, present


def compute_cohort_score(scope: Scope, since: datetime, until: datetime) -> Band | None:
    """Return the score of `since` with what was fixed and regressed up to `until`.

    Denominators are those of the start: its accounts, rules, resources and visibility. What was deleted, came,
    or became unreadable meanwhile stays as it was.
    """
    read = _get_or_compute_bands if is_cached(len(scope.accounts)) else _compute
    bands = read(scope.account_pks, since, until)
    return mean((Band(*ends), scope.by_pk[pk].weight) for pk, ends in bands.items())


def warm_up(organization: Organization) -> None:
    """Precompute what pages ask for by default, so that nobody waits after a sweep."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    if is_cached(len(pks)):
        now = present(organization)
        for length in USUAL:
            _get_or_compute_bands(pks, now - length, now)


def _get_or_compute_bands(account_pks: Sequence[int], since: datetime, until: datetime) -> Bands:
    """Return the accounts' bands.

    A start or an end that follows the clock makes no difference to their keys.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [list(account_pks)])
        versions = {pk: (min(last, until), note) for pk, last, note in cursor.fetchall()}
    return get_or_compute_shards(
        "cohort", account_pks, versions, lambda pks: _compute(pks, since, until), get_reach(account_pks, since)
    )


def _compute(account_pks: Sequence[int], since: datetime, until: datetime) -> Bands:
    bands: Bands = {}
    uncovered: list[int] = []
    aside: Numbers | None = None
    for events in columnar.iterate_cohort(account_pks, since, until):
        if events.accounts:
            aside = _load_set_aside(account_pks) if aside is None else aside
            bands |= columnar.replay_cohort(events.accounts, events.tallies, events.episodes, since, until, aside)
        uncovered += events.uncovered
    return bands | (_replay_rows(uncovered, since, until) if uncovered else {})


def _load_set_aside(account_pks: Sequence[int]) -> Numbers:
    """Return the findings that people set aside."""
    mine = Triage.objects.filter(account_id__in=account_pks, state__in=Triage.SET_ASIDE)
    return np.fromiter(mine.values_list("finding_id", flat=True), np.int64)


def _replay_rows(account_pks: Sequence[int], since: datetime, until: datetime) -> Bands:
    """Count the store itself."""
    with connection.cursor() as cursor:
        cursor.execute(_COHORT_OF_ROWS, {"accounts": list(account_pks), "since": since, "until": until})
        return {pk: (low, high) for pk, low, high in cursor.fetchall()}


_VERSIONS = """
SELECT s.account_id, s.last_at, (
    SELECT max(n.id) FROM history_triage t JOIN history_findingnote n ON n.finding_id = t.finding_id
    WHERE t.account_id = s.account_id
)
FROM history_accountstate s WHERE s.account_id = ANY(%s) AND s.last_at IS NOT NULL
"""
"""The accounts' states, and the last note on any decided finding of each."""

# Tallies and moves are added up instead of joined: there are hundreds of thousands of both.
_COHORT_OF_ROWS = """
WITH moved AS (
    SELECT account_id, check_id, finding_id, -1 AS step
    FROM history_finding_closed
    WHERE account_id = ANY(%(accounts)s) AND closed_at > %(since)s AND closed_at <= %(until)s
      AND opened_at <= %(since)s AND status = 'fail' AND close_reason = 'changed'
    UNION ALL
    SELECT account_id, check_id, id, 1
    FROM history_finding f
    WHERE account_id = ANY(%(accounts)s) AND closed_at IS NULL
      AND opened_at > %(since)s AND opened_at <= %(until)s AND status = 'fail' AND open_reason = 'changed'
      AND (SELECT first_seen FROM history_resource WHERE id = f.resource_id) <= %(since)s
    UNION ALL
    SELECT account_id, check_id, finding_id, 1
    FROM history_finding_closed f
    WHERE account_id = ANY(%(accounts)s) AND closed_at > %(until)s
      AND opened_at > %(since)s AND opened_at <= %(until)s AND status = 'fail' AND open_reason = 'changed'
      AND (SELECT first_seen FROM history_resource WHERE id = f.resource_id) <= %(since)s
), figures AS (
    SELECT account_id, check_id, severity, passed + failed + stale + unknown + gap_units AS judged,
           unknown + gap_units AS undetermined, failed + stale AS failing
    FROM history_tally
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(since)s
    UNION ALL
    SELECT account_id, check_id, severity, passed + failed + stale + unknown + gap_units,
           unknown + gap_units, failed + stale
    FROM history_tally_closed
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(since)s AND valid_to > %(since)s
    UNION ALL
    SELECT account_id, check_id, NULL, 0, 0, step
    FROM moved
    WHERE NOT EXISTS (SELECT FROM history_triage t
                      WHERE t.finding_id = moved.finding_id AND t.state IN ('accepted', 'false_positive'))
), units AS (
    SELECT account_id, CASE max(severity) WHEN 4 THEN 40 WHEN 3 THEN 10 WHEN 2 THEN 3 ELSE 1 END::float8 AS weight,
           sum(judged)::float8 AS judged, sum(undetermined)::float8 AS undetermined,
           greatest(0, sum(failing))::float8 AS failing
    FROM figures GROUP BY account_id, check_id HAVING sum(judged) > 0
)
SELECT account_id,
       100 * (1 - sum(weight * least(judged, failing + undetermined) / judged) / sum(weight)),
       100 * (1 - sum(weight * least(judged, failing) / judged) / sum(weight))
FROM units GROUP BY account_id
"""
