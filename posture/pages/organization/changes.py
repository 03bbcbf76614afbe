"""Changes of one account since the date of comparison, by check and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest

from posture.checks import problem_of, title_of
from posture.core.gap import ANY
from posture.history import query as history
from posture.history.query import Changes, FindingRecord
from posture.history.scope import Scope
from posture.web.resource_names import name_in
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, joined, plural

ROWS = 10
READ = 60
"""Newest findings of a kind that are grouped into rows."""
NAMED = 2


@dataclass(frozen=True, slots=True)
class AccountChange:
    """One change; `way` is better, worse, or empty for visibility."""

    at: datetime
    words: str
    detail: str
    way: str
    url: str

    @property
    def sign(self) -> str:
        """The sign of its way; empty for visibility, which has an icon."""
        return {"better": "▲", "worse": "▼"}.get(self.way, "")


@dataclass(frozen=True, slots=True)
class RecentChanges:
    """The newest changes, and the number of others."""

    title: str
    rows: Sequence[AccountChange]
    more: int


def recent_changes(request: HttpRequest, scope: Scope) -> RecentChanges:
    """Return what changed since the date of comparison, newest first."""
    changes = history.changes_between(scope, scope.compare_to, scope.now)
    counts = sum(map(Counter, changes.finding_groups("severity").values()), Counter[str]())
    found = [*_findings(request, changes), *_listings(request, changes)]
    found.sort(key=lambda row: row.at, reverse=True)
    opened = counts["opened"] + counts["reopened"]
    title = f"{plural(opened, 'finding')} opened, {figure(counts['resolved'])} resolved"
    return RecentChanges(
        title if found else "No finding opened or was resolved", found[:ROWS], max(0, len(found) - ROWS)
    )


def _findings(request: HttpRequest, changes: Changes) -> Iterator[AccountChange]:
    found = changes.listed(("opened", "reopened", "resolved"), READ)
    for kind, newest in found.items():
        is_better = kind == "resolved"
        groups: dict[tuple[date, str], list[FindingRecord]] = {}
        for one in newest:
            at = one.closed_at if is_better else one.opened_at
            groups.setdefault((at.date(), one.check_id), []).append(one)
        for (_, check), some in groups.items():
            first = some[0]
            names = [name_in(one) for one in some[:NAMED]]
            more = [f"{len(some) - NAMED} more"] if len(some) > NAMED else []
            again = ", again" if kind == "reopened" else ""
            url = (
                url_in_scope(request, "findings:detail", {"finding_id": first.finding_id})
                if len(some) == 1
                else _list_url(request, changes, kind, check=check)
            )
            yield AccountChange(
                first.closed_at or first.opened_at if is_better else first.opened_at,
                title_of(check) if is_better else f"{problem_of(check)}{again}",
                joined([*names, *more]),
                "better" if is_better else "worse",
                url,
            )


def _listings(request: HttpRequest, changes: Changes) -> Iterator[AccountChange]:
    found = changes.listed(("gaps_opened", "gaps_closed"), READ)
    for kind, words in (("gaps_opened", "can no longer be read"), ("gaps_closed", "can be read again")):
        groups: dict[datetime, list[str]] = {}
        for one in found[kind]:
            name = "everything" if one.resource_type == ANY else one.resource_type.removeprefix("AWS::")
            groups.setdefault(one.closed_at if kind == "gaps_closed" else one.opened_at, []).append(name)
        for at, names in groups.items():
            types = list(dict.fromkeys(names))
            more = [f"{len(types) - NAMED} more types"] if len(types) > NAMED else []
            detail = joined([*types[:NAMED], *more])
            yield AccountChange(
                at, f"{plural(len(names), 'listing')} {words}", detail, "", _list_url(request, changes, kind)
            )


def _list_url(request: HttpRequest, changes: Changes, kind: str, **query: object) -> str:
    account = changes.scope.accounts[0].account_id
    since = changes.since.isoformat()
    return url_in_scope(request, "drift:list", {"kind": kind}, account=account, since=since, **query)
