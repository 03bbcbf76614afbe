"""Keeps what was read for many accounts, until anything that it is made of changes.

What is read at a date changes with sweeps, decisions and accounts that come and go. So a result is kept under a stamp
of these: when every account was recorded last, which decision was last, which sweeps have ended, who owns what, and
which months retention has left. A sweep that records one more account, or a person who accepts a risk, changes the
stamp, and the next reader reads again. Nothing kept is
ever older than what it would be read as; the cache may lose it at any time.

Small scopes are always read: that is quick, and needs no keeping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache as cache_once
from pathlib import Path
from typing import Any, TypeVar

import orjson
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

import posture
from posture.history.columnar.encoded_rows import from_micros
from posture.history.models.lookups import array
from posture.history.scope import Scope

Found = TypeVar("Found")
AccountVersion = tuple[datetime | None, str, datetime | None, int | None]
DateKey = tuple[datetime | None, bool] | None

CACHED_SCOPE_MIN_ACCOUNTS = 50
"""Accounts from which on results are kept."""
SECONDS, RUNNING_SECONDS = 26 * 3600, 600
"""For how long results are kept: up to the next day's sweep, and shortly while a sweep moves the stamp all the time."""


def get_or_compute(scope: Scope, name: str, compute: Callable[[], Found], *more: object) -> Found:
    """Return what `compute` reads of a scope; `more` is what it depends on besides, with the same text if equal.

    The result must be picklable, and may depend on dates only as far as `instant` tells them apart: on
    what stands at them, and not on how long ago they are.
    """
    if len(scope.accounts) < CACHED_SCOPE_MIN_ACCOUNTS:
        return compute()
    key = f"plumbline:read:{name}:{_digest(_identity(scope), scope_version(scope), date_key(scope, scope.as_of), more)}"
    with suppress(RedisError):  # without the cache everything is read each time, and the site's strip says so
        found = cache.get(key)
        if found is not None:
            return found[0]  # type: ignore[no-any-return]  # what was put there
    made = compute()
    with suppress(RedisError):
        cache.set(key, (made,), scope.__dict__["seconds"])
    return made


def date_key(scope: Scope, at: datetime | None) -> DateKey:
    """Return a value that is equal for two dates between which nothing changed; None means now.

    It is None for small scopes, of which nothing is cached.
    """
    if at is None or len(scope.accounts) < CACHED_SCOPE_MIN_ACCOUNTS:
        return None
    return get_last_change(scope, at)


def get_last_change(scope: Scope, at: datetime) -> tuple[datetime | None, bool]:
    """Return when anything dated changed last up to a date, and whether it was at just that date.

    Besides sweeps these are accounts that joined, left or were renamed, and decisions on findings: all of them
    happen between sweeps. Both are asked for once for each date.
    """
    known: dict[datetime, datetime | None] = scope.__dict__.setdefault("last_changes", {})
    if at not in known:
        asked: dict[str, Any] = {
            "organizations": list(scope.seen_organizations),
            "accounts": array(scope.account_pks),
            "at": at,
        }
        with connection.cursor() as cursor:
            cursor.execute(_LAST_CHANGE, asked)
            sweep, other = cursor.fetchone()
        scope.__dict__.setdefault("last_sweeps", {})[at] = sweep
        # An account that left was recorded last when it was closed, which need not be when any event says.
        recorded = (last for last, *_ in account_versions(scope).values() if last is not None and last <= at)
        known[at] = max((each for each in (sweep, other, *recorded) if each is not None), default=None)
    return known[at], known[at] == at


def get_last_sweep(scope: Scope, at: datetime) -> datetime | None:
    """Return when the last sweep up to a date was."""
    get_last_change(scope, at)
    found: datetime | None = scope.__dict__["last_sweeps"][at]
    return found


def scope_version(scope: Scope) -> tuple[object, ...]:
    """Return what changes whenever anything is recorded of, decided on or rolled up for the accounts of a scope."""
    known: tuple[object, ...] | None = scope.__dict__.get("stamp")
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_STAMP, {"organizations": list(scope.seen_organizations)})
            *parts, is_swept = cursor.fetchone()
        scope.__dict__["seconds"] = RUNNING_SECONDS if is_swept else SECONDS
        known = scope.__dict__["stamp"] = (_digest(account_versions(scope)), *(str(each) for each in parts))
    return known


def account_versions(scope: Scope) -> dict[int, AccountVersion]:
    """Return where each account of a scope stands: what moves whenever anything of it is recorded or decided on."""
    known: dict[int, AccountVersion] | None = scope.__dict__.get("stood")
    if known is None:
        known = scope.__dict__["stood"] = list_recorded_versions(scope.account_pks)
    return known


def list_recorded_versions(account_pks: Sequence[int]) -> dict[int, AccountVersion]:
    """Return when each account was recorded last, and a digest of the rules that it was judged by.

    Besides when the severity of what was open before was last changed, and the account's last note.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STOOD, {"accounts": array(account_pks)})
        found = cursor.fetchall()
    # Most accounts share their instants: read as such, a thousand of them take longer than all else here.
    at = {each: from_micros(each) for _, *both, _, _ in found for each in both if each is not None}
    return {pk: (at.get(last), rules, at.get(rerated), note) for pk, last, rerated, rules, note in found}


@cache_once
def code_version() -> str:
    """Return what changes with the code: another release words and shapes its results in another way."""
    files = sorted(Path(posture.__file__).parent.rglob("*.py"))
    return _digest(*((str(each), each.stat().st_mtime_ns, each.stat().st_size) for each in files))


def _identity(scope: Scope) -> str:
    known: str | None = scope.__dict__.get("identity")
    if known is None:
        accounts = orjson.dumps(
            [[each.id, each.name, each.weight, each.left_at, each.state, each.unit_id] for each in scope.accounts]
        )
        where = (scope.organization and scope.organization.pk, scope.unit and scope.unit.pk, scope.sees_everything)
        database = connection.settings_dict
        known = scope.__dict__["identity"] = _digest(
            code_version(), database["HOST"], database["NAME"], where, accounts, _surroundings(scope)
        )
    return known


def _surroundings(scope: Scope) -> list[tuple[object, ...]]:
    """Return what results say of the units and organizations of a scope's accounts."""
    units = {each.unit_id: each for each in scope.accounts if each.unit_id is not None}
    organizations = {each.organization_id: each for each in scope.accounts}
    found: list[tuple[object, ...]] = [
        (unit.pk, unit.name, unit.ou_id, unit.path) for each in units.values() if (unit := each.unit)
    ]
    found += [
        (one.pk, one.name, one.regions, one.classification_keys, one.sensitive_values)
        for one in (each.organization for each in organizations.values())
    ]
    return sorted(found, key=repr)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


_STOOD = """
SELECT s.account_id, round(date_part('epoch', s.last_at) * 1000000)::bigint,
       round(date_part('epoch', s.rerated_at) * 1000000)::bigint, md5(s.rules), n.last
FROM history_accountstate s LEFT JOIN (
    SELECT account_id, max(id) AS last FROM history_findingnote
    WHERE account_id = ANY(%(accounts)s::bigint[]) GROUP BY 1
) n USING (account_id)
WHERE s.account_id = ANY(%(accounts)s::bigint[]) ORDER BY 1
"""

_STAMP = """
SELECT (SELECT count(*) || ' ' || coalesce(max(id), 0) FROM history_findingnote),
       (SELECT count(*) || ' ' || coalesce(max(ended_at)::text, '')
        FROM history_snapshot WHERE organization_id = ANY(%(organizations)s) AND state <> 'running'),
       (SELECT max(at) FROM history_scopepoint WHERE organization_id = ANY(%(organizations)s) AND unit_id IS NULL),
       (SELECT count(*) || ' ' || coalesce(max(id), 0) FROM accounts_ownership),
       (SELECT md5(string_agg(concat_ws(' ', id, username, first_name, last_name, is_active), ',' ORDER BY id))
        FROM accounts_user),
       (SELECT string_agg(oldest, ' ' ORDER BY oldest)
        FROM (SELECT min(c.relname) AS oldest FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent IN ('history_version_closed'::regclass, 'history_finding_closed'::regclass,
                                    'history_tally_closed'::regclass)
                AND NOT i.inhdetachpending GROUP BY i.inhparent) months),
       EXISTS (SELECT FROM history_snapshot WHERE organization_id = ANY(%(organizations)s) AND state = 'running')
"""
"""The last but one names the oldest months that are kept; the last is whether a sweep is running, and no part of the
stamp."""

_LAST_CHANGE = """
SELECT s.at, greatest(
    (SELECT max(e.at) FROM accounts_accountevent e
     WHERE e.at > coalesce(s.at, '-infinity') AND e.at <= %(at)s AND e.account_id = ANY(%(accounts)s::bigint[])),
    (SELECT max(n.at) FROM history_findingnote n
     WHERE n.at > coalesce(s.at, '-infinity') AND n.at <= %(at)s AND n.account_id = ANY(%(accounts)s::bigint[]))
)
FROM (SELECT max(as_of) AS at FROM history_snapshot
      WHERE organization_id = ANY(%(organizations)s) AND as_of <= %(at)s) s
"""
