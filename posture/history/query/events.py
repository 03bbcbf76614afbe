"""The events that explain a chart: accounts, rules, visibility, critical findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, QuerySet, Value

from posture.checks import problem_of, title_of
from posture.core.outcome import Severity
from posture.history.models import GapRecord
from posture.history.query.change_counts import count_by_instant
from posture.history.query.changes import Changes
from posture.history.query.decisions import list_decisions
from posture.history.query.parameters import list_parameter_changes
from posture.history.query.sweeps import get_first_snapshot
from posture.history.scope import Scope

FINDINGS = {"opened": "opened_at", "reopened": "opened_at", "resolved": "closed_at"}
"""Kinds of changes of findings, and when each happened."""
RULES_NAMED_MAX = 3
"""As many rules of one sweep are named; more are counted."""


@dataclass(frozen=True, slots=True)
class ChartEvent:
    """A mark on a chart.

    `kind` is account, rule, parameter, decided, visibility_lost, visibility_regained, opened or resolved.
    """

    at: datetime
    kind: str
    title: str


def list_chart_events(scope: Scope, since: datetime, until: datetime) -> list[ChartEvent]:
    """Return what happened after `since` and up to `until`, oldest first.

    What the very first snapshot found is where the history begins, and no event.
    """
    first = get_first_snapshot(scope)
    start = max(since, first.as_of) if first else since
    if start > until:
        return []
    changed = Changes(scope, start, until)
    found = [
        *_of_accounts(changed),
        *_of_rules(changed),
        *(
            ChartEvent(one.at, "parameter", f"{one.title} changed: {one.words}")
            for one in list_parameter_changes(scope, start, until)
        ),
        *_of_decisions(scope, start, until),
        *_of_gaps(changed),
        *_of_findings(changed),
    ]
    return sorted(found, key=lambda event: (event.at, event.kind, event.title))


def _of_accounts(changed: Changes) -> Iterator[ChartEvent]:
    for event in changed.account_events:
        yield ChartEvent(event.at, "account", f"{event.account.name}: {_lower(event.get_kind_display())}")


def _of_rules(changed: Changes) -> Iterator[ChartEvent]:
    """Yield each rule that changed; a release that brings many is one event."""
    together: dict[tuple[datetime, str], list[str]] = {}
    for rule in changed.rule_changes:
        what = "new check" if rule.before is None else "check changed"
        together.setdefault((rule.at, what), []).append(title_of(rule.check_id))
    for (at, what), titles in together.items():
        if len(titles) > RULES_NAMED_MAX:
            yield ChartEvent(at, "rule", f"{len(titles)} {what.replace('check', 'checks')}")
        else:
            yield from (ChartEvent(at, "rule", f"{what.capitalize()}: {title}") for title in titles)


def _of_decisions(scope: Scope, since: datetime, until: datetime) -> Iterator[ChartEvent]:
    """Yield what people set aside, and what counts again, by day, check and account."""
    counted: Counter[tuple[date, str, str, str]] = Counter()
    last: dict[tuple[date, str, str, str], datetime] = {}
    for one in list_decisions(scope, since, until):
        if one.word:
            key = (one.at.astimezone(UTC).date(), one.account.name, one.check_id, one.word)
            counted[key] += 1
            last[key] = max(one.at, last.get(key, one.at))
    for key, count in counted.items():
        _, account, check_id, word = key
        things = "1 resource" if count == 1 else f"{count} resources"
        yield ChartEvent(last[key], "decided", f"{account}: {word} for “{problem_of(check_id)}” on {things}")


def _of_gaps(changed: Changes) -> Iterator[ChartEvent]:
    gaps = changed.listed(("gaps_opened", "gaps_closed"))
    yield from _of_visibility(gaps["gaps_opened"], "opened_at", "visibility_lost", "no longer readable")
    yield from _of_visibility(gaps["gaps_closed"], "closed_at", "visibility_regained", "readable again")


def _of_visibility(gaps: Iterable[GapRecord], when: str, kind: str, words: str) -> Iterator[ChartEvent]:
    listings: dict[tuple[datetime, str], set[str]] = {}
    for gap in gaps:
        listings.setdefault((getattr(gap, when), gap.account.name), set()).add(gap.resource_type)
    together: dict[tuple[datetime, str], list[str]] = {}
    for (at, account), types in listings.items():
        what = "everything" if "*" in types else next(iter(types)) if len(types) == 1 else f"{len(types)} types"
        together.setdefault((at, what), []).append(account)
    for (at, what), accounts in together.items():
        where = accounts[0] if len(accounts) == 1 else f"{len(accounts)} accounts"
        yield ChartEvent(at, kind, f"{where}: {what} {words}")


def _of_findings(changed: Changes) -> Iterator[ChartEvent]:
    counted, far = count_by_instant(changed.scope.account_pks, Severity.CRITICAL, changed.since, changed.until)
    each = [_critical(changed, kind, when, far) for kind, when in FINDINGS.items()] if far else []
    for at, check_id, kind, count in each[0].union(*each[1:], all=True) if each else ():
        counted[at, check_id, kind] += count
    for (at, check_id, kind), count in counted.items():
        things = "1 resource" if count == 1 else f"{count} resources"
        plain = "resolved" if kind == "resolved" else "opened"
        yield ChartEvent(at, plain, f"{problem_of(check_id)}: {plain} on {things}")


def _critical(changed: Changes, kind: str, when: str, account_pks: Collection[int]) -> QuerySet[Any, Any]:
    """Return instant, check, kind and number of critical findings of one kind."""
    found: QuerySet[Any] = getattr(changed, kind).filter(severity=Severity.CRITICAL, account__among=account_pks)
    counted = found.order_by().values(when, "check_id").annotate(kind=Value(kind), n=Count("id"))
    rows: QuerySet[Any, Any] = counted.values_list(when, "check_id", "kind", "n")
    return rows


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
