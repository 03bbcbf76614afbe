"""Versions of accounts, which change whenever one of their rows may."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache as cache_once
from pathlib import Path

from django.db import connection

import posture
from posture.history.models.lookups import array
from posture.history.scope import Scope

AccountVersion = tuple[datetime | None, str, datetime | None, int | None]
"""Last recorded, digest of the rules, when severities of open findings changed last, and the last note."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def account_versions(scope: Scope) -> dict[int, AccountVersion]:
    """Return the version of each account of a scope, read once for a scope."""
    known: dict[int, AccountVersion] | None = scope.__dict__.get("account_versions")
    if known is None:
        known = scope.__dict__["account_versions"] = list_recorded_versions(scope.account_pks)
    return known


def list_recorded_versions(account_pks: Sequence[int]) -> dict[int, AccountVersion]:
    """Return the version of each account that was ever recorded.

    When it was recorded last, a digest of the rules that judged it, when severities of its open findings changed last,
    and its last note.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"accounts": array(account_pks)})
        found = cursor.fetchall()
    # Most accounts share their instants: read as such, a thousand of them take longer than all else here.
    at = {each: _EPOCH + timedelta(microseconds=each) for _, *both, _, _ in found for each in both if each is not None}
    return {pk: (at.get(last), rules, at.get(rerated), note) for pk, last, rerated, rules, note in found}


@cache_once
def code_version() -> str:
    """Return a digest of the code, for results of another release may differ."""
    folder = Path(posture.__file__).parent
    files = sorted([*folder.rglob("*.py"), *folder.rglob("*.sql")])
    return digest(*((str(each), each.stat().st_mtime_ns, each.stat().st_size) for each in files))


def digest(*parts: object) -> str:
    """Return a digest of the text of some values."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


_VERSIONS = """
SELECT s.account_id, round(date_part('epoch', s.last_at) * 1000000)::bigint,
       round(date_part('epoch', s.rerated_at) * 1000000)::bigint, md5(s.rules), n.last
FROM history_accountstate s LEFT JOIN (
    SELECT account_id, max(id) AS last FROM history_findingnote
    WHERE account_id = ANY(%(accounts)s::bigint[]) GROUP BY 1
) n USING (account_id)
WHERE s.account_id = ANY(%(accounts)s::bigint[]) ORDER BY 1
"""
