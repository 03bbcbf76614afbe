"""Content of a digest, read through one scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posture.history import query as history
from posture.history.scope import Scope
from posture.pages.drift import causes, coverage
from posture.pages.drift.digest.lines import (
    departed_lines,
    fixed_lines,
    hidden_lines,
    opened_lines,
    turned_lines,
    unswept_lines,
)
from posture.pages.drift.digest.links import DigestLinks
from posture.pages.drift.digest.model import LINES, Chapter, Digest, DigestLine
from posture.pages.drift.digest.periods import DigestSpan
from posture.web import figures


def digest(scope: Scope, span: DigestSpan, carried: Mapping[str, str] | None = None) -> Digest:
    """Return what happened in a span in a scope; `request` gives links their query."""
    links = DigestLinks(scope, span, carried or {})
    found = history.attribute_score(scope, span.since, span.until)
    said = _kept(scope, span, links)
    unswept = unswept_lines(scope, span, links)
    return Digest(
        span=span,
        organization=scope.organization.name if scope.organization else "All organizations",
        bridge=found,
        parts=[(name, figures.format_points(points)) for name, points, _ in causes.rounded_steps(found) if points],
        worse=_chapter("worse", "What got worse", said.worse, "Nothing that could be seen."),
        better=_chapter("better", "What got better", said.better, "No fix was seen."),
        invisible=_chapter(
            "invisible", "What became invisible", said.invisible.after([*unswept, *departed_lines(scope, span, links)]),
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


def _kept(scope: Scope, span: DigestSpan, links: DigestLinks) -> _Said:
    """Return what the changes of a span say, kept for scopes of many accounts.

    Who was swept follows an account's settings, which keeping knows nothing of: it is no part of this. Regions
    are settings as well, and go into the key.
    """
    regions = {(one.organization_id, *one.organization.regions) for one in scope.accounts}
    return history.get_or_compute(
        scope, "digest", lambda: _words(scope, span, links), span, sorted(regions), links.carried
    )


def _words(scope: Scope, span: DigestSpan, links: DigestLinks) -> _Said:
    changes = history.changes_between(scope, span.since, span.until)
    turns, done = coverage.turns(changes), changes.done()
    return _Said(
        worse=_Lines.of([*opened_lines(changes, done, links), *turned_lines(turns, "lost", links)]),
        better=_Lines.of([*fixed_lines(changes, done, links), *turned_lines(turns, "gained", links)]),
        invisible=_Lines.of([*hidden_lines(scope, changes, links), *turned_lines(turns, "sight", links)]),
    )


def _chapter(name: str, heading: str, lines: _Lines, quiet: str) -> Chapter:
    return Chapter(name, heading, lines.first, lines.number - len(lines.first), quiet)
