"""Open findings and resources as encoded rows, now and as of a date.

Counting the open findings of a thousand accounts by one facet reads all of them, and a page has a dozen facets. So
the rows of a shard of accounts are kept together with the version of each of these accounts: recorded last, decided
on last, judged by which rules. Where an account has a newer version, that account's rows are read again, and no
others. Shards depend on no user: the scope decides which accounts are asked for. As of a date, what was recorded up
to it decides, which no later sweep changes.
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
from posture.history.statements import load_statement
from posture.history.tuning import tuning


@dataclass(frozen=True, slots=True)
class SnapshotSource(monthly_snapshots.IntervalSubject):
    """What is kept: its dimensions, and the SQL that reads it now and as of a date."""

    now: str
    then: str


@dataclass(frozen=True, slots=True)
class SnapshotShard:
    """The packed rows of some accounts, and each account's version when read."""

    stamps: Mapping[int, str]
    packed: bytes


@dataclass(frozen=True, slots=True)
class MergedSnapshot:
    """The precomputed rows of an organization, and a digest of its accounts' versions."""

    stamp: str
    packed: bytes


NOTHING = SnapshotShard({}, b"")
FAILING = ("fail", "stale")
"""Words of a finding's "sight" that mean it fails."""


def load_open_findings(scope: Scope) -> EncodedRows:
    """Return open findings, failing and unknown, as of the scope's date.

    The same ones as `query.findings` returns.

    A row's number is the finding's, its instant that of its opening. The dimension "sight" is fail, stale or unknown;
    `reopened` counts up to 2; `assignee` is a user's primary key, or empty.
    """
    known: EncodedRows | None = scope.__dict__.get("open_findings")
    if known is None:
        known = scope.__dict__["open_findings"] = _load_rows(FINDINGS, scope)
    return known


def load_resources(scope: Scope) -> EncodedRows:
    """Return the resources that exist as of the scope's date.

    The same ones as `query.resources` returns.

    A row's number is the resource's, its instant the first time it was seen. The dimension "sight" is seen or unseen.
    """
    known: EncodedRows | None = scope.__dict__.get("current_resources")
    if known is None:
        known = scope.__dict__["current_resources"] = _load_rows(RESOURCES, scope)
    return known


def load_resources_of_type(scope: Scope, resource_type: str) -> EncodedRows:
    """Return the resources of one type as of the scope's date.

    Of a past date, resources of other types are not read.
    """
    has_whole = "current_resources" in scope.__dict__ or len(scope.account_pks) <= tuning.snapshot_uncached_max_accounts
    if scope.as_of is None or has_whole:
        whole = load_resources(scope)
    else:
        whole = _load_rows_then(RESOURCES, account_versions(scope), scope.as_of, ("type", resource_type))
    return whole.select(whole.having("type", {resource_type})[whole.cell])


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
    """Keep one more shard of the monthly snapshots; return whether one was behind."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    return len(pks) > tuning.snapshot_uncached_max_accounts and monthly_snapshots.extend_one((FINDINGS, RESOURCES), pks)


def lacks_past(organization: Organization) -> bool:
    """Return True where past months have no snapshots yet and are read from the store."""
    pks = list(organization.accounts.values_list("pk", flat=True))
    return len(pks) > tuning.snapshot_uncached_max_accounts and monthly_snapshots.is_behind((FINDINGS, RESOURCES), pks)


def lacks_present(organization: Organization) -> bool:
    """Return True where no current rows are kept: after an upgrade or a lost cache."""
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
    versions = account_versions(scope)
    if at is not None:
        return _load_rows_then(subject, versions, at)
    stamps = _row_versions(versions, at)
    key = _whole_key(subject, account_pks)
    known: MergedSnapshot | None = read_cached([key]).get(key)
    if known is not None and known.stamp == digest(stamps):
        return unpack_rows(known.packed)
    return _join_shards(subject, account_pks, at, stamps)


def _load_rows_then(
    subject: SnapshotSource,
    versions: Mapping[int, AccountVersion],
    at: datetime,
    having: tuple[str, str] | None = None,
) -> EncodedRows:
    """Return the rows at a date from monthly snapshots, and the rest from the store."""
    recorded = [pk for pk, (last_at, *_) in versions.items() if last_at is not None]
    rows, left = monthly_snapshots.load_rows_at(subject, recorded, at, having)
    if subject is FINDINGS:
        rows = _with_decisions(rows, [*versions])
    if not left:
        return rows
    stamps = _row_versions({pk: versions[pk] for pk in left}, at)
    return join_rows(subject.dimensions, [rows, _join_shards(subject, left, at, stamps)])


def _with_decisions(rows: EncodedRows, account_pks: Sequence[int]) -> EncodedRows:
    """Return findings with today's decisions; rows are ordered by account and number."""
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED, {"accounts": array(account_pks)})
        found = cursor.fetchall()
    places: list[int] = []
    words: dict[str, list[str]] = {"triage": [], "assignee": []}
    for account_pk, each in groupby(found, lambda row: row[0]):
        first, last = rows.span(account_pk)
        _, numbers, *said = zip(*each, strict=True)
        of_account = rows.select(np.arange(first, last)).number
        near = np.searchsorted(of_account, numbers).tolist()
        there = [place < last - first and of_account[place] == one for place, one in zip(near, numbers, strict=True)]
        places += compress((first + place for place in near), there)
        for name, mine in zip(words, said, strict=True):
            words[name] += compress(mine, there)
    return replace_words(rows, np.array(places, np.intp), words)


def _join_shards(
    subject: SnapshotSource, account_pks: Sequence[int], at: datetime | None, stamps: Mapping[int, str]
) -> EncodedRows:
    """Return the rows of all shards, reading and keeping those of changed accounts."""
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
        behind = moved.intersection(pks)
        whole = unpack_rows(known[number].packed) if known[number].packed else encode_rows(subject.dimensions, [])
        here = {**known[number].stamps, **{pk: stamps.get(pk, "") for pk in behind}}
        if behind:
            still = whole.select(~whole.of_accounts(behind))
            whole = join_rows(subject.dimensions, [still, *fresh.get(number, ())])
            changed[keys[number]] = SnapshotShard(here, whole.pack())
        rows.append(whole if here.keys() <= set(pks) else whole.select(whole.of_accounts(pks)))
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


def _row_versions(versions: Mapping[int, AccountVersion], at: datetime | None) -> dict[int, str]:
    """Return the versions of accounts' rows as of a date: they change with any row.

    What is recorded after a date does not change its rows, except for the severity by which the rules decide what is
    still open.
    """
    return {
        pk: f"{last_at if at is None or last_at is None else min(last_at, at)} {rules} {rerated_at} {note}"
        for pk, (last_at, rules, rerated_at, note) in versions.items()
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

FINDINGS = SnapshotSource(
    "findings",
    ("check", "severity", "sight", "reopened", "type", "region", "triage", "assignee", "classification"),
    now=load_statement(__file__, "findings_now"),
    then=load_statement(__file__, "findings_at"),
)
RESOURCES = SnapshotSource(
    "resources",
    ("type", "region", "sight", "classification"),
    now=load_statement(__file__, "resources_now"),
    then=load_statement(__file__, "resources_at"),
)
