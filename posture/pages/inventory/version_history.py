"""A resource through time: versions, their difference, and its timeline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.core.values import Unknown
from posture.history import query
from posture.history.query import ConfigChange, FindingRecord, ResourceRecord, VersionStep
from posture.pages.inventory import configuration

PART = re.compile(r"[^.\[]*[.\[]?")
"""A step of a path with the separator after it."""
CHANGES_SHOWN = 100
"""Changes that a page shows at once."""
SIDE_LINES = 200
"""Lines of one side of a change; the configuration page has the rest."""
INLINE_CHARACTERS = 90
"""Characters up to which a value is shown in its line."""


@dataclass(frozen=True, slots=True)
class Side:
    """A value before or after a change: absent, unknown, in a line, or in lines."""

    is_set: bool
    unknown: str = ""
    text: str = ""
    lines: tuple[configuration.ConfigurationLine, ...] = ()
    is_cut: bool = False
    """There are more lines than are shown."""


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One difference, path by path, with both sides to read."""

    path: str
    kind: str
    before: Side
    after: Side

    @property
    def sign(self) -> str:
        """The sign of its kind; empty if only its visibility changed, which has an icon."""
        return _SIGNS.get(self.kind, "")

    @property
    def words(self) -> str:
        """Its kind in words."""
        return self.kind if self.sign else "only visibility changed"

    @property
    def before_look(self) -> str:
        """The class of the value before."""
        return "pl-was" if self.sign else "pl-same"

    @property
    def after_look(self) -> str:
        """The class of the value after."""
        return "pl-is" if self.sign else "pl-same"

    @property
    def parts(self) -> list[str]:
        """The path in the parts between which a line may break."""
        return PART.findall(self.path)


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """Two versions and what differs; `before` is the older."""

    before: ResourceRecord
    after: ResourceRecord
    changes: list[ShownChange]
    first: int = 1
    """The number of the first change that is shown."""
    total: int = 0

    @property
    def last(self) -> int:
        """The number of the last change that is shown."""
        return self.first + len(self.changes) - 1

    @property
    def previous(self) -> int:
        """The change with which the part before begins; 0 for none."""
        return max(1, self.first - CHANGES_SHOWN) if self.first > 1 else 0

    @property
    def next(self) -> int:
        """The change with which the next part begins; 0 for none."""
        return self.last + 1 if self.last < self.total else 0


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of a resource's timeline, with its version or finding."""

    at: datetime
    text: str
    version: ResourceRecord | None = None
    before: ResourceRecord | None = None
    finding: FindingRecord | None = None


def compare(versions: Sequence[ResourceRecord], one: str, other: str, first: int = 1) -> VersionComparison | None:
    """Return the difference between two versions, by their ids in any order.

    With missing or foreign ids, it is between the last two; None if there is only one.
    `first` is the number of the first change to show.
    """
    by_id = {str(each.id): each for each in versions}
    chosen = [by_id[each] for each in (one, other) if each in by_id]
    pair = chosen if len(chosen) > 1 and chosen[0] is not chosen[1] else list(versions[:2])
    if len(pair) < 2:  # noqa: PLR2004 - a difference has two sides
        return None
    before, after = sorted(pair, key=lambda each: each.valid_from)
    found = query.diff_versions(before, after)
    first = max(1, min(first, len(found)))
    part = found[first - 1 : first - 1 + CHANGES_SHOWN]
    return VersionComparison(before, after, [_shown(each) for each in part], first, len(found))


def _shown(change: ConfigChange) -> ShownChange:
    return ShownChange(change.path, change.kind, _side(change.before), _side(change.after))


def _side(value: Any) -> Side:
    if value is None:
        return Side(is_set=False)
    if isinstance(value, Unknown):
        return Side(is_set=True, unknown=str(value))
    lines = configuration.first_lines(value if isinstance(value, dict) else {"": value}, SIDE_LINES + 1)
    if len(lines) == 1 and not lines[0].key and len(lines[0].text) <= INLINE_CHARACTERS:
        return Side(is_set=True, text=lines[0].text)
    return Side(is_set=True, lines=tuple(lines[:SIDE_LINES]), is_cut=len(lines) > SIDE_LINES)


def timeline(versions: Sequence[ResourceRecord], findings: Sequence[FindingRecord]) -> list[TimelineEntry]:
    """Return what happened to a resource and its findings, newest first."""
    found = [*_of_versions(versions), *_of_findings(findings)]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _of_versions(versions: Sequence[ResourceRecord]) -> Iterator[TimelineEntry]:
    for version, before, step in query.label_versions(versions):
        if version.gone_at:
            yield TimelineEntry(version.gone_at, _gone(version))
        yield TimelineEntry(version.valid_from, _STEPS[step], version, before)
    if versions and versions[0].unseen_since:
        yield TimelineEntry(versions[0].unseen_since, "No longer visible; shown as last seen.")


def _gone(version: ResourceRecord) -> str:
    return _WHY_GONE.get(version.close_reason, "Removed: a full listing no longer includes it.")


_STEPS = {
    VersionStep.FIRST: "Seen for the first time.",
    VersionStep.CHANGED: "Configuration changed.",
    VersionStep.VISIBILITY: "Visibility changed: AWS returned other fields; no known value changed.",
    VersionStep.BACK: "Back again.",
    VersionStep.KEPT: "The oldest version kept; earlier ones are deleted.",
}
_SIGNS = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "≠"}
_WHY_GONE = {
    "account_left": "The account left the organization.",
    "folded": "Stored as a member of its group since.",
}


def _of_findings(findings: Sequence[FindingRecord]) -> Iterator[TimelineEntry]:
    for one in findings:
        opened = "Reopened: " if one.reopened else "Opened: "
        yield TimelineEntry(
            one.opened_at, one.title if one.status == "unknown" else f"{opened}{one.title}", finding=one
        )
        if one.closed_at:
            yield TimelineEntry(one.closed_at, f"Resolved: {one.title}", finding=one)
