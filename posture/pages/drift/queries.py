"""What the drift page reads, all through the scope, and how it is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

from posture.checks import title_of
from posture.core.score import Band
from posture.drawing.drift import Plot
from posture.history import query
from posture.history.query import ChangeCounts, Changes, ChartEvent, ScoreAttribution
from posture.history.scope import Scope
from posture.pages.drift import charts, coverage, groups
from posture.pages.drift.change_lists import ListedChanges, listed_of
from posture.pages.drift.coverage import Turned
from posture.pages.drift.groups import Grouping
from posture.pages.drift.period import Period
from posture.web import timeline
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

TURNS = 40
"""Places that the page lists in which a tool turned; it says how many more there are."""
HAPPENINGS = 40
"""Happenings that the page lists; the charts mark them all."""


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """A kind of change: how it is called, in which tone, and how much of it there is."""

    key: str
    name: str
    count: int
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class DriftTile:
    """One figure of the row: a name, its kinds and a note."""

    name: str
    kinds: Sequence[ChangeKind]
    note: str


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything on the page."""

    period: Period
    counts: ChangeCounts
    title: str
    headline: str
    before: Band | None
    after: Band | None
    bridge: ScoreAttribution
    timeline: Panel | None
    plot: Plot | None
    why: Panel | None
    because: str
    tiles: Sequence[DriftTile]
    grouping: Grouping
    turns: Sequence[Turned]
    more_turns: int
    happenings: Sequence[ChartEvent]
    more_happenings: int
    rules: Sequence[tuple[str, Any]]

    @property
    def change(self) -> int | None:
        """By how many points the score moved, as every page shows it."""
        return query.compute_change(self.after, self.before)


def drift(request: HttpRequest, scope: Scope, period: Period, by: str) -> Drift:
    """Return what changed in a period, grouped as the URL asks."""
    changes = query.changes_between(scope, period.since, period.until)
    found = query.attribute_score(scope, period.since, period.until)
    known = charts.days(scope, period)
    drawn = timeline.chart_events(scope, period.chart_start, period.now)
    within = [one for one in drawn if period.since < one.at <= period.until]
    course, plot = charts.timeline(request, scope, period, known, drawn, changes, found) or (None, None)
    why, because = charts.why(request, period, found, changes) or (None, "")
    turns = coverage.alike(coverage.turns(changes))
    return Drift(
        period=period,
        counts=changes.counts,
        title=charts.headline(found.before, found.after, period),
        headline=headline(changes.counts),
        before=found.before,
        after=found.after,
        # The page is kept: accounts, with their organization's external id, are not for keeping.
        bridge=replace(found, parts=(), joined=(), left=()),
        timeline=course,
        plot=plot,
        why=why,
        because=because,
        tiles=tiles(changes.counts),
        grouping=groups.grouped(changes, by),
        turns=turns[:TURNS],
        more_turns=max(0, len(turns) - TURNS),
        happenings=within[-HAPPENINGS:][::-1],
        more_happenings=max(0, len(within) - HAPPENINGS),
        rules=[(title_of(one.check_id), one) for one in changes.rule_changes],
    )


def headline(counts: ChangeCounts) -> str:
    """Return what changed in words: "12 findings opened, 30 resolved"."""
    opened = counts.opened + counts.reopened
    parts = (
        [f"{plural(opened, 'finding')} opened, {figure(counts.resolved)} resolved"] if opened or counts.resolved else []
    )
    moved = counts.added + counts.removed + counts.changed
    if moved and not parts:
        parts.append(f"{plural(moved, 'resource')} came, went or changed")
    if counts.gaps_opened:
        parts.append(f"{plural(counts.gaps_opened, 'listing')} no longer readable")
    return ", ".join(parts) if parts else "nothing changed that we could see"


def tiles(counts: ChangeCounts) -> list[DriftTile]:
    """Return the row of figures; each leads to its list."""
    back = [f"{plural(counts.same, 'resource')} changed and came back"] if counts.same else []
    back += [f"{plural(counts.passing, 'resource')} came and went"] if counts.passing else []
    return [
        DriftTile(
            "Findings",
            [
                ChangeKind("opened", "opened", counts.opened),
                ChangeKind("reopened", "reopened", counts.reopened),
                ChangeKind("resolved", "resolved", counts.resolved),
            ],
            "as they happened, those resolved meanwhile included",
        ),
        DriftTile(
            "Resources",
            [
                ChangeKind("added", "added", counts.added),
                ChangeKind("removed", "removed", counts.removed),
                ChangeKind("changed", "changed", counts.changed),
            ],
            "; ".join(back) or "compared at both ends",
        ),
        DriftTile(
            "Visibility",
            [
                ChangeKind("gaps_opened", "lost", counts.gaps_opened, is_unseen=bool(counts.gaps_opened)),
                ChangeKind("gaps_closed", "regained", counts.gaps_closed),
                ChangeKind("sight", "in part", counts.sight),
            ],
            "listings, and resources of which fields were lost or regained",
        ),
    ]


HEADINGS = {
    "opened": "Findings opened",
    "reopened": "Findings reopened",
    "resolved": "Findings resolved",
    "added": "New resources",
    "removed": "Removed resources",
    "changed": "Changed resources",
    "sight": "Resources with fields lost or regained",
    "gaps_opened": "Gaps opened",
    "gaps_closed": "Gaps closed",
}


def listed(changes: Changes, by: str, key: str) -> list[ListedChanges]:
    """Return what changed in one group, a list per kind."""
    counts = groups.counts_of(changes, by, key)
    narrowed = ((kind, groups.narrowed(changes, kind, by, key)) for kind in groups.KINDS)
    found = (listed_of(kind, rows, changes.until, counts[kind]) for kind, rows in narrowed)
    return [one for one in found if one.rows]


def list_url(request: HttpRequest, period: Period, kind: str, by: str, key: str) -> str:
    """Return where all changes of one kind in a group are listed."""
    return url_in_scope(request, "drift:list", {"kind": kind}, **period.query, group=by, key=key)
