"""Keeps what stands in each account as cells (`cells.py`): open findings and resources, now and as of a date.

Counting the open findings of a thousand accounts by one facet reads all of them, and a page has a dozen
facets. So the rows of some accounts each are kept together, and beside them where each of these accounts
stood: recorded last, decided on last, judged by which rules. Who finds an account further on reads that
account's rows anew, and no other's. The pieces hold nothing of the user: which accounts are asked for is the
scope's to say. As of a date, what was recorded up to it decides, which no later sweep changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress, groupby

import numpy as np
from django.core.cache import cache
from django.db import connection

from accounts.models import Organization
from posture.history.account_versions import (
    AccountVersion,
    account_versions,
    digest,
    list_recorded_versions,
)
from posture.history.columnar import monthly_snapshots
from posture.history.columnar.encoded_rows import EncodedRows, encode_rows, join_rows, replace_words, unpack_rows
from posture.history.models import AccountState
from posture.history.models.lookups import array
from posture.history.result_cache import make_key, read_cached, write_cached
from posture.history.scope import Scope
from posture.history.tuning import tuning


@dataclass(frozen=True, slots=True)
class SnapshotSource(monthly_snapshots.IntervalSubject):
    """What is kept: its dimensions, and the SQL that reads it now and as of a date."""

    now: str
    then: str


@dataclass(frozen=True, slots=True)
class SnapshotShard:
    """The rows of some accounts, packed, and where each of them stood when they were read."""

    stamps: Mapping[int, str]
    packed: bytes


@dataclass(frozen=True, slots=True)
class MergedSnapshot:
    """The rows of an organization in one, as they were worked out ahead, and a digest of where its accounts stood."""

    stamp: str
    packed: bytes


NOTHING = SnapshotShard({}, b"")
FAILING = ("fail", "stale")
"""Words of a finding's `sight` that say that it fails."""


def load_open_findings(scope: Scope) -> EncodedRows:
    """Return the findings, failing and unknown, that are open as of the scope's date, as `read.findings` does.

    A row's number is the finding's, its instant that of its opening. `sight` is fail, stale or unknown;
    `reopened` counts up to 2; `assignee` is a user's primary key, or empty.
    """
    known: EncodedRows | None = scope.__dict__.get("open_findings")
    if known is None:
        known = scope.__dict__["open_findings"] = _load_rows(FINDINGS, scope)
    return known


def load_resources(scope: Scope) -> EncodedRows:
    """Return the resources that stand as of the scope's date, as `read.resources` does.

    A row's number is the resource's, its instant that of its first sight. `sight` is seen or unseen.
    """
    known: EncodedRows | None = scope.__dict__.get("standing_resources")
    if known is None:
        known = scope.__dict__["standing_resources"] = _load_rows(RESOURCES, scope)
    return known


def load_resources_of_type(scope: Scope, resource_type: str) -> EncodedRows:
    """Return the resources of one type that stand as of the scope's date; of a past date the others are not read."""
    has_whole = (
        "standing_resources" in scope.__dict__ or len(scope.account_pks) <= tuning.snapshot_uncached_max_accounts
    )
    if scope.as_of is None or has_whole:
        whole = load_resources(scope)
    else:
        whole = _load_rows_then(RESOURCES, account_versions(scope), scope.as_of, ("type", resource_type))
    return whole.chosen(whole.having("type", {resource_type})[whole.cell])


def warm_up(organization: Organization) -> None:
    """Read ahead what has moved, so that nobody waits for it after a sweep."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    if len(pks) > tuning.snapshot_uncached_max_accounts:
        monthly_snapshots.extend((FINDINGS, RESOURCES), pks)
        for subject in (FINDINGS, RESOURCES):
            stamps = _row_versions(list_recorded_versions(pks), None)
            whole = MergedSnapshot(digest(stamps), _join_shards(subject, pks, None, stamps).pack())
            write_cached({_whole_key(subject, pks): whole}, tuning.snapshot_now_seconds)


def extend_one(organization: Organization) -> bool:
    """Keep one piece more of what stood through the months, if one is behind, and return whether it was."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    return len(pks) > tuning.snapshot_uncached_max_accounts and monthly_snapshots.extend_one((FINDINGS, RESOURCES), pks)


def lacks_past(organization: Organization) -> bool:
    """Return whether months of the past are read from the store, since what stood through them is not kept yet."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    return len(pks) > tuning.snapshot_uncached_max_accounts and monthly_snapshots.is_behind((FINDINGS, RESOURCES), pks)


def lacks_present(organization: Organization) -> bool:
    """Return whether nothing is kept of current rows, as after an upgrade or where the cache was lost."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    if (
        len(pks) < tuning.cached_scope_min_accounts
        or not AccountState.objects.filter(account__in=pks, last_at__isnull=False).exists()
    ):
        return False
    return not cache.has_key(_whole_key(FINDINGS, pks))


def _load_rows(subject: SnapshotSource, scope: Scope) -> EncodedRows:
    account_pks, at = scope.account_pks, scope.as_of
    if at is not None and len(account_pks) <= tuning.snapshot_uncached_max_accounts:
        return encode_rows(subject.dimensions, _read(subject, account_pks, at))
    stood = account_versions(scope)
    if at is not None:
        return _load_rows_then(subject, stood, at)
    stamps = _row_versions(stood, at)
    key = _whole_key(subject, account_pks)
    known: MergedSnapshot | None = read_cached([key]).get(key)
    if known is not None and known.stamp == digest(stamps):
        return unpack_rows(known.packed)
    return _join_shards(subject, account_pks, at, stamps)


def _load_rows_then(
    subject: SnapshotSource,
    stood: Mapping[int, AccountVersion],
    at: datetime,
    having: tuple[str, str] | None = None,
) -> EncodedRows:
    """Return what stood at a date from what is kept of its month; what is not told there is read."""
    recorded = [pk for pk, (last_at, *_) in stood.items() if last_at is not None]
    rows, left = monthly_snapshots.load_rows_at(subject, recorded, at, having)
    if subject is FINDINGS:
        rows = _with_decisions(rows, [*stood])
    if not left:
        return rows
    stamps = _row_versions({pk: stood[pk] for pk in left}, at)
    return join_rows(subject.dimensions, [rows, _join_shards(subject, left, at, stamps)])


def _with_decisions(rows: EncodedRows, account_pks: Sequence[int]) -> EncodedRows:
    """Return findings with what people think of them today; the rows lie by account and number."""
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED, {"accounts": array(account_pks)})
        found = cursor.fetchall()
    places: list[int] = []
    words: dict[str, list[str]] = {"triage": [], "assignee": []}
    for account_pk, each in groupby(found, lambda row: row[0]):
        first, last = rows.span(account_pk)
        _, numbers, *said = zip(*each, strict=True)
        of_account = rows.chosen(np.arange(first, last)).number
        near = np.searchsorted(of_account, numbers).tolist()
        there = [place < last - first and of_account[place] == one for place, one in zip(near, numbers, strict=True)]
        places += compress((first + place for place in near), there)
        for name, mine in zip(words, said, strict=True):
            words[name] += compress(mine, there)
    return replace_words(rows, np.array(places, np.intp), words)


def _join_shards(
    subject: SnapshotSource, account_pks: Sequence[int], at: datetime | None, stamps: Mapping[int, str]
) -> EncodedRows:
    """Return the rows of all pieces, those of accounts that moved read anew, and keep these."""
    pieces = {
        number: list(pks)
        for number, pks in groupby(sorted(account_pks), lambda pk: pk // tuning.snapshot_shard_accounts)
    }
    keys = _keys(subject, pieces, at)
    kept: dict[str, SnapshotShard] = read_cached(keys.values())
    known = {number: kept.get(key, NOTHING) for number, key in keys.items()}
    moved = {pk for number, pks in pieces.items() for pk in pks if known[number].stamps.get(pk) != stamps.get(pk, "")}
    fresh = _read_by_shard(subject, moved, at)
    rows, changed = [], {}
    for number, pks in pieces.items():
        anew = moved.intersection(pks)
        whole = unpack_rows(known[number].packed) if known[number].packed else encode_rows(subject.dimensions, [])
        here = {**known[number].stamps, **{pk: stamps.get(pk, "") for pk in anew}}
        if anew:
            still = whole.chosen(~whole.of_accounts(anew))
            whole = join_rows(subject.dimensions, [still, *fresh.get(number, ())])
            changed[keys[number]] = SnapshotShard(here, whole.pack())
        rows.append(whole if here.keys() <= set(pks) else whole.chosen(whole.of_accounts(pks)))
    write_cached(changed, tuning.snapshot_now_seconds if at is None else tuning.snapshot_then_seconds)
    return join_rows(subject.dimensions, rows)


def _read_by_shard(subject: SnapshotSource, account_pks: set[int], at: datetime | None) -> dict[int, list[EncodedRows]]:
    """Read the rows of some accounts, by piece."""
    pks, found = sorted(account_pks), dict[int, list[EncodedRows]]()
    for first in range(0, len(pks), tuning.snapshot_read_accounts):
        read = _read(subject, pks[first : first + tuning.snapshot_read_accounts], at)
        for number, rows in groupby(read, lambda row: row[0] // tuning.snapshot_shard_accounts):
            found.setdefault(number, []).append(encode_rows(subject.dimensions, list(rows)))
    return found


def _read(subject: SnapshotSource, account_pks: Sequence[int], at: datetime | None) -> list[tuple[int, int, int, str]]:
    """Return account, number, instant and cell of each row, account by account."""
    with connection.cursor() as cursor:
        cursor.execute(subject.now if at is None else subject.then, {"accounts": list(account_pks), "at": at})
        rows: list[tuple[int, int, int, str]] = cursor.fetchall()
    return rows


def _keys(subject: SnapshotSource, pieces: Mapping[int, object], at: datetime | None) -> dict[int, str]:
    """Return under which key each piece is kept."""
    reach = _oldest_month() if at is not None else ""
    return {number: make_key("rows", subject.name, at, reach, number) for number in pieces}


def _whole_key(subject: SnapshotSource, account_pks: Sequence[int]) -> str:
    """Return under which key the current rows of all these accounts are cached."""
    return make_key("rows:whole", subject.name, sorted(account_pks))


def _row_versions(stood: Mapping[int, AccountVersion], at: datetime | None) -> dict[int, str]:
    """Return where accounts stand, as of a date: what moves whenever one of their rows does.

    What is recorded later than a date changes nothing of what stood then, but for the severity by which the rules
    tell what is open still.
    """
    return {
        pk: f"{last_at if at is None or last_at is None else min(last_at, at)} {rules} {rerated_at} {note}"
        for pk, (last_at, rules, rerated_at, note) in stood.items()
    }


def _oldest_month() -> str:
    """Return how far back closed episodes reach."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        return str(cursor.fetchone()[0])


_DECIDED = """
SELECT account_id, finding_id, state, coalesce(assignee_id::text, '') FROM history_triage
WHERE account_id = ANY(%(accounts)s::bigint[]) AND (state <> 'open' OR assignee_id IS NOT NULL)
ORDER BY account_id, finding_id
"""

_OLDEST = """
SELECT min(c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'history_finding_closed'::regclass AND NOT i.inhdetachpending
"""

_FINDINGS = """
SELECT e.account_id, e.id, round(date_part('epoch', e.opened_at) * 1000000)::bigint,
       concat_ws(chr(31), e.check_id, e.severity, CASE WHEN e.status <> 'fail' THEN e.status WHEN {stale} THEN 'stale'
                 ELSE 'fail' END, least(e.reopened, 2), r.type, r.region, coalesce(t.state, 'open'),
                 coalesce(t.assignee_id::text, ''), coalesce(v.classification, ''))
FROM ({episodes}) e
JOIN history_resource r ON r.id = e.resource_id
LEFT JOIN history_triage t ON t.finding_id = e.id
LEFT JOIN ({versions}) v ON v.resource_id = e.resource_id
ORDER BY e.account_id, e.severity DESC, e.opened_at, e.id
"""

_EPISODE = "account_id, resource_id, check_id, status, severity, opened_at, reopened, stale_since, stale_periods"

FINDINGS = SnapshotSource(
    "findings",
    ("check", "severity", "sight", "reopened", "type", "region", "triage", "assignee", "classification"),
    now=_FINDINGS.format(
        stale="e.stale_since IS NOT NULL",
        episodes=f"""
            SELECT id, {_EPISODE} FROM history_finding
            WHERE account_id = ANY(%(accounts)s) AND closed_at IS NULL""",  # noqa: S608 - constants
        versions="SELECT resource_id, classification FROM history_version WHERE account_id = ANY(%(accounts)s)",
    ),
    then=_FINDINGS.format(
        stale="e.stale_since <= %(at)s OR history_since(e.stale_periods, %(at)s) IS NOT NULL",
        episodes=f"""
            SELECT id, {_EPISODE} FROM history_finding
            WHERE account_id = ANY(%(accounts)s) AND closed_at IS NULL AND opened_at <= %(at)s
            UNION ALL
            SELECT finding_id, {_EPISODE} FROM history_finding_closed
            WHERE account_id = ANY(%(accounts)s) AND closed_at > %(at)s AND opened_at <= %(at)s""",  # noqa: S608 - constants
        versions="""
            SELECT resource_id, classification FROM history_version
            WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(at)s
            UNION ALL
            SELECT resource_id, classification FROM history_version_closed
            WHERE account_id = ANY(%(accounts)s) AND valid_to > %(at)s AND valid_from <= %(at)s""",
    ),
)

_RESOURCES = """
SELECT v.account_id, v.resource_id, round(date_part('epoch', r.first_seen) * 1000000)::bigint,
       concat_ws(chr(31), v.type, r.region, CASE WHEN {unseen} THEN 'unseen' ELSE 'seen' END, v.classification)
FROM ({versions}) v JOIN history_resource r ON r.id = v.resource_id
ORDER BY v.account_id, v.type, v.resource_id
"""

_VERSION = "account_id, resource_id, type, classification"

RESOURCES = SnapshotSource(
    "resources",
    ("type", "region", "sight", "classification"),
    now=_RESOURCES.format(
        unseen="r.unseen_since IS NOT NULL",
        versions=f"SELECT {_VERSION} FROM history_version WHERE account_id = ANY(%(accounts)s)",  # noqa: S608 - constants
    ),
    then=_RESOURCES.format(
        unseen="r.unseen_since <= %(at)s OR history_since(r.unseen_periods, %(at)s) IS NOT NULL",
        versions=f"""
            SELECT {_VERSION} FROM history_version
            WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(at)s
            UNION ALL
            SELECT {_VERSION} FROM history_version_closed
            WHERE account_id = ANY(%(accounts)s) AND valid_to > %(at)s AND valid_from <= %(at)s""",  # noqa: S608 - constants
    ),
)
