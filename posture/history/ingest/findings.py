"""Loads and writes findings as `finding_changes` decides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.sql import SQL

from posture.core.gap import GapReason
from posture.core.outcome import Status
from posture.core.values import UNREADABLE, Unknown, plain, readable
from posture.history.ingest.bulk import clean, columns, copy, execute, fetch, numbers, own
from posture.history.ingest.finding_changes import (
    CheckedResource,
    ClosedFinding,
    FindingChanges,
    FindingKey,
    FindingText,
    OpenFinding,
    StoredFindings,
)

COLUMNS = (
    "id", "episode_id", "account_id", "resource_id", "check_id", "check_version", "status", "severity", "opened_at",
    "open_reason", "reopened", "stale_since", "stale_periods", "reason", "evidence", "observed", "first_opened_at",
)  # fmt: skip
_STATUSES = {status.value: status for status in Status}

# Ends a running stale period at an instant.
_PERIODS = SQL("""
    CASE WHEN stale_since IS NULL THEN stale_periods
    ELSE coalesce(stale_periods, '{{}}') + tstzmultirange(tstzrange(stale_since, %s)) END""").format()
_LOAD = """
SELECT resource_id, check_id, id, check_version, status, severity, stale_since
FROM history_finding WHERE account_id = %s AND closed_at IS NULL
"""
_AFFECTED = SQL("""
    f.resource_id, f.check_id, f.id, f.check_version, f.status, f.severity, f.stale_since, f.reopened,
    f.closed_at IS NULL, f.first_opened_at, f.reason, f.evidence""")
_LOAD_AFFECTED = (
    SQL("""
SELECT {columns} FROM history_finding f WHERE resource_id = ANY(%s::bigint[])
UNION ALL
SELECT {columns} FROM history_finding f JOIN unnest(%s::bigint[], %s::text[]) k (resource, name)
ON f.resource_id = k.resource AND f.check_id = k.name
""")
    .format(columns=_AFFECTED)
    .as_string()
)
_LOAD_CLOSED = """
SELECT f.resource_id, f.check_id, f.id, f.reopened + (f.status = 'fail')::int, f.first_opened_at
FROM history_finding f JOIN unnest(%s::bigint[], %s::text[]) k (resource_id, check_id)
ON k.resource_id = f.resource_id AND k.check_id = f.check_id
"""
_CLOSE = (
    SQL("""
WITH ended AS (
    SELECT f.*, n.close_reason
    FROM history_finding f JOIN unnest(%s::bigint[], %s::text[]) n (id, close_reason) ON n.id = f.id
), emptied AS (
    UPDATE history_finding f
    SET closed_at = %s, stale_since = NULL, stale_periods = NULL,
        reason = '', evidence = '{{}}', observed = NULL
    FROM ended WHERE f.id = ended.id
)
INSERT INTO history_finding_closed
    (closed_at, finding_id, close_reason, episode_id, account_id, resource_id, check_id, check_version, status,
     severity, opened_at, open_reason, reopened, stale_since, stale_periods, reason, evidence, observed,
     first_opened_at)
SELECT %s, id, close_reason, episode_id, account_id, resource_id, check_id, check_version, status,
       severity, opened_at, open_reason, reopened, NULL, {periods}, reason, evidence, observed,
       first_opened_at
FROM ended
""")
    .format(periods=_PERIODS)
    .as_string()
)
_END_STALE = (
    SQL("""
UPDATE history_finding SET stale_periods = {periods}, stale_since = NULL
WHERE id = ANY(%s) AND stale_since IS NOT NULL
""")
    .format(periods=_PERIODS)
    .as_string()
)
_UPDATE_TEXT = """
UPDATE history_finding f
SET check_version = n.version, severity = n.severity, reason = n.reason, observed = n.observed::jsonb,
    evidence = ARRAY(SELECT jsonb_array_elements_text(n.evidence::jsonb))
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[])
    n (id, version, severity, reason, evidence, observed)
WHERE f.id = n.id
"""


def load(account_pk: int) -> dict[FindingKey, OpenFinding]:
    """Return the open findings of an account."""
    rows = fetch(_LOAD, [account_pk])
    return {(row[0], row[1]): OpenFinding(row[2], row[3], _STATUSES[row[4]], *row[5:]) for row in rows}


def load_affected(ids: Iterable[int], keys: Sequence[FindingKey]) -> StoredFindings:
    """Return the findings on some resources, and others by their keys."""
    rows = fetch(_LOAD_AFFECTED, [list(ids), [number for number, _ in keys], [name for _, name in keys]])
    opened, closed = dict[FindingKey, OpenFinding](), dict[FindingKey, ClosedFinding]()
    for resource, check_id, number, version, status, severity, stale, reopened, is_open, first, *text in rows:
        if is_open:
            opened[resource, check_id] = OpenFinding(
                number, version, _STATUSES[status], severity, stale, (text[0], text[1])
            )
        else:
            closed[resource, check_id] = ClosedFinding(number, reopened + (status == Status.FAIL.value), first)
    return StoredFindings(opened, closed)


def write(
    account_pk: int,
    at: datetime,
    changes: FindingChanges,
    before: StoredFindings,
    outcomes: Mapping[FindingKey, CheckedResource],
) -> dict[FindingKey, OpenFinding]:
    """Write the changes; return what is open afterwards, as far as it was loaded."""
    was = before.open
    close(at, {was[key].id: reason for key, reason in changes.closing.items()})
    _mark_stale(at, [was[key].id for key in changes.staling if was[key].stale_since is None])
    _end_stale(at, [was[key].id for key in changes.confirmed if was[key].stale_since])
    _update_text([(was[key], outcomes[key]) for key in changes.confirmed])
    if any(was[key].severity != outcomes[key].severity for key in changes.confirmed):
        execute("UPDATE history_accountstate SET rerated_at = %s WHERE account_id = %s", [at, account_pk])
    opened = _open(account_pk, at, {key: outcomes[key] for key in changes.opening}, changes.opening, before)
    return _remaining(at, changes, was, outcomes) | opened


def _remaining(
    at: datetime,
    changes: FindingChanges,
    was: Mapping[FindingKey, OpenFinding],
    outcomes: Mapping[FindingKey, CheckedResource],
) -> dict[FindingKey, OpenFinding]:
    """Return the findings that stay open, as they are after the result."""
    after = {key: finding for key, finding in was.items() if key not in changes.closing}
    for key in changes.staling:
        after[key] = replace(after[key], stale_since=after[key].stale_since or at)
    for key in changes.confirmed:
        checked, finding = outcomes[key], after[key]
        if (finding.stale_since, finding.check_version, finding.severity) != (None, checked.version, checked.severity):
            after[key] = replace(
                finding, stale_since=None, check_version=checked.version, severity=int(checked.severity)
            )
    return after


def close(at: datetime, reasons: Mapping[int, str]) -> None:
    """Close findings by id, each with its reason.

    The identity stays without its text, for it may be reopened.
    """
    if reasons:
        execute(_CLOSE, [list(reasons), list(reasons.values()), at, at, at])


def _mark_stale(at: datetime, ids: list[int]) -> None:
    if ids:
        execute("UPDATE history_finding SET stale_since = %s WHERE id = ANY(%s)", [at, ids])


def _end_stale(at: datetime, ids: list[int]) -> None:
    if ids:
        execute(_END_STALE, [at, ids])


def _update_text(pairs: Iterable[tuple[OpenFinding, CheckedResource]]) -> None:
    """Write the latest text, severity and rule of findings that changed in them."""
    confirmed = [(finding, checked) for finding, checked in pairs if not finding.is_repeated]
    unread = _load_text([finding.id for finding, _ in confirmed if finding.text is None])
    moved = [
        (finding.id, checked.version, int(checked.severity), _reason(checked), _evidence(checked), _observed(checked))
        for finding, checked in confirmed
        if (finding.check_version, finding.severity, *(finding.text or unread[finding.id]))
        != (checked.version, checked.severity, _reason(checked), _evidence(checked))
        or _observed(checked) is not None
    ]
    if moved:
        # Arrays of arrays must be rectangular: evidence travels as JSON.
        execute(_UPDATE_TEXT, columns([(*row[:4], json.dumps(row[4]), row[5]) for row in moved]))


def _load_text(ids: list[int]) -> dict[int, FindingText]:
    """Return reason and evidence of findings, as stored."""
    if not ids:
        return {}
    rows = fetch("SELECT id, reason, evidence FROM history_finding WHERE id = ANY(%s)", [ids])
    return {number: (reason, evidence) for number, reason, evidence in rows}


def _open(
    account_pk: int,
    at: datetime,
    opening: Mapping[FindingKey, CheckedResource],
    reasons: Mapping[FindingKey, str],
    before: StoredFindings,
) -> dict[FindingKey, OpenFinding]:
    """Open findings; one that was open before keeps its id."""
    if not opening:
        return {}
    earlier = _load_closed(list(opening), before)
    fresh, episodes = numbers(
        {own("history_finding"): len(opening) - len(earlier), "history_episode_ids": len(opening)}
    )
    unused = iter(fresh)
    ids = {key: earlier[key].id if key in earlier else next(unused) for key in opening}
    # Reopened in place: the row goes and comes back under its id, which people's notes refer to.
    if earlier:
        execute("DELETE FROM history_finding WHERE id = ANY(%s)", [[each.id for each in earlier.values()]])
    rows = [
        (
            ids[key], episode, account_pk, *key, checked.version, checked.outcome.status.value, int(checked.severity),
            at, reasons[key], earlier[key].fails if key in earlier else 0, None, None, _reason(checked),
            _evidence(checked), _observed(checked), earlier[key].first_opened_at if key in earlier else at,
        )
        for (key, checked), episode in zip(opening.items(), episodes, strict=True)
    ]  # fmt: skip
    copy("history_finding", COLUMNS, rows)
    return {
        key: OpenFinding(ids[key], checked.version, checked.outcome.status, int(checked.severity), None)
        for key, checked in opening.items()
    }


def _load_closed(keys: list[FindingKey], before: StoredFindings) -> dict[FindingKey, ClosedFinding]:
    """Return findings that exist and are closed by now.

    What this result closes may open again.
    """
    if before.closed is not None and not any(key in before.open for key in keys):
        return {key: before.closed[key] for key in keys if key in before.closed}
    return {(row[0], row[1]): ClosedFinding(*row[2:]) for row in fetch(_LOAD_CLOSED, columns(keys))}


def _reason(checked: CheckedResource) -> str:
    return clean(checked.outcome.reason)


def _evidence(checked: CheckedResource) -> list[str]:
    return [clean(path) for path in checked.outcome.evidence]


_UNREADABLE = Unknown("read", UNREADABLE, GapReason.BAD_ANSWER)


def _observed(checked: CheckedResource) -> str | None:
    """Return the observed values that decided, as JSON by path.

    They are kept nowhere else through time.
    """
    observed = checked.resource.raw_observed
    values: dict[str, Any] = {
        path: value_at(observed, path.removeprefix("observed."))
        for path in checked.outcome.evidence
        if path.startswith("observed.")
    }
    return json.dumps(plain(readable(values, _UNREADABLE))).replace("\\u0000", "\\ufffd") if values else None


_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def value_at(config: Mapping[str, Any], path: str) -> Any:
    """Return the JSON value at an evidence path (`IpRanges[1].CidrIp`).

    None where the path leads nowhere.
    """
    value: Any = config
    for key, index in _STEP.findall(path):
        if isinstance(value, Unknown):
            break
        if index:
            is_inside = isinstance(value, Sequence) and not isinstance(value, str) and int(index) < len(value)
            value = value[int(index)] if is_inside else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return plain(value)
