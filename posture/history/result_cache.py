"""Reads and writes cached results by key; a cache that is down holds nothing.

The site's strip reports such an outage; pages stay right, and take longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from posture.history.account_versions import code_version, digest


def make_key(name: str, *parts: object) -> str:
    """Return the key of a result of `parts`, this release and this database."""
    database = connection.settings_dict
    return f"plumbline:{name}:{digest(code_version(), database['HOST'], database['NAME'], *parts)}"


def read_cached(keys: Iterable[str]) -> dict[str, Any]:
    """Return those results that are cached, by key."""
    wanted = list(keys)
    with suppress(RedisError):
        if len(wanted) == 1:
            found = cache.get(wanted[0])
            return {} if found is None else {wanted[0]: found}
        known: dict[str, Any] = cache.get_many(wanted)
        return known
    return {}


def write_cached(results: Mapping[str, Any], seconds: int) -> None:
    """Cache results by key; None cannot be cached."""
    with suppress(RedisError):
        if len(results) == 1:
            ((key, result),) = results.items()
            cache.set(key, result, seconds)
        elif results:
            cache.set_many(dict(results), seconds)
