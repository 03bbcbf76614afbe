"""Counts changes between two dates by account, type and check, and caches them.

Counting is done from the event log, which holds what happened in columns. What an account was found to have since
then is read from the store and counted with it. Where the event log does not help, since an account is far ahead of
it, or few are asked for, or the store has forgotten where the period begins, the store itself is counted.

Counts are cached under the state of the accounts at the period's end: a period that ended
before a sweep is not counted again. What is kept holds nothing of the user: which accounts are asked for is the
scope's to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import connection

from accounts.models import Organization
from posture.history.columnar import api as columnar
from posture.history.columnar.api import FINDING_KINDS, NOT_DONE, RESOURCE_KINDS, SEPARATOR, ChangeRows, EventTotals
from posture.history.ingest.finding_changes import FOUND
from posture.history.models import Snapshot
from posture.history.models.lookups import array
from posture.history.query.cache import get_or_compute_for_accounts, is_cached
from posture.history.scope import DEFAULT_PERIOD, Scope, present

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
    """Numbers of changes, by account and by the subject's other key.

    The other key is the type for resources and for `finding_types`, and (check, severity) for findings.
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
        known[subject, since, until] = _load_totals(scope, subject, since, until)
    return known[subject, since, until]


def _load_totals(scope: Scope, subject: ChangeSubject, since: datetime, until: datetime) -> ChangeTotals:
    if not is_cached(len(scope.accounts)):
        return _count(subject, scope.account_pks, since, until)
    ends: dict[tuple[datetime, datetime], Ends] = scope.__dict__.setdefault("ends", {})
    if (since, until) not in ends:  # the same for both subjects, and asked for once
        ends[since, until] = _ends(scope.account_pks, since, until)
    return _get_or_count(subject, scope.account_pks, since, until, ends[since, until])


def warm_up(organization: Organization) -> None:
    """Precompute what pages ask for by default, so that nobody waits after a sweep."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    first = Snapshot.objects.filter(organization=organization).order_by("as_of").first()
    if not is_cached(len(pks)) or first is None:
        return
    now = present(organization)
    for since in [first.as_of, *(now - length for length in USUAL if now - length > first.as_of)]:
        for subject in SUBJECTS[:2]:
            _get_or_count(subject, pks, since, now, _ends(pks, since, now))


def _get_or_count(
    subject: ChangeSubject, account_pks: Sequence[int], since: datetime, until: datetime, ends: Ends
) -> ChangeTotals:
    version = (subject, *ends, sorted(account_pks))
    return get_or_compute_for_accounts("changes", version, lambda: _count(subject, account_pks, since, until))


def _ends(account_pks: Sequence[int], since: datetime, until: datetime) -> Ends:
    """Return what the counts of a period depend on.

    That is when anything was recorded last at its start, how far back the details reach, and the state of the accounts
    at its end.

    What a period holds is settled for an account that was recorded at its end or later, for older results are left
    out; but the severity of what is open of findings follows the latest rules.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, {"accounts": list(account_pks), "until": until})
        state: str = cursor.fetchone()[0]
    return *get_reach(account_pks, since), state


def get_reach(account_pks: Sequence[int], since: datetime) -> tuple[datetime | None, str | None]:
    """Return the last record up to `since`, and how far back the details reach."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH, {"accounts": array(account_pks), "since": since})
        start, oldest = cursor.fetchone()
    return start, oldest


def _count(subject: ChangeSubject, account_pks: Sequence[int], since: datetime, until: datetime) -> ChangeTotals:
    is_resources = subject == "resources"
    kind = columnar.Subject.RESOURCES if is_resources else columnar.Subject.FINDINGS
    totals = EventTotals(account_pks, RESOURCE_KINDS if is_resources else FINDING_KINDS)
    uncovered: list[int] = []
    for events in columnar.iterate_period(kind, account_pks, since, until, summed=not is_resources):
        if is_resources:
            columnar.add_resource_events(totals, events.months, since, until)
        else:
            columnar.add_finding_events(totals, events.months, since, until, events.summed)
        uncovered += events.uncovered
    counted = _name_totals(subject, totals)
    return _join_totals([counted, _count_rows(subject, uncovered, since, until)]) if uncovered else counted


def load_change_rows(scope: Scope, kind: str, since: datetime, until: datetime) -> ChangeRows | None:
    """Return the changes of one kind, one by one; None where rows must be listed.

    The names are type and region of resources, and check, severity, type, region and reason of findings.
    """
    is_resources = kind in RESOURCE_KINDS
    subject = columnar.Subject.RESOURCES if is_resources else columnar.Subject.FINDINGS
    select = columnar.select_resources if is_resources else columnar.select_findings
    found: list[ChangeRows] = []
    for events in columnar.iterate_period(subject, scope.account_pks, since, until):
        if events.uncovered:
            return None
        found.append(select(kind, events.months, events.accounts, since, until))
    return columnar.join_change_rows(found)


def count_by_instant(
    account_pks: Sequence[int], severity: int, since: datetime, until: datetime
) -> tuple[Counter[tuple[datetime, str, str]], list[int]]:
    """Count findings of a severity that began or ceased to fail.

    By instant, check and kind.

    And the accounts whose rows have to be counted instead.
    """
    found: Counter[tuple[int, str, str]] = Counter()
    uncovered: list[int] = []
    for events in columnar.iterate_period(columnar.Subject.FINDINGS, account_pks, since, until):
        uncovered += events.uncovered
        for month in events.months:
            found.update(columnar.count_events_of_severity(month, set(events.accounts), severity, since, until))
    # Many of a thousand accounts share an instant, which is converted once.
    instants = {at: columnar.from_micros(at) for at, *_ in found}
    counted = Counter({(instants[at], check_id, kind): number for (at, check_id, kind), number in found.items()})
    return counted, uncovered


def count_actions(
    account_pks: Sequence[int], since: datetime, until: datetime
) -> dict[tuple[str, int, bool], tuple[int, int]]:
    """Count findings and accounts by check, severity and whether it was fixed.

    What began to fail by another rule, parameter or way of grouping is nobody's doing, and counts on neither side.
    """
    found: dict[tuple[str, int, bool], tuple[int, int]] = {}
    uncovered: list[int] = []
    for events in columnar.iterate_period(columnar.Subject.FINDINGS, account_pks, since, until):
        _add_done(found, columnar.count_actions(events.months, set(events.accounts), since, until))
        uncovered += events.uncovered
    if uncovered:
        with connection.cursor() as cursor:
            cursor.execute(_DONE, {"accounts": array(uncovered), "since": since, "until": until})
            _add_done(found, {(check, severity, is_mended): (number, where)
                              for check, severity, is_mended, number, where in cursor.fetchall()})  # fmt: skip
    return found


def _add_done(
    found: dict[tuple[str, int, bool], tuple[int, int]], more: Mapping[tuple[str, int, bool], tuple[int, int]]
) -> None:
    for key, (number, accounts) in more.items():
        before = found.get(key, (0, 0))
        found[key] = before[0] + number, before[1] + accounts


def _name_totals(subject: ChangeSubject, totals: EventTotals) -> ChangeTotals:
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


def _count_rows(subject: ChangeSubject, account_pks: Sequence[int], since: datetime, until: datetime) -> ChangeTotals:
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


def _join_totals(pieces: Iterable[ChangeTotals]) -> ChangeTotals:
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

# A resource has one version that was current at the start and ended since, and one that is current at the end and
# began since, if any. What is between them is read only where it came and went.
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
