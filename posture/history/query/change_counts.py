"""Counts what moved between two dates, by account, type and check, and keeps what was counted.

Counting is done from the journal, which holds what happened in columns. What an account was found to have since
then is read from the store and counted with it. Where the journal does not help, since an account is far ahead of
it, or few are asked for, or the store has forgotten where the period begins, the store itself is counted.

What was counted is kept in the cache under where the accounts stood at the period's end: a period that ended
before a sweep is not counted again. What is kept holds nothing of the user: which accounts are asked for is the
scope's to say.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from accounts.models import Organization
from posture.history import columnar
from posture.history.columnar import FEW, EventSpan, LoggedEvents, RecordedState, period_counts
from posture.history.columnar.encoded_rows import from_micros
from posture.history.columnar.event_columns import EventColumns
from posture.history.columnar.event_reader import LONG_AGO, NOT_DONE, SEPARATOR
from posture.history.columnar.period_counts import (
    FINDING_KINDS,
    RESOURCE_KINDS,
    ChangeRows,
    EventTotals,
    MonthTotals,
    add_finding_events,
    add_resource_events,
    join_change_rows,
    select_findings,
    select_resources,
)
from posture.history.columnar.severity_counts import count_events_of_severity
from posture.history.ingest.finding_changes import FOUND
from posture.history.models import Snapshot
from posture.history.models.lookups import array
from posture.history.partitions import oldest_month
from posture.history.query import cache as query_cache
from posture.history.query.cache import SECONDS
from posture.history.scope import DEFAULT_PERIOD, Scope, present

PIECE = 25
"""Accounts of one piece of what is kept: their keys lie next to each other."""
AHEAD = timedelta(days=4)
"""For so long what an account was found to have since is read and counted with the journal."""

USUAL = (timedelta(days=7), DEFAULT_PERIOD, timedelta(days=90))
"""Lengths of the periods that pages offer, besides all there is."""

ChangeSubject = Literal["resources", "findings", "finding_types"]
SUBJECTS: tuple[ChangeSubject, ...] = ("resources", "findings", "finding_types")
Ends = tuple[datetime | None, str | None, str]
"""What the counts of a period depend on, as `_ends` returns it."""
Counts = dict[Any, dict[str, int]]
"""By key, and within it by kind of change."""


@dataclass(frozen=True, slots=True)
class ChangeTotals:
    """How much moved: by account, and by what else the subject is told apart by.

    That is the type for resources and for `finding_types`, and (check, severity) for findings.
    """

    by_account: Counts
    by_other: Counts
    by_region: Counts = field(default_factory=dict)
    """Of resources alone."""

    @property
    def total(self) -> Counter[str]:
        """How much of each kind in all."""
        total: Counter[str] = Counter()
        for counts in self.by_other.values():
            total.update(counts)
        return total


def count_changes(scope: Scope, subject: ChangeSubject, since: datetime, until: datetime) -> ChangeTotals:
    """Return what moved after `since` and up to `until`; counted once for each scope."""
    known: dict[tuple[ChangeSubject, datetime, datetime], ChangeTotals] = scope.__dict__.setdefault("moved", {})
    if (subject, since, until) not in known:
        known[subject, since, until] = _moved(scope, subject, since, until)
    return known[subject, since, until]


def _moved(scope: Scope, subject: ChangeSubject, since: datetime, until: datetime) -> ChangeTotals:
    if len(scope.accounts) < query_cache.CACHED_SCOPE_MIN_ACCOUNTS:
        return _counted(subject, scope.account_pks, columnar.load_recorded_states(scope.account_pks), since, until)
    ends: dict[tuple[datetime, datetime], Ends] = scope.__dict__.setdefault("ends", {})
    if (since, until) not in ends:  # the same for both subjects, and asked for once
        ends[since, until] = _ends(scope.account_pks, since, until)
    return _kept(subject, scope.account_pks, since, until, ends[since, until])


def prepare(organization: Organization) -> None:
    """Count ahead what pages ask for by default, so that nobody waits for it after a sweep."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    first = Snapshot.objects.filter(organization=organization).order_by("as_of").first()
    if len(pks) < query_cache.CACHED_SCOPE_MIN_ACCOUNTS or first is None:
        return
    now = present(organization)
    for since in [first.as_of, *(now - length for length in USUAL if now - length > first.as_of)]:
        for subject in SUBJECTS[:2]:
            _kept(subject, pks, since, now, _ends(pks, since, now))


def _kept(
    subject: ChangeSubject, account_pks: Sequence[int], since: datetime, until: datetime, ends: Ends
) -> ChangeTotals:
    key = _key(subject, account_pks, ends)
    with suppress(RedisError):  # without the cache everything is counted each time, and the site's strip says so
        known: ChangeTotals | None = cache.get(key)
        if known is not None:
            return known
    made = _counted(subject, account_pks, columnar.load_recorded_states(account_pks), since, until)
    with suppress(RedisError):
        cache.set(key, made, SECONDS)
    return made


def _ends(account_pks: Sequence[int], since: datetime, until: datetime) -> Ends:
    """Return what the counts of a period depend on.

    That is when anything was recorded last at its start, how far back the details reach, and where the accounts stood
    at its end.

    What a period holds is settled for an account that was recorded at its end or later, for older results are left
    out; but the severity of what is open of findings follows the latest rules.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, {"accounts": list(account_pks), "until": until})
        stood: str = cursor.fetchone()[0]
    return *get_reach(account_pks, since), stood


def _key(subject: ChangeSubject, account_pks: Sequence[int], ends: Ends) -> str:
    """Return under which key a count is kept."""
    database = connection.settings_dict
    parts = (query_cache.code_version(), database["HOST"], database["NAME"], subject, *ends)
    return f"plumbline:moved:{hashlib.sha256(repr((parts, sorted(account_pks))).encode()).hexdigest()}"


def get_reach(account_pks: Sequence[int], since: datetime) -> tuple[datetime | None, str | None]:
    """Return the last instant up to `since` at which anything was recorded, and how far back the details reach."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH, {"accounts": array(account_pks), "since": since})
        start, oldest = cursor.fetchone()
    return start, oldest


def _counted(
    subject: ChangeSubject,
    account_pks: Sequence[int],
    standing: Mapping[int, RecordedState],
    since: datetime,
    until: datetime,
) -> ChangeTotals:
    if len(account_pks) < FEW or is_forgotten(since):
        return _live(subject, account_pks, since, until)
    totals = EventTotals(account_pks, RESOURCE_KINDS if subject == "resources" else FINDING_KINDS)
    far: list[int] = []
    for pks in columnar.iterate_shards(account_pks):
        far += _add_piece(totals, subject, pks, standing, since, until)
    near = _told(subject, totals)
    return _together([near, _live(subject, far, since, until)]) if far else near


def _add_piece(
    totals: EventTotals,
    subject: ChangeSubject,
    account_pks: Sequence[int],
    standing: Mapping[int, RecordedState],
    since: datetime,
    until: datetime,
) -> list[int]:
    """Count a piece: what is journaled of it, and what happened since. Return the accounts that are left out."""
    is_resources = subject == "resources"
    kind = columnar.Subject.RESOURCES if is_resources else columnar.Subject.FINDINGS
    months, summed, far = _piece(kind, account_pks, standing, since, until, summed=not is_resources)
    if is_resources:
        add_resource_events(totals, months, since, until)
    else:
        add_finding_events(totals, months, since, until, summed)
    return far


def _piece(
    kind: columnar.Subject,
    account_pks: Sequence[int],
    standing: Mapping[int, RecordedState],
    since: datetime,
    until: datetime,
    *,
    summed: bool,
) -> tuple[list[EventColumns], Sequence[MonthTotals], list[int]]:
    """Return the events of a piece, its summed months, and the accounts that are left out of both."""
    known = columnar.read_events(kind, account_pks, since, until, summed=summed)
    missing, far = _missing(known, account_pks, standing, since, until)
    if far and known.summed:  # sums hold the accounts that are left out as well
        known = columnar.read_events(kind, account_pks, since, until)
        missing, far = _missing(known, account_pks, standing, since, until)
    months = [events.chosen(~events.of_accounts(far)) for events in known.months] if far else [*known.months]
    if missing:
        months.append(columnar.load_events(kind, missing))
    return months, known.summed, far


def load_change_rows(scope: Scope, kind: str, since: datetime, until: datetime) -> ChangeRows | None:
    """Return the changes of one kind after `since` and up to `until`, one by one; None where the journal does not tell.

    The names are type and region of resources, and check, severity, type, region and reason of findings.
    """
    account_pks = scope.account_pks
    if len(account_pks) < FEW or is_forgotten(since):
        return None
    is_resources = kind in RESOURCE_KINDS
    subject, one_by_one = columnar.Subject.FINDINGS, select_findings
    if is_resources:
        subject, one_by_one = columnar.Subject.RESOURCES, select_resources
    found, standing = list[ChangeRows](), columnar.load_recorded_states(account_pks)
    for pks in columnar.iterate_shards(account_pks):
        months, _, far = _piece(subject, pks, standing, since, until, summed=False)
        if far:
            return None
        found.append(one_by_one(kind, months, pks, since, until))
    return join_change_rows(found)


def count_by_instant(
    account_pks: Sequence[int], severity: int, since: datetime, until: datetime
) -> tuple[Counter[tuple[datetime, str, str]], list[int]]:
    """Return by instant, check and kind how many findings of a severity began or ceased to fail.

    Besides the accounts of which the journal does not tell it.
    """
    if len(account_pks) < FEW or is_forgotten(since):
        return Counter(), list(account_pks)
    found: Counter[tuple[int, str, str]] = Counter()
    standing, far = columnar.load_recorded_states(account_pks), list[int]()
    for pks in columnar.iterate_shards(account_pks):
        months, _, left_out = _piece(columnar.Subject.FINDINGS, pks, standing, since, until, summed=False)
        far += left_out
        for events in months:
            found.update(count_events_of_severity(events, set(pks), severity, since, until))
    # Of a thousand accounts many share an instant: each is worded once.
    instants = {at: from_micros(at) for at, *_ in found}
    return Counter({(instants[at], check_id, kind): number for (at, check_id, kind), number in found.items()}), far


def count_actions(
    account_pks: Sequence[int], since: datetime, until: datetime
) -> dict[tuple[str, int, bool], tuple[int, int]]:
    """Return by check, severity and whether it was mended how many findings broke or were mended, in how many accounts.

    What began to fail by another rule, parameter or way of keeping is nobody's doing, and what ended otherwise no fix.
    """
    found: dict[tuple[str, int, bool], tuple[int, int]] = {}
    far, standing = list(account_pks), dict[int, RecordedState]()
    if len(account_pks) >= FEW and not is_forgotten(since):
        far, standing = [], columnar.load_recorded_states(account_pks)
    for pks in columnar.iterate_shards(account_pks) if standing else ():
        months, _, left_out = _piece(columnar.Subject.FINDINGS, pks, standing, since, until, summed=False)
        far += left_out
        _add_done(found, period_counts.count_actions(months, set(pks), since, until))
    if far:
        with connection.cursor() as cursor:
            cursor.execute(_DONE, {"accounts": array(far), "since": since, "until": until})
            _add_done(found, {(check, severity, is_mended): (number, where)
                              for check, severity, is_mended, number, where in cursor.fetchall()})  # fmt: skip
    return found


def _add_done(
    found: dict[tuple[str, int, bool], tuple[int, int]], more: Mapping[tuple[str, int, bool], tuple[int, int]]
) -> None:
    for key, (number, accounts) in more.items():
        before = found.get(key, (0, 0))
        found[key] = before[0] + number, before[1] + accounts


def _missing(
    known: LoggedEvents,
    account_pks: Sequence[int],
    standing: Mapping[int, RecordedState],
    since: datetime,
    until: datetime,
) -> tuple[list[EventSpan], list[int]]:
    """Return what is to be read of the store beside the journal, and the accounts of which the journal is no help."""
    spans = {span.account_pk: span for span in columnar.list_missing_spans(known, account_pks, standing, since, until)}
    rerated = {
        pk
        for pk in account_pks
        if pk in standing and columnar.is_rerated(standing[pk], known.upto.get(pk, LONG_AGO), known.subject)
    }
    far = {pk for pk, span in spans.items() if span.upto - span.after > AHEAD} | rerated
    return [span for pk, span in spans.items() if pk not in far], sorted(far)


def _told(subject: ChangeSubject, totals: EventTotals) -> ChangeTotals:
    made = ChangeTotals(totals.by_account(), {})
    for name, kinds in totals.by_name().items():
        if subject == "resources":
            type_name, region = name.split(SEPARATOR)
            _add(made.by_other, type_name, kinds)
            _add(made.by_region, region, kinds)
        else:
            check_id, severity, type_name, _ = name.split(SEPARATOR)
            _add(made.by_other, type_name if subject == "finding_types" else (check_id, severity), kinds)
    return made


def _add(counts: Counts, key: Any, kinds: Mapping[str, int]) -> None:
    mine = counts.setdefault(key, {})
    for kind, number in kinds.items():
        mine[kind] = mine.get(kind, 0) + number


def is_forgotten(since: datetime) -> bool:
    """Tell whether what stood at a date is kept in part only."""
    oldest = oldest_month()
    return oldest is not None and since < oldest and Snapshot.objects.filter(as_of__lt=oldest).exists()


def _live(subject: ChangeSubject, account_pks: Sequence[int], since: datetime, until: datetime) -> ChangeTotals:
    """Count the store itself."""
    counted = ChangeTotals({}, {})
    with connection.cursor() as cursor:
        cursor.execute(_COUNTING[subject], {"accounts": list(account_pks), "since": since, "until": until})
        for account_pk, other, region, kind, count in cursor.fetchall():
            if account_pk is not None:
                counts, key = counted.by_account, account_pk
            else:
                counts, key = (counted.by_region, region) if region is not None else (counted.by_other, other)
            counts.setdefault(tuple(key) if isinstance(key, list) else key, {})[kind] = count
    return counted


def _together(pieces: Iterable[ChangeTotals]) -> ChangeTotals:
    whole = ChangeTotals({}, {})
    for piece in pieces:
        whole.by_account.update(piece.by_account)
        for key, counts in piece.by_other.items():
            _add(whole.by_other, key, counts)
        for key, counts in piece.by_region.items():
            _add(whole.by_region, key, counts)
    return whole


_ENDS = """
SELECT md5(string_agg(concat_ws(' ', account_id, least(last_at, %(until)s), rerated_at), ',' ORDER BY account_id))
FROM history_accountstate WHERE account_id = ANY(%(accounts)s)
"""

_REACH = """
SELECT greatest((SELECT max(as_of) FROM history_snapshot WHERE as_of <= %(since)s),
                (SELECT max(at) FROM history_accountpoint
                 WHERE account_id = ANY(%(accounts)s::bigint[]) AND at <= %(since)s
                   AND at >= coalesce((SELECT max(as_of) FROM history_snapshot WHERE as_of <= %(since)s),
                                      '-infinity'))),
       (SELECT min(c.relname) FILTER (WHERE i.inhparent = 'history_version_closed'::regclass)
               || min(c.relname) FILTER (WHERE i.inhparent = 'history_finding_closed'::regclass)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE NOT i.inhdetachpending)
"""
"""The last instant up to `since` at which anything was recorded, so that a start that moves with the clock makes no
difference; and how far back the details reach."""

# A resource has one version that stood at the start and ended since, and one that stands at the end and began since,
# if any. What lies between them is read only where it came and went.
_RESOURCES = """
SELECT each.account_id, each.type, r.region, kind, count(*) FROM (
    SELECT coalesce(s.resource_id, e.resource_id) AS resource_id,
           coalesce(s.account_id, e.account_id) AS account_id, coalesce(s.type, e.type) AS type,
           CASE WHEN s.resource_id IS NULL THEN 'added'
                WHEN e.resource_id IS NULL THEN 'removed'
                WHEN s.known <> e.known THEN 'changed'
                WHEN s.hash = e.hash THEN 'same'
                ELSE 'sight' END AS kind
    FROM (
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash) AS known
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s)
          AND valid_from <= %(since)s AND valid_to > %(since)s AND valid_to <= %(until)s
    ) s FULL JOIN (
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash) AS known
        FROM history_version
        WHERE account_id = ANY(%(accounts)s) AND valid_from > %(since)s AND valid_from <= %(until)s
        UNION ALL
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash)
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s)
          AND valid_from > %(since)s AND valid_from <= %(until)s AND valid_to > %(until)s
    ) e ON e.resource_id = s.resource_id
    UNION ALL
    SELECT resource_id, account_id, type, 'passing' FROM (
        SELECT DISTINCT resource_id, account_id, type
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s) AND close_reason <> 'changed'
          AND valid_from > %(since)s AND valid_to > %(since)s AND valid_to <= %(until)s
    ) p
    WHERE NOT EXISTS (SELECT FROM history_version_closed s WHERE s.resource_id = p.resource_id
                      AND s.valid_from <= %(since)s AND s.valid_to > %(since)s)
      AND NOT EXISTS (SELECT FROM history_version e WHERE e.resource_id = p.resource_id AND e.valid_from <= %(until)s)
      AND NOT EXISTS (SELECT FROM history_version_closed e WHERE e.resource_id = p.resource_id
                      AND e.valid_from <= %(until)s AND e.valid_to > %(until)s)
) each JOIN history_resource r ON r.id = each.resource_id
GROUP BY GROUPING SETS ((each.account_id, kind), (each.type, kind), (r.region, kind))
"""

# What the first snapshot of all found did not begin to fail then.
_EVENTS = f"""
    SELECT account_id, resource_id, check_id, severity,
           CASE WHEN reopened > 0 THEN 'reopened' ELSE 'opened' END AS kind
    FROM history_finding
    WHERE closed_at IS NULL AND status = 'fail' AND account_id = ANY(%(accounts)s)
      AND opened_at > %(since)s AND opened_at <= %(until)s AND (reopened > 0 OR open_reason <> '{FOUND}')
    UNION ALL
    SELECT account_id, resource_id, check_id, severity, CASE WHEN reopened > 0 THEN 'reopened' ELSE 'opened' END
    FROM history_finding_closed
    WHERE status = 'fail' AND account_id = ANY(%(accounts)s) AND closed_at > %(since)s
      AND opened_at > %(since)s AND opened_at <= %(until)s AND (reopened > 0 OR open_reason <> '{FOUND}')
    UNION ALL
    SELECT account_id, resource_id, check_id, severity, 'resolved'
    FROM history_finding_closed
    WHERE status = 'fail' AND account_id = ANY(%(accounts)s) AND closed_at > %(since)s AND closed_at <= %(until)s
"""  # noqa: S608 - a constant

_FINDINGS = f"""
SELECT account_id, CASE WHEN account_id IS NULL THEN ARRAY[check_id, severity::text] END, NULL, kind, count(*)
FROM ({_EVENTS}) each
GROUP BY GROUPING SETS ((account_id, kind), (check_id, severity, kind))
"""  # noqa: S608 - constants

_FINDING_TYPES = f"""
SELECT account_id, type, NULL, kind, count(*)
FROM (SELECT e.account_id, r.type, e.kind
      FROM ({_EVENTS}) e JOIN history_resource r ON r.id = e.resource_id) each
GROUP BY GROUPING SETS ((account_id, kind), (type, kind))
"""  # noqa: S608 - constants

_COUNTING: Mapping[ChangeSubject, str] = {
    "resources": _RESOURCES, "findings": _FINDINGS, "finding_types": _FINDING_TYPES,
}  # fmt: skip

_BROKEN = f"""status = 'fail' AND account_id = ANY(%(accounts)s::bigint[]) AND open_reason NOT IN {NOT_DONE}
          AND opened_at > %(since)s AND opened_at <= %(until)s AND (reopened > 0 OR open_reason <> '{FOUND}')"""

_DONE = f"""
SELECT check_id, severity, is_mended, sum(number)::bigint, count(*) FROM (
    SELECT check_id, severity, is_mended, account_id, count(*) AS number FROM (
        SELECT check_id, severity, account_id, false AS is_mended FROM history_finding
        WHERE closed_at IS NULL AND {_BROKEN}
        UNION ALL
        SELECT check_id, severity, account_id, false FROM history_finding_closed
        WHERE closed_at > %(since)s AND {_BROKEN}
        UNION ALL
        SELECT check_id, severity, account_id, true FROM history_finding_closed
        WHERE status = 'fail' AND account_id = ANY(%(accounts)s::bigint[]) AND close_reason = 'changed'
          AND closed_at > %(since)s AND closed_at <= %(until)s
    ) each GROUP BY 1, 2, 3, 4
) of_account GROUP BY 1, 2, 3
"""  # noqa: S608 - constants
