"""Keeps what was read for many accounts, until anything that it is made of changes.

What is read at a date changes with sweeps and decisions alone. So a result is kept under a stamp of both:
where every account stands, what was said last, which sweeps have ended, who owns what. A sweep that records one more
account, or a person who accepts a risk, changes the stamp, and the next reader reads anew. Nothing kept is
ever older than what it would be read as; the cache may lose it at any time.

Small scopes are always read: that is quick, and needs no keeping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache as cache_once
from pathlib import Path
from typing import TypeVar

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

import posture
from posture.history.scope import Scope

Found = TypeVar("Found")

LARGE = 50
"""Accounts from which on results are kept."""
SECONDS, RUNNING_SECONDS = 26 * 3600, 600
"""For how long results are kept: up to the next day's sweep, and shortly while a sweep moves the stamp all the time."""


def kept(scope: Scope, name: str, compute: Callable[[], Found], *more: object) -> Found:
    """Return what `compute` reads of a scope; `more` is what it depends on besides, with the same text if equal.

    The result must be picklable, and may depend on dates only as far as `instant` tells them apart: on
    what stands at them, and not on how long ago they are.
    """
    if len(scope.accounts) < LARGE:
        return compute()
    key = f"plumbline:read:{name}:{_digest(_identity(scope), stamp(scope), instant(scope, scope.as_of), more)}"
    with suppress(RedisError):  # without the cache everything is read each time, and the site's strip says so
        found = cache.get(key)
        if found is not None:
            return found[0]  # type: ignore[no-any-return]  # what was put there
    made = compute()
    with suppress(RedisError):
        cache.set(key, (made,), scope.__dict__["seconds"])
    return made


def instant(scope: Scope, at: datetime | None) -> tuple[datetime | None, bool] | None:
    """Return the same for two dates between which no sweep lies; None means now."""
    if at is None or len(scope.accounts) < LARGE:
        return None
    return last_sweep(scope, at)


def last_sweep(scope: Scope, at: datetime) -> tuple[datetime | None, bool]:
    """Return the last sweep up to a date, and whether it is of just that date."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(as_of) FROM history_snapshot WHERE organization_id = ANY(%s) AND as_of <= %s",
            [list(scope.seen_organizations), at],
        )
        last = cursor.fetchone()[0]
    return last, last == at


def stamp(scope: Scope) -> tuple[object, ...]:
    """Return what changes whenever anything is recorded of, decided on or rolled up for the accounts of a scope."""
    known: tuple[object, ...] | None = scope.__dict__.get("stamp")
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_STAMP, {"accounts": scope.account_pks, "organizations": list(scope.seen_organizations)})
            *parts, is_swept = cursor.fetchone()
        scope.__dict__["seconds"] = RUNNING_SECONDS if is_swept else SECONDS
        known = scope.__dict__["stamp"] = tuple(str(each) for each in parts)
    return known


@cache_once
def code() -> str:
    """Return what changes with the code: another release words and shapes its results in another way."""
    files = sorted(Path(posture.__file__).parent.rglob("*.py"))
    return _digest(*((str(each), each.stat().st_mtime_ns, each.stat().st_size) for each in files))


def _identity(scope: Scope) -> str:
    known: str | None = scope.__dict__.get("identity")
    if known is None:
        accounts = [(each.pk, each.name, each.weight, each.left_at, each.unit_id) for each in scope.accounts]
        where = (scope.organization and scope.organization.pk, scope.unit and scope.unit.pk, scope.sees_everything)
        database = connection.settings_dict
        known = scope.__dict__["identity"] = _digest(code(), database["HOST"], database["NAME"], where, accounts)
    return known


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


_STAMP = """
SELECT (SELECT count(*) || ' ' || coalesce(sum(extract(epoch FROM last_at)), 0)
        FROM history_accountstate WHERE account_id = ANY(%(accounts)s)),
       (SELECT count(*) || ' ' || coalesce(max(id), 0) FROM history_findingnote),
       (SELECT count(*) || ' ' || coalesce(max(ended_at)::text, '')
        FROM history_snapshot WHERE organization_id = ANY(%(organizations)s) AND state <> 'running'),
       (SELECT max(at) FROM history_scopepoint WHERE organization_id = ANY(%(organizations)s) AND unit_id IS NULL),
       (SELECT count(*) || ' ' || coalesce(max(id), 0) FROM accounts_ownership),
       (SELECT md5(string_agg(concat_ws(' ', id, username, first_name, last_name, is_active), ',' ORDER BY id))
        FROM accounts_user),
       EXISTS (SELECT FROM history_snapshot WHERE organization_id = ANY(%(organizations)s) AND state = 'running')
"""
"""The last tells whether a sweep is under way, and is no part of the stamp."""
