"""When types that are read once a day were read, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from posture.collectors import all_collectors
from posture.core.collector import Cadence
from posture.history import query
from posture.history.scope import Scope
from posture.web.templatetags.words import moment


def is_daily(resource_type: str) -> bool:
    """Return True if a type is read once a day, however often accounts are swept."""
    collector = all_collectors().get(resource_type)
    return collector is not None and collector.cadence is Cadence.DAILY


def describe_readings(scope: Scope, resource_types: Iterable[str]) -> str:
    """Return when some types were last read; empty where none of them is daily."""
    found = query.load_full_readings(scope) if any(map(is_daily, resource_types)) else None
    if found is None:
        return ""
    if found.first == found.last:
        return f"once a day, last on {moment(found.last)}"
    return f"once a day, last between {moment(found.first)} and {moment(found.last)}"


def describe_reading(scope: Scope, account_pk: int, resource_type: str, known_since: datetime) -> str:
    """Return when a resource of a daily type was last read; empty for other types.

    `known_since` is when it became as it is: where a reading failed, it is read again before the next full one.
    """
    found = query.load_full_readings(scope.of_account(account_pk)) if is_daily(resource_type) else None
    return f"once a day, last on {moment(max(found.last, known_since))}" if found else ""
