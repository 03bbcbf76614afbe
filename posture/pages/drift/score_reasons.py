"""The largest causes of a score change with their checks and resources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.http import HttpRequest

from posture.checks import problem_of
from posture.core.attribution import Cause
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.history import query as history
from posture.history.query import Changes, FindingRecord, ScoreAttribution
from posture.history.scope import Scope
from posture.pages.drift.causes import LISTS, NAMES
from posture.pages.drift.period import Period
from posture.web import figures
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import plural

PARTS = 5
"""Parts that are shown, the largest first."""
LINES = 3
"""Checks of a part, or other things that made it."""
EXAMPLES = 3
"""Resources that a line names."""


@dataclass(frozen=True, slots=True)
class ReasonLink:
    """Something with a page of its own."""

    name: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One check, or another thing that made a part; `severity` is that of a check."""

    words: str
    url: str
    note: str
    severity: int | None = None
    examples: Sequence[ReasonLink] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause: its points, what made it, and the accounts with most of it."""

    name: str
    points: str
    url: str
    lines: Sequence[ReasonLine]
    accounts: Sequence[ReasonLink]


def reasons(request: HttpRequest, scope: Scope, period: Period) -> list[Reason]:
    """Return the largest causes of a period, each with what made it."""
    found = history.attribute_score(scope, period.since, period.until)
    links, changes = _PeriodLinks(request, period), history.changes_between(scope, period.since, period.until)
    steps = sorted(
        ((cause, points) for cause, points in found.steps() if cause and points), key=lambda one: -abs(one[1])
    )
    return [
        Reason(
            NAMES[cause],
            figures.format_points(points),
            links.to("drift:cause", {"cause": cause.value}),
            [*_lines(scope, changes, found, cause, links)][:LINES],
            _accounts(found, cause, links),
        )
        for cause, points in steps[:PARTS]
    ]


@dataclass(frozen=True, slots=True)
class _PeriodLinks:
    request: HttpRequest
    period: Period

    def to(self, page: str, kwargs: dict[str, object] | None = None, **query: object) -> str:
        """Return a page's URL in the same scope and period."""
        return url_in_scope(self.request, page, kwargs, **{**self.period.query, **query})


def _accounts(found: ScoreAttribution, cause: Cause, links: _PeriodLinks) -> list[ReasonLink]:
    if found.number <= 1:
        return []
    return [
        ReasonLink(one.account.name, links.to("drift:drift", account=one.account.account_id, ou=""))
        for one in found.part(cause).leaders
    ]


def _lines(
    scope: Scope, changes: Changes, found: ScoreAttribution, cause: Cause, links: _PeriodLinks
) -> Iterator[ReasonLine]:
    if cause is Cause.ACCOUNTS:
        for words, members in (("Joined", found.joined), ("Left", found.left)):
            for account in members:
                yield ReasonLine(
                    account.name, links.to("organization:account", {"account_id": account.account_id}), words
                )
    elif cause is Cause.DECIDED:
        for one in history.list_decisions(scope, changes.since, changes.until)[:LINES]:
            page = links.to("findings:detail", {"finding_id": one.finding_id})
            example = ReasonLink(one.resource_name, page, one.account.name)
            yield ReasonLine(problem_of(one.check_id), page, one.text, one.severity, [example])
    else:
        yield from _checks(changes, cause, links)
        yield from _listings(changes, cause, links)
        yield from _resources(changes, cause, links)


def _checks(changes: Changes, cause: Cause, links: _PeriodLinks) -> Iterator[ReasonLine]:
    """Yield the checks of findings that opened or closed for a cause, worst first."""
    counted: dict[tuple[str, int], list[tuple[str, str, int, int]]] = defaultdict(list)
    for kind, reason in LISTS[cause]:
        if reason:
            by_check = _rows(changes, kind, reason).order_by().values_list("check_id", "severity")
            for check_id, severity, number, accounts in by_check.annotate(
                Count("id"), Count("account_id", distinct=True)
            ):
                counted[check_id, severity].append((kind, reason, number, accounts))
    order = sorted(counted, key=lambda key: (-Severity(key[1]).weight * sum(n for *_, n, _ in counted[key]), key))
    for check_id, severity in order[:LINES]:
        (kind, reason, _, accounts), number = counted[check_id, severity][0], 0
        for *_, each, where in counted[check_id, severity]:
            number, accounts = number + each, max(accounts, where)
        word = "resolved" if kind == "resolved" else "opened"
        yield ReasonLine(
            problem_of(check_id),
            links.to("drift:list", {"kind": kind}, check=check_id, reason=reason),
            f"{word} on {plural(number, 'resource')} in {plural(accounts, 'account')}",
            severity,
            [
                ReasonLink(
                    each.resource_name or each.resource_arn,
                    links.to("findings:detail", {"finding_id": each.finding_id}),
                    each.account.name,
                )
                for each in _rows(changes, kind, reason).filter(check_id=check_id).order_by("-opened_at")[:EXAMPLES]
            ],
        )


def _rows(changes: Changes, kind: str, reason: str) -> QuerySet[FindingRecord]:
    rows: QuerySet[FindingRecord] = getattr(changes, kind)
    return rows.filter(**{"close_reason" if kind == "resolved" else "open_reason": reason})


def _listings(changes: Changes, cause: Cause, links: _PeriodLinks) -> Iterator[ReasonLine]:
    """Yield the accounts whose listings were lost or regained, most first."""
    if cause is not Cause.VISIBILITY:
        return
    for kind, words in (("gaps_opened", "can no longer be read"), ("gaps_closed", "can be read again")):
        by_account: dict[str, list[str]] = defaultdict(list)
        ids: dict[str, str] = {}
        for name, account_id, resource_type in getattr(changes, kind).values_list(
            "account__name", "account__account_id", "resource_type"
        ):
            by_account[name].append("everything" if resource_type == ANY else resource_type)
            ids[name] = account_id
        for name, types in sorted(by_account.items(), key=lambda one: (-len(one[1]), one[0]))[:LINES]:
            note = ", ".join(sorted(set(types))[:EXAMPLES])
            url = links.to("drift:list", {"kind": kind}, account_id=ids[name])
            yield ReasonLine(f"{name}: {plural(len(types), 'listing')} {words}", url, note)


def _resources(changes: Changes, cause: Cause, links: _PeriodLinks) -> Iterator[ReasonLine]:
    """Yield what came or went by type: what passes leaves no finding behind."""
    kind = {Cause.NEW: "added", Cause.DELETED: "removed"}.get(cause)
    if kind is None:
        return
    counts = {each: kinds.get(kind, 0) for each, kinds in changes.resource_groups("type").items()}
    for resource_type, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:LINES]:
        if number:
            rows = getattr(changes, kind).filter(type=resource_type).select_related("account")[:EXAMPLES]
            yield ReasonLine(
                resource_type,
                links.to("drift:list", {"kind": kind}, type=resource_type),
                f"{plural(number, 'resource')} {'came' if kind == 'added' else 'went'}",
                None,
                [
                    ReasonLink(
                        each.name or each.arn,
                        links.to("inventory:resource", {"resource_id": each.resource_id}),
                        each.account.name,
                    )
                    for each in rows
                ],
            )
