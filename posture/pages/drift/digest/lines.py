"""The lines of a digest's chapters, each with its link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import AccountEvent
from posture.checks import problem_of
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.history.query import Changes, list_unswept_accounts
from posture.history.scope import Scope
from posture.pages.drift.coverage import Turn
from posture.pages.drift.digest.links import DigestLinks
from posture.pages.drift.digest.model import LINES, DigestLine
from posture.pages.drift.digest.periods import DigestSpan
from posture.web.templatetags.words import day, plural

NAMED = 3
"""Accounts that a line names."""
Done = Mapping[tuple[str, int, bool], tuple[int, int]]
"""As `Changes.done` returns it."""


def opened_lines(changes: Changes, done: Done, links: DigestLinks) -> list[DigestLine]:
    """Return checks that began to fail, most severe first, without rule changes."""
    rows = _most_severe(done, is_fixed=False)
    named = _named(changes, rows, links, is_fixed=False)
    return [
        DigestLine(
            problem_of(check_id),
            f"{Severity(severity).label}, began to fail on {plural(number, 'resource')}"
            f" in {plural(accounts, 'account')}",
            links.to("drift:list", {"kind": "opened"}, check=check_id),
            severity,
            named.get((check_id, severity), ()),
        )
        for check_id, severity, number, accounts in rows
    ]


def fixed_lines(changes: Changes, done: Done, links: DigestLinks) -> list[DigestLine]:
    """Return the checks under which something was fixed, most severe first."""
    rows = _most_severe(done, is_fixed=True)
    named = _named(changes, rows, links, is_fixed=True)
    return [
        DigestLine(
            problem_of(check_id),
            f"{Severity(severity).label}, fixed on {plural(number, 'resource')} in {plural(accounts, 'account')}",
            links.to("drift:list", {"kind": "resolved"}, check=check_id, reason="changed"),
            severity,
            named.get((check_id, severity), ()),
        )
        for check_id, severity, number, accounts in rows
    ]


def _most_severe(done: Done, *, is_fixed: bool) -> list[tuple[str, int, int, int]]:
    """Return check, severity, number of findings and number of accounts of one side."""
    rows = [(check, severity, *numbers) for (check, severity, side), numbers in done.items() if side is is_fixed]
    return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))


def _named(
    changes: Changes, rows: Sequence[tuple[str, int, int, int]], links: DigestLinks, *, is_fixed: bool
) -> dict[tuple[str, int], list[tuple[str, str]]]:
    """Return the newest resources of the lines that are shown, by check and severity."""
    shown = {check_id for check_id, *_ in rows[:LINES]}
    if not shown:
        return {}
    return {
        key: [
            (
                f"{one.resource_name or one.resource_arn} in {one.account.name}",
                links.to("findings:detail", {"finding_id": one.finding_id}),
            )
            for one in found
        ]
        for key, found in changes.examples(shown, is_mended=is_fixed).items()
    }


def unswept_lines(scope: Scope, span: DigestSpan, links: DigestLinks) -> list[DigestLine]:
    """Return a line where nothing was swept, which would look like a quiet week."""
    missing = list_unswept_accounts(scope, span.since, span.until)
    if missing is None:
        text, note = f"No sweep was completed in {span.words}", "What happened meanwhile is unknown."
    elif missing:
        names = ", ".join(account.name for account in missing[:NAMED]) + (", …" if len(missing) > NAMED else "")
        text, note = f"{plural(len(missing), 'account')} not swept: {names}", "What happened there is unknown."
    else:
        return []
    return [DigestLine(text, note, links.to("sweeps:list"))]


def departed_lines(scope: Scope, span: DigestSpan, links: DigestLinks) -> list[DigestLine]:
    """Return a line for each way in which accounts stopped being swept."""
    last: dict[int, AccountEvent] = {}
    events = AccountEvent.objects.filter(
        account__in=scope.account_pks, at__gte=span.since, at__lt=span.until, kind__in=[*_DEPARTED, *_RETURNED]
    )
    for event in events.order_by("at", "pk"):
        last[event.account_id] = event
    by_kind: dict[str, list[AccountEvent]] = {}
    for event in last.values():
        if event.kind in _DEPARTED:
            by_kind.setdefault(event.kind, []).append(event)
    return [_departed_line(scope, kind, by_kind[kind], links) for kind in _DEPARTED if kind in by_kind]


def _departed_line(scope: Scope, kind: str, events: Sequence[AccountEvent], links: DigestLinks) -> DigestLine:
    accounts = [scope.by_pk[event.account_id] for event in events]
    named = [f"{account.name} on {day(event.at)}" for account, event in zip(accounts, events, strict=True)][:NAMED]
    one: dict[str, object] = {"account_id": accounts[0].account_id}
    return DigestLine(
        f"{plural(len(events), 'account')} {_DEPARTED[kind]}: {', '.join(named)}{', …' if len(events) > NAMED else ''}",
        "It is not swept any more: what happens there is unknown." if len(events) == 1
        else "They are not swept any more: what happens there is unknown.",
        links.to("organization:account", one) if len(events) == 1 else links.to("organization:table"),
    )  # fmt: skip


_DEPARTED: dict[str, str] = {
    AccountEvent.Kind.SUSPENDED: "suspended",
    AccountEvent.Kind.CLOSED: "closed",
    AccountEvent.Kind.LEFT: "left the organization",
}
_RETURNED = (AccountEvent.Kind.REINSTATED, AccountEvent.Kind.JOINED)


def hidden_lines(scope: Scope, changes: Changes, links: DigestLinks) -> list[DigestLine]:
    """Return the listings that were lost and are still hidden at the end, by account."""
    lost: dict[int, list[Any]] = {}
    for gap in changes.gaps_opened.order_by("opened_at", "pk"):
        if gap.closed_at is None or gap.closed_at > changes.until:
            lost.setdefault(gap.account_id, []).append(gap)
    return [_hidden_line(scope, pk, gaps, links) for pk, gaps in sorted(lost.items(), key=lambda one: -len(one[1]))]


def _hidden_line(scope: Scope, account_pk: int, gaps: Sequence[Any], links: DigestLinks) -> DigestLine:
    account, types = scope.by_pk[account_pk], sorted({gap.resource_type for gap in gaps})
    what = "everything" if ANY in types else ", ".join(types[:3]) + (", …" if len(types) > 3 else "")  # noqa: PLR2004
    first = gaps[0]
    return DigestLine(
        f"{account.name}: {what}",
        f"{first.action} failed with {first.error}",
        links.to("drift:list", {"kind": "gaps_opened"}, account_id=account.account_id),
    )


def turned_lines(turns: Sequence[Turn], kind: str, links: DigestLinks) -> list[DigestLine]:
    """Return the native tools that turned, each with where."""
    return [
        DigestLine(
            f"{turn.tool.title} in {turn.account.name}{f', {turn.region}' if turn.tool.regional else ''}",
            f"{turn.words}: {turn.after.detail}",
            links.to("coverage:account", {"account_id": turn.account.account_id}),
        )
        for turn in turns
        if turn.kind == kind
    ]
