"""Content of a digest, read through one scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import AccountEvent
from posture.checks import problem_of
from posture.core.attribution import in_steps
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.history import query as history
from posture.history.query import Changes, ScoreAttribution, list_unswept_accounts
from posture.history.scope import Scope
from posture.pages.drift import causes, coverage
from posture.pages.drift.coverage import Turn
from posture.pages.drift.digest.periods import DigestSpan
from posture.web import figures
from posture.web.scoping import with_query
from posture.web.templatetags.words import day, joined, plural

LINES = 10
"""Lines of each part; the rest is counted."""
FIRST = 3
"""Things to look at first."""
NAMED = 3
"""Accounts that a line names."""
Done = Mapping[tuple[str, int, bool], tuple[int, int]]
"""As `Changes.done` returns it."""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One line: what it says, in small print, and the path that it leads to."""

    text: str
    note: str
    path: str
    severity: int = 0
    named: Sequence[tuple[str, str]] = ()
    """Resources, each with its account, and the paths that they lead to."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter (worse, better, invisible): the first lines, and how many more."""

    name: str
    heading: str
    lines: Sequence[DigestLine]
    more: int
    quiet: str
    """Shown where there are no lines."""

    @property
    def number(self) -> int:
        """How many lines there are in all."""
        return len(self.lines) + self.more


@dataclass(frozen=True, slots=True)
class Digest:
    """A whole digest; `path` leads to the same period on the drift page."""

    span: DigestSpan
    organization: str
    bridge: ScoreAttribution
    parts: Sequence[tuple[str, str]]
    """Why the score moved: causes by name, with their points."""
    worse: Chapter
    better: Chapter
    invisible: Chapter
    path: str

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """All chapters, in the order in which they are read."""
        return self.worse, self.better, self.invisible

    @property
    def is_empty(self) -> bool:
        """Return True where nothing happened."""
        return not self.parts and not any(chapter.lines for chapter in self.chapters)

    @property
    def headline(self) -> str:
        """The whole digest in one sentence."""
        counts = [(self.worse, "got worse"), (self.better, "got better"), (self.invisible, "became invisible")]
        found = [(one.number, words) for one, words in counts if one.number]
        happened = joined(
            [
                f"{plural(number, 'thing') if not place else number} {words}"
                for place, (number, words) in enumerate(found)
            ]
        )
        return f"{self._score}{f': {happened}' if happened else ', and nothing else changed'}."

    @property
    def _score(self) -> str:
        before, after = self.bridge.before, self.bridge.after
        if after is None:
            return "There is no score yet"
        if before is None:
            return f"The score is {after.low:.1f}; there was none before"
        moved = round(round(after.low, 1) - round(before.low, 1), 1)
        if not moved:
            return f"The score stayed at {after.low:.1f}"
        return f"The score {'rose' if moved > 0 else 'fell'} by {abs(moved):.1f} to {after.low:.1f}"

    @property
    def first(self) -> list[DigestLine]:
        """The three lines to read first: the worst problems, and one blind spot."""
        hidden = list(self.invisible.lines[:1])
        worst = list(self.worse.lines[: FIRST - len(hidden)])
        rest = [line for line in self.invisible.lines if line not in hidden]
        return [*worst, *hidden, *rest][:FIRST]

    @property
    def subject(self) -> str:
        """The mail's subject line."""
        moved, before = self.bridge.change, self.bridge.before
        # As the two scores are shown: 85.2 and 85.5 are 0.3 apart, though it was 0.36.
        score = (
            f", score {figures.format_points(in_steps(before.low, [moved], 1)[1])}"
            if before and moved is not None
            else ""
        )
        counts = ", ".join(f"{one.number} {one.name}" for one in self.chapters if one.lines)
        return f"{self.organization}: {counts or 'nothing changed'}{score} in {self.span.words}".replace("\n", " ")


def digest(scope: Scope, span: DigestSpan, carried: Mapping[str, str] | None = None) -> Digest:
    """Return what happened in a span in a scope; `request` gives links their query."""
    links = _DigestLinks(scope, span, carried or {})
    found = history.attribute_score(scope, span.since, span.until)
    said = _kept(scope, span, links)
    unswept = _unswept(scope, span, links)
    return Digest(
        span=span,
        organization=scope.organization.name if scope.organization else "All organizations",
        bridge=found,
        parts=[(name, figures.format_points(points)) for name, points, _ in causes.rounded_steps(found) if points],
        worse=_chapter("worse", "What got worse", said.worse, "Nothing that could be seen."),
        better=_chapter("better", "What got better", said.better, "No fix was seen."),
        invisible=_chapter(
            "invisible", "What became invisible", said.invisible.after([*unswept, *_departed(scope, span, links)]),
            "Everything that could be seen before can still be seen.",
        ),
        path=links.to("drift:drift"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lines:
    """The first lines of a chapter, and how many there are in all."""

    first: Sequence[DigestLine]
    number: int

    @classmethod
    def of(cls, lines: Sequence[DigestLine]) -> _Lines:
        """Return as many as are shown."""
        return cls(lines[:LINES], len(lines))

    def after(self, lines: Sequence[DigestLine]) -> _Lines:
        """Return these with others before them."""
        return _Lines([*lines, *self.first][:LINES], len(lines) + self.number)


@dataclass(frozen=True, slots=True)
class _Said:
    """What is read of changes alone, as few lines as are shown."""

    worse: _Lines
    better: _Lines
    invisible: _Lines


def _kept(scope: Scope, span: DigestSpan, links: _DigestLinks) -> _Said:
    """Return what the changes of a span say, kept for scopes of many accounts.

    Who was swept follows an account's settings, which keeping knows nothing of: it is no part of this. Regions
    are settings as well, and go into the key.
    """
    regions = {(one.organization_id, *one.organization.regions) for one in scope.accounts}
    return history.get_or_compute(
        scope, "digest", lambda: _words(scope, span, links), span, sorted(regions), links.carried
    )


def _words(scope: Scope, span: DigestSpan, links: _DigestLinks) -> _Said:
    changes = history.changes_between(scope, span.since, span.until)
    turns, done = coverage.turns(changes), changes.done()
    return _Said(
        worse=_Lines.of([*_opened(changes, done, links), *_turned(turns, "lost", links)]),
        better=_Lines.of([*_fixed(changes, done, links), *_turned(turns, "gained", links)]),
        invisible=_Lines.of([*_hidden(scope, changes, links), *_turned(turns, "sight", links)]),
    )


class _DigestLinks:
    """Paths into the site, in the digest's organization and span."""

    def __init__(self, scope: Scope, span: DigestSpan, carried: Mapping[str, str]) -> None:
        self.organization = scope.organization.pk if scope.organization else ""
        # Each link names the organization. Whether the page's own URL does is no part of what is kept: after a sweep
        # the digest is prepared with it, and most people open it without.
        self.carried = sorted((name, value) for name, value in carried.items() if name != "org")
        # A date means its end: after the day before, and up to the last day.
        ends = (at.date() - timedelta(days=1) for at in (span.since, span.until))
        self.period: dict[str, object] = dict(zip(("since", "until"), map(str, ends), strict=True))

    def to(self, page: str, kwargs: dict[str, object] | None = None, **query: object) -> str:
        """Return the path of a page about the span."""
        known = {"org": self.organization, **dict(self.carried), **self.period}
        return with_query(reverse(page, kwargs=kwargs), known | query)


def _chapter(name: str, heading: str, lines: _Lines, quiet: str) -> Chapter:
    return Chapter(name, heading, lines.first, lines.number - len(lines.first), quiet)


def _opened(changes: Changes, done: Done, links: _DigestLinks) -> list[DigestLine]:
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


def _fixed(changes: Changes, done: Done, links: _DigestLinks) -> list[DigestLine]:
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
    changes: Changes, rows: Sequence[tuple[str, int, int, int]], links: _DigestLinks, *, is_fixed: bool
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


def _unswept(scope: Scope, span: DigestSpan, links: _DigestLinks) -> list[DigestLine]:
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


def _departed(scope: Scope, span: DigestSpan, links: _DigestLinks) -> list[DigestLine]:
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


def _departed_line(scope: Scope, kind: str, events: Sequence[AccountEvent], links: _DigestLinks) -> DigestLine:
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


def _hidden(scope: Scope, changes: Changes, links: _DigestLinks) -> list[DigestLine]:
    """Return the listings that were lost and are still hidden at the end, by account."""
    lost: dict[int, list[Any]] = {}
    for gap in changes.gaps_opened.order_by("opened_at", "pk"):
        if gap.closed_at is None or gap.closed_at > changes.until:
            lost.setdefault(gap.account_id, []).append(gap)
    return [_hidden_line(scope, pk, gaps, links) for pk, gaps in sorted(lost.items(), key=lambda one: -len(one[1]))]


def _hidden_line(scope: Scope, account_pk: int, gaps: Sequence[Any], links: _DigestLinks) -> DigestLine:
    account, types = scope.by_pk[account_pk], sorted({gap.resource_type for gap in gaps})
    what = "everything" if ANY in types else ", ".join(types[:3]) + (", …" if len(types) > 3 else "")  # noqa: PLR2004
    first = gaps[0]
    return DigestLine(
        f"{account.name}: {what}",
        f"{first.action} failed with {first.error}",
        links.to("drift:list", {"kind": "gaps_opened"}, account_id=account.account_id),
    )


def _turned(turns: Sequence[Turn], kind: str, links: _DigestLinks) -> list[DigestLine]:
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
