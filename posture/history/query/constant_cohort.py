"""The score on unchanged denominators, which stands beside the bridge.

It counts every finding of a period under every check of every account: from the journal where it helps, as
`moved` does, else from the store. Each account's is kept, in pieces of some accounts, under what it is made of:
where the account stands, and what was decided on its findings. A sweep under way has those pieces worked out
anew that it has recorded an account of, and a decision its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby

import numpy as np
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from accounts.models import Organization
from posture.core.score import Band, mean
from posture.history import columnar
from posture.history.columnar import FEW, RecordedState
from posture.history.columnar.cohort_replay import Bands, replay_cohort
from posture.history.columnar.event_columns import Numbers
from posture.history.columnar.event_reader import LONG_AGO
from posture.history.models import Triage
from posture.history.query import cache as query_cache
from posture.history.query.change_counts import AHEAD, PIECE, USUAL, get_reach, is_forgotten
from posture.history.scope import Scope, present


def compute_cohort_score(scope: Scope, since: datetime, until: datetime) -> Band | None:
    """Return the score of `since` with only what was fixed and what regressed up to `until`.

    Denominators are those of the start: its accounts, rules, resources and sight. What was deleted, came,
    or went out of sight meanwhile stays as it was.
    """
    if len(scope.accounts) < query_cache.CACHED_SCOPE_MIN_ACCOUNTS:
        bands = _computed(scope.account_pks, since, until)
    else:
        bands = _kept(scope.account_pks, since, until)
    return mean((Band(*ends), scope.by_pk[pk].weight) for pk, ends in bands.items())


def prepare(organization: Organization) -> None:
    """Work out ahead what pages ask for by default, so that nobody waits for it after a sweep."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    if len(pks) >= query_cache.CACHED_SCOPE_MIN_ACCOUNTS:
        now = present(organization)
        for length in USUAL:
            _kept(pks, now - length, now)


def _kept(account_pks: Sequence[int], since: datetime, until: datetime) -> Bands:
    """Return the accounts' bands, those that are not kept worked out together."""
    pieces = [list(pks) for _, pks in groupby(sorted(account_pks), lambda pk: pk // PIECE)]
    keys = dict(zip(_keys(pieces, since, until), pieces, strict=True))
    found: dict[str, Bands] = {}
    with suppress(RedisError):  # without the cache everything is worked out each time, and the site's strip says so
        found = cache.get_many(keys)
    missing = {key: pks for key, pks in keys.items() if key not in found}
    if missing:
        made = _computed([pk for pks in missing.values() for pk in pks], since, until)
        fresh = {key: {pk: made[pk] for pk in pks if pk in made} for key, pks in missing.items()}
        with suppress(RedisError):
            cache.set_many(fresh, query_cache.SECONDS)
        found |= fresh
    return {pk: ends for bands in found.values() for pk, ends in bands.items()}


def _keys(pieces: Sequence[Sequence[int]], since: datetime, until: datetime) -> Iterable[str]:
    """Return under which key each piece is kept; a start or an end that moves with the clock makes no difference."""
    account_pks = [pk for pks in pieces for pk in pks]
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [account_pks])
        stands = {pk: (min(last, until), word) for pk, last, word in cursor.fetchall()}
    database = connection.settings_dict
    common = (query_cache.code_version(), database["HOST"], database["NAME"], get_reach(account_pks, since))
    for pks in pieces:
        parts = repr((common, [(pk, stands.get(pk)) for pk in pks]))
        yield f"plumbline:held:{hashlib.sha256(parts.encode()).hexdigest()}"


def _computed(account_pks: Sequence[int], since: datetime, until: datetime) -> Bands:
    if len(account_pks) < FEW or is_forgotten(since):
        return _live(account_pks, since, until)
    standing, aside = columnar.load_recorded_states(account_pks), _aside(account_pks)
    bands: Bands = {}
    far: list[int] = []
    for pks in columnar.iterate_shards(account_pks):
        found, left_out = _of_piece(pks, standing, since, until, aside)
        bands |= found
        far += left_out
    return bands | (_live(far, since, until) if far else {})


def _of_piece(
    account_pks: Sequence[int], standing: Mapping[int, RecordedState], since: datetime, until: datetime, aside: Numbers
) -> tuple[Bands, list[int]]:
    """Return the bands of a piece, and the accounts that are left out since the journal is no help."""
    tallies = columnar.read_tallies_at(account_pks, since)
    episodes = columnar.read_events(columnar.Subject.EPISODES, account_pks, since, until)
    spans = {
        span.account_pk: span for span in columnar.list_missing_spans(episodes, account_pks, standing, since, until)
    }
    far = {pk for pk in account_pks if pk in standing and tallies.upto.get(pk, LONG_AGO) < since}
    far |= {pk for pk, span in spans.items() if span.upto - span.after > AHEAD}
    near = [pk for pk in account_pks if pk in standing and pk not in far]
    missing = [span for pk, span in spans.items() if pk not in far]
    months = [*episodes.months, *([columnar.load_events(columnar.Subject.EPISODES, missing)] if missing else [])]
    return replay_cohort(near, tallies.months, months, since, until, aside), sorted(far)


def _aside(account_pks: Sequence[int]) -> Numbers:
    """Return the findings that people set aside."""
    mine = Triage.objects.filter(account_id__in=account_pks, state__in=Triage.SET_ASIDE)
    return np.fromiter(mine.values_list("finding_id", flat=True), np.int64)


def _live(account_pks: Sequence[int], since: datetime, until: datetime) -> Bands:
    """Count the store itself."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"accounts": list(account_pks), "since": since, "until": until})
        return {pk: (low, high) for pk, low, high in cursor.fetchall()}


_STANDS = """
SELECT s.account_id, s.last_at, (
    SELECT max(n.id) FROM history_triage t JOIN history_findingnote n ON n.finding_id = t.finding_id
    WHERE t.account_id = s.account_id
)
FROM history_accountstate s WHERE s.account_id = ANY(%s) AND s.last_at IS NOT NULL
"""
"""Where accounts stand, and the last word on any finding of each that was decided on."""

# Tallies and moves are added up instead of joined: there are hundreds of thousands of both.
_HELD = """
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
), standing AS (
    SELECT account_id, CASE max(severity) WHEN 4 THEN 40 WHEN 3 THEN 10 WHEN 2 THEN 3 ELSE 1 END::float8 AS weight,
           sum(judged)::float8 AS judged, sum(undetermined)::float8 AS undetermined,
           greatest(0, sum(failing))::float8 AS failing
    FROM figures GROUP BY account_id, check_id HAVING sum(judged) > 0
)
SELECT account_id,
       100 * (1 - sum(weight * least(judged, failing + undetermined) / judged) / sum(weight)),
       100 * (1 - sum(weight * least(judged, failing) / judged) / sum(weight))
FROM standing GROUP BY account_id
"""
