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
from posture.history.statements import load_statement

_COHORT_VERSIONS = load_statement(__file__, "cohort_versions")
"""Account, its last record, and the last note on any of its findings that were decided."""
_COHORT_BANDS = load_statement(__file__, "cohort_bands")
"""Account and ends of its band on the counts of `since`."""


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
        cursor.execute(_COHORT_VERSIONS, [list(account_pks)])
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
        cursor.execute(_COHORT_BANDS, {"accounts": list(account_pks), "since": since, "until": until})
        return {pk: (low, high) for pk, low, high in cursor.fetchall()}
