"""Loads and writes the counts of checks, current and replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from posture.core.outcome import Severity
from posture.core.score import Tally
from posture.history.ingest.bulk import columns, execute, fetch
from posture.history.ingest.check_counts import COUNTS, CountsByCheck
from posture.history.ingest.pipeline import Statement

_SEVERITIES = {int(severity): severity for severity in Severity}

# In one order, so that floats summed over the rows are the same to the bit.
_LOAD = """
SELECT check_id, severity, check_version, passed, failed, unknown, stale, accepted, not_applicable, gap_units
FROM history_tally WHERE account_id = %s ORDER BY check_id
"""
_INSERT = """
INSERT INTO history_tally (account_id, valid_from, check_id, check_version, severity,
    passed, failed, unknown, stale, accepted, not_applicable, gap_units)
SELECT %(account)s, %(at)s, n.*
FROM unnest(%(check_id)s::text[], %(check_version)s::int[], %(severity)s::int[], %(passed)s::int[], %(failed)s::int[],
    %(unknown)s::int[], %(stale)s::int[], %(accepted)s::int[], %(not_applicable)s::int[], %(gap_units)s::int[]) n
"""
# In place: no indexed column changes, so that no index is written and an account's rows stay together.
_REPLACE = """
WITH ended AS (
    UPDATE history_tally t
    SET valid_from = %(at)s, check_version = n.check_version, severity = n.severity, passed = n.passed,
        failed = n.failed, unknown = n.unknown, stale = n.stale, accepted = n.accepted,
        not_applicable = n.not_applicable, gap_units = n.gap_units
    FROM unnest(%(check_id)s::text[], %(check_version)s::int[], %(severity)s::int[], %(passed)s::int[],
            %(failed)s::int[], %(unknown)s::int[], %(stale)s::int[], %(accepted)s::int[], %(not_applicable)s::int[],
            %(gap_units)s::int[])
        n (check_id, check_version, severity, passed, failed, unknown, stale, accepted, not_applicable, gap_units)
    JOIN history_tally was ON was.account_id = %(account)s AND was.check_id = n.check_id
    WHERE t.account_id = %(account)s AND t.check_id = n.check_id
    RETURNING was.account_id, was.check_id, was.check_version, was.severity, was.valid_from, was.passed, was.failed,
        was.unknown, was.stale, was.accepted, was.not_applicable, was.gap_units
)
INSERT INTO history_tally_closed (valid_to, account_id, check_id, check_version, severity, valid_from,
    passed, failed, unknown, stale, accepted, not_applicable, gap_units)
SELECT %(at)s, * FROM ended
"""
_CLOSE = """
WITH ended AS (DELETE FROM history_tally WHERE account_id = %s AND check_id = ANY(%s) RETURNING *)
INSERT INTO history_tally_closed (valid_to, account_id, check_id, check_version, severity, valid_from,
    passed, failed, unknown, stale, accepted, not_applicable, gap_units)
SELECT %s, account_id, check_id, check_version, severity, valid_from,
    passed, failed, unknown, stale, accepted, not_applicable, gap_units
FROM ended
"""


def load(account_pk: int) -> CountsByCheck:
    """Return the current counts of an account."""
    return as_counts(fetch(*query(account_pk)))


def query(account_pk: int) -> Statement:
    """Return the query whose rows `as_counts` takes."""
    return _LOAD, [account_pk]


def as_counts(rows: Iterable[tuple[Any, ...]]) -> CountsByCheck:
    """Return counts by check."""
    return {
        check_id: (Tally(check_id, _SEVERITIES[severity], *counts), version)
        for check_id, severity, version, *counts in rows
    }


def write(account_pk: int, at: datetime, before: CountsByCheck, after: CountsByCheck, changed: Sequence[str]) -> None:
    """Replace the counts of the `changed` checks; those replaced are closed at `at`."""
    close(account_pk, at, [check_id for check_id in changed if check_id not in after])
    for statement, is_known in ((_REPLACE, True), (_INSERT, False)):
        moved = [after[check_id] for check_id in changed if check_id in after and (check_id in before) is is_known]
        if moved:
            rows = [(tally.check_id, version, int(tally.severity), *tally[2:]) for tally, version in moved]
            values = zip(("check_id", "check_version", "severity", *COUNTS), columns(rows), strict=True)
            execute(statement, {"account": account_pk, "at": at, **dict(values)})


def close(account_pk: int, at: datetime, check_ids: Sequence[str]) -> None:
    """Move current counts to the closed ones."""
    if check_ids:
        execute(_CLOSE, [account_pk, list(check_ids), at])


def overwrite(account_pk: int, tally: Tally) -> None:
    """Correct counts of the last sweep in place, after people set findings aside."""
    execute(
        "UPDATE history_tally SET accepted = %s, stale = %s, failed = %s WHERE account_id = %s AND check_id = %s",
        [tally.accepted, tally.stale, tally.failed, account_pk, tally.check_id],
    )
