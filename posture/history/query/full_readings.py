"""Reads when the types were last read that are read once a day."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from posture.history.models.lookups import array
from posture.history.scope import Scope

RECENT_SNAPSHOTS = 50
"""Snapshots before a past date in which accounts are looked for."""
_NOW = "SELECT min(full_read_at), max(full_read_at) FROM history_accountstate WHERE account_id = ANY(%(accounts)s)"
_PAST = """
SELECT min(read_at), max(read_at) FROM (
    SELECT DISTINCT ON (p.account_id) coalesce(p.full_read_at, s.as_of) AS read_at
    FROM (
        SELECT id, as_of FROM history_snapshot
        WHERE organization_id = ANY(%(organizations)s) AND as_of <= %(as_of)s ORDER BY as_of DESC LIMIT %(recent)s
    ) s JOIN history_accountsweep p ON p.snapshot_id = s.id
    WHERE p.account_id = ANY(%(accounts)s) AND p.state = 'done'
    ORDER BY p.account_id, s.as_of DESC
) readings
"""


class FullReadings(NamedTuple):
    """When accounts were read in full: the one longest ago, and the one last."""

    first: datetime
    last: datetime


def load_full_readings(scope: Scope) -> FullReadings | None:
    """Return when accounts were last read in full; None where that is unknown."""
    parameters = {
        "accounts": array(scope.account_pks),
        "organizations": array(scope.seen_organizations),
        "as_of": scope.as_of,
        "recent": RECENT_SNAPSHOTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAST if scope.as_of else _NOW, parameters)
        first, last = cursor.fetchone()
    return FullReadings(first, last) if first else None
