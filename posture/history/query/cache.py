"""Caches results for many accounts, until anything that they are made of changes.

- `get_or_compute`: one result for a scope. Its key holds the scope's version, which changes with each recorded account,
  every decision on a finding, every sweep that ends, every change of owners, every month that retention drops.
- `get_or_compute_for_accounts`: one result under a version that the caller names, computed ahead of any reader.
- `get_or_compute_shards`: a result for each account, cached some accounts at a time, so that a sweep of one account has
  those of its shard computed again, and no others.

So nothing cached is ever older than what would be read, and the cache may lose it at any time. Small scopes are always
read (`is_cached`): that is quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import orjson
from django.db import connection

from posture.history.account_versions import account_versions, code_version, digest
from posture.history.columnar.api import split_into_shards
from posture.history.models.lookups import array
from posture.history.result_cache import make_key, read_cached, write_cached
from posture.history.scope import Scope
from posture.history.statements import load_statement
from posture.history.tuning import tuning

Result = TypeVar("Result")
DateKey = tuple[datetime | None, bool] | None

_SCOPE_VERSION = load_statement(__file__, "scope_version")
"""What changes with notes, sweeps, rollups, owners, users and kept months; and whether a sweep is running."""
_LAST_CHANGE = load_statement(__file__, "last_change")
"""The last sweep up to a date, and the last event or note after it."""


def get_or_compute(scope: Scope, name: str, compute: Callable[[], Result], *more: object) -> Result:
    """Return a result for a scope, from the cache or computed.

    `more` is what else it depends on, compared by its text.

    The result must be picklable. It may depend on dates only as far as `date_key` distinguishes them: on what was
    current at them, and not on how long ago they are.
    """
    if not is_cached(len(scope.accounts)):
        return compute()
    version = (scope_version(scope), date_key(scope, scope.as_of), more)
    key = f"plumbline:read:{name}:{digest(_identity(scope), *version)}"
    return _get_or_compute(key, compute, scope.__dict__["seconds"])


def get_or_compute_for_accounts(name: str, version: object, compute: Callable[[], Result]) -> Result:
    """Return a result that depends on `version` alone, whoever asks.

    So it may be computed before anybody asks.
    """
    return _get_or_compute(make_key(name, version), compute, tuning.cache_seconds)


def get_or_compute_shards(
    name: str,
    account_pks: Iterable[int],
    versions: Mapping[int, object],
    compute: Callable[[list[int]], Mapping[int, Result]],
    *more: object,
) -> dict[int, Result]:
    """Return a result per account that has one; missing ones are computed together.

    They are cached shard by shard, under `more` and the version of each account.
    """
    shards = {
        make_key(name, more, [(pk, versions.get(pk)) for pk in pks]): pks
        for _, pks in split_into_shards(account_pks, tuning.cohort_shard_accounts)
    }
    found: dict[str, Mapping[int, Result]] = read_cached(shards)
    missing = {key: pks for key, pks in shards.items() if key not in found}
    if missing:
        made = compute([pk for pks in missing.values() for pk in pks])
        fresh = {key: {pk: made[pk] for pk in pks if pk in made} for key, pks in missing.items()}
        write_cached(fresh, tuning.cache_seconds)
        found |= fresh
    return {pk: result for results in found.values() for pk, result in results.items()}


def is_cached(accounts: int) -> bool:
    """Return True where results for so many accounts are cached.

    For fewer they are always read.
    """
    return accounts >= tuning.cached_scope_min_accounts


def _get_or_compute(key: str, compute: Callable[[], Result], seconds: int) -> Result:
    known: dict[str, tuple[Result]] = read_cached([key])
    if key in known:
        return known[key][0]
    made = compute()
    write_cached({key: (made,)}, seconds)
    return made


def date_key(scope: Scope, at: datetime | None) -> DateKey:
    """Return a key that is equal for two dates without changes in between.

    The date None means now.

    It is None for small scopes, of which nothing is cached.
    """
    if at is None or not is_cached(len(scope.accounts)):
        return None
    return get_last_change(scope, at)


def get_last_change(scope: Scope, at: datetime) -> tuple[datetime | None, bool]:
    """Return the last dated change up to a date, and whether it was on that date.

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
    """Return what changes with any record, decision or rollup of a scope's accounts."""
    known: tuple[object, ...] | None = scope.__dict__.get("stamp")
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_SCOPE_VERSION, {"organizations": list(scope.seen_organizations)})
            *parts, is_swept = cursor.fetchone()
        scope.__dict__["seconds"] = tuning.cache_sweeping_seconds if is_swept else tuning.cache_seconds
        known = scope.__dict__["stamp"] = (digest(account_versions(scope)), *(str(each) for each in parts))
    return known


def _identity(scope: Scope) -> str:
    known: str | None = scope.__dict__.get("identity")
    if known is None:
        accounts = orjson.dumps(
            [[each.id, each.name, each.weight, each.left_at, each.state, each.unit_id] for each in scope.accounts]
        )
        where = (scope.organization and scope.organization.pk, scope.unit and scope.unit.pk, scope.sees_everything)
        database = connection.settings_dict
        known = scope.__dict__["identity"] = digest(
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
