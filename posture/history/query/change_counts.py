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
from posture.history.statements import load_part, load_statement

USUAL = (timedelta(days=7), DEFAULT_PERIOD, timedelta(days=90))
"""Lengths of the periods that pages offer, besides all there is."""

ChangeSubject = Literal["resources", "findings", "finding_types"]
SUBJECTS: tuple[ChangeSubject, ...] = ("resources", "findings", "finding_types")
Ends = tuple[datetime | None, str | None, str]
"""What the counts of a period depend on, as `_ends` returns it."""
Counts = dict[Any, dict[str, int]]
"""By key, and within it by kind of change."""

_ENDS = """
SELECT md5(string_agg(concat_ws(' ', account_id, least(last_at, %(until)s), rerated_at), ',' ORDER BY account_id))
FROM history_accountstate WHERE account_id = ANY(%(accounts)s)
"""
_REACH = load_statement(__file__, "change_reach")
"""The last record up to `since`, and how far back the details reach."""
_CHANGES = load_part(__file__, "finding_changes").format(found=FOUND)
_COUNTS: Mapping[ChangeSubject, str] = {
    "resources": load_statement(__file__, "resource_change_counts"),
    "findings": load_statement(__file__, "finding_change_counts", changes=_CHANGES),
    "finding_types": load_statement(__file__, "finding_type_change_counts", changes=_CHANGES),
}
"""Account or NULL, the subject's other key or NULL, region or NULL, kind of change, and their number."""
_ACTION_COUNTS = load_statement(__file__, "finding_action_counts", found=FOUND, not_done=[*NOT_DONE])
"""Check, severity, whether it was fixed, findings and accounts."""


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
            cursor.execute(_ACTION_COUNTS, {"accounts": array(uncovered), "since": since, "until": until})
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
        cursor.execute(_COUNTS[subject], {"accounts": list(account_pks), "since": since, "until": until})
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
