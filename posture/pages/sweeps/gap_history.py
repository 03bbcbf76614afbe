"""The history of a gap, by account, and the resources it keeps as last seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.safestring import SafeString

from accounts.models import AwsAccount
from posture.core.gap import ANY
from posture.drawing import gap_history as drawing
from posture.history import query
from posture.history.query import AnyGap
from posture.history.scope import Scope
from posture.web.templatetags.words import day, plural

DAYS = 90
MOST_STRETCHES = 30
"""Stretches of time that are listed, the newest first."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which an account hid something; `until` None where it still does."""

    account: AwsAccount
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class GapHistory:
    """A gap of one action and reason through time."""

    stretches: Sequence[Stretch]
    more: int
    """Stretches that are not listed."""
    title: str
    picture: SafeString
    narrow: SafeString
    last_seen: int
    """Resources that are shown as they were last seen, since this or another gap hides them."""


def history(scope: Scope, action: str, reason: str) -> GapHistory | None:
    """Return a gap's history up to the scope's date, of every reason where it is "".

    None where it was never open.
    """
    found = _stretches(scope, action, reason)
    if not found:
        return None
    counts = _counts(found, scope.now)
    now, most = counts[-1], max(counts)
    title = f"{_now(now)}; at most {plural(most, 'account')} in {DAYS} days" if most else _now(now)
    ends = (day(scope.now - timedelta(days=DAYS)), day(scope.now))
    words = f"most: {plural(most, 'account')}"
    wide, narrow = (drawing.draw(counts, title, ends, words, width) for width in (480.0, 280.0))
    shown = found[:MOST_STRETCHES]
    return GapHistory(shown, len(found) - len(shown), title, wide, narrow, _last_seen(scope, action, reason))


def _now(count: int) -> str:
    return f"{plural(count, 'account')} now" if count else "Closed everywhere now"


def _stretches(scope: Scope, action: str, reason: str) -> list[Stretch]:
    """Return when each account had the gap, the newest first.

    Its types and regions taken together.
    """
    rows: Any = _of(scope, action, reason).filter(valid_from__lte=scope.now)
    spans: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for account, since, until in rows.values_list("account_id", "valid_from", "valid_to").distinct():
        ended = until if until is not None and until <= scope.now else None
        spans.setdefault(account, []).append((since, ended))
    found = [Stretch(scope.by_pk[pk], *span) for pk, each in spans.items() for span in _joined(each, scope.now)]
    return sorted(found, key=lambda one: (one.until is not None, -one.since.timestamp(), one.account.name))


def _of(scope: Scope, action: str, reason: str) -> Any:
    gaps: Any = AnyGap.objects.filter(account__among=scope.among, action=action, blinds=True).order_by()
    return gaps.filter(reason=reason) if reason else gaps


def _joined(
    spans: Iterable[tuple[datetime, datetime | None]], now: datetime
) -> Iterable[tuple[datetime, datetime | None]]:
    """Join spans of time that touch or overlap."""
    joined: list[tuple[datetime, datetime | None]] = []
    for since, until in sorted(spans, key=lambda span: span[0]):
        if joined and (joined[-1][1] or now) >= since:
            last = joined[-1]
            end = None if last[1] is None or until is None else max(last[1], until)
            joined[-1] = (last[0], end)
        else:
            joined.append((since, until))
    return joined


def _counts(found: Sequence[Stretch], now: datetime) -> list[int]:
    """Return how many accounts had the gap on each of the last days."""
    ends = [now - timedelta(days=DAYS - 1 - place) for place in range(DAYS)]
    return [sum(one.since <= at and (one.until is None or one.until > at) for one in found) for at in ends]


def _last_seen(scope: Scope, action: str, reason: str) -> int:
    """Return how many resources of what the gap hides now are shown as last seen."""
    current: Any = query.all_gaps(scope).filter(action=action, blinds=True, resources=None)
    hidden = (
        (current.filter(reason=reason) if reason else current)
        .order_by()
        .values_list("account_id", "resource_type")
        .distinct()
    )
    by_type: dict[str, set[int]] = {}
    for account, kind in hidden:
        by_type.setdefault(kind, set()).add(account)
    if not by_type:
        return 0
    wanted = Q()
    for kind, accounts in by_type.items():
        wanted |= Q(account_id__in=accounts) if kind == ANY else Q(account_id__in=accounts, type=kind)
    current_records: Any = query.resources(scope)
    counted = current_records.filter(wanted, unseen_since__isnull=False).order_by()
    found: int = counted.aggregate(n=Count("pk"))["n"]
    return found
