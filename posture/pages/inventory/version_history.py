"""A resource through time: its versions, the difference between two of them, and all that happened to it."""

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
"""A step of a path with what divides it from the next."""
MOST_CHANGES = 100
"""Changes that a page shows at once."""
MOST_LINES = 200
"""Lines of one side of a change; the configuration as of its date holds the rest."""
SHORT = 90
"""Characters of a value that stand in a line."""


@dataclass(frozen=True, slots=True)
class Side:
    """A value before or after a change: absent, unknown, short enough for a line, or lines."""

    is_set: bool
    unknown: str = ""
    text: str = ""
    lines: tuple[configuration.Line, ...] = ()
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
    def parts(self) -> list[str]:
        """The path in the parts between which a line may break."""
        return PART.findall(self.path)


@dataclass(frozen=True, slots=True)
class Comparison:
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
        return max(1, self.first - MOST_CHANGES) if self.first > 1 else 0

    @property
    def next(self) -> int:
        """The change with which the next part begins; 0 for none."""
        return self.last + 1 if self.last < self.total else 0


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a resource's time line; a version's id, or a finding's, leads further."""

    at: datetime
    text: str
    version: ResourceRecord | None = None
    before: ResourceRecord | None = None
    finding: FindingRecord | None = None


def compared(versions: Sequence[ResourceRecord], one: str, other: str, first: int = 1) -> Comparison | None:
    """Return the difference between the versions whose ids are given, in whatever order.

    Without ids, or with such as are not this resource's, between the last two. None where there is one alone.
    `first` is the number of the change with which the part that is shown begins.
    """
    by_id = {str(each.id): each for each in versions}
    chosen = [by_id[each] for each in (one, other) if each in by_id]
    pair = chosen if len(chosen) > 1 and chosen[0] is not chosen[1] else list(versions[:2])
    if len(pair) < 2:  # noqa: PLR2004 - a difference has two sides
        return None
    before, after = sorted(pair, key=lambda each: each.valid_from)
    found = query.diff_versions(before, after)
    first = max(1, min(first, len(found)))
    part = found[first - 1 : first - 1 + MOST_CHANGES]
    return Comparison(before, after, [_shown(each) for each in part], first, len(found))


def _shown(change: ConfigChange) -> ShownChange:
    return ShownChange(change.path, change.kind, _side(change.before), _side(change.after))


def _side(value: Any) -> Side:
    if value is None:
        return Side(is_set=False)
    if isinstance(value, Unknown):
        return Side(is_set=True, unknown=str(value))
    lines = configuration.first_lines(value if isinstance(value, dict) else {"": value}, MOST_LINES + 1)
    if len(lines) == 1 and not lines[0].key and len(lines[0].text) <= SHORT:
        return Side(is_set=True, text=lines[0].text)
    return Side(is_set=True, lines=tuple(lines[:MOST_LINES]), is_cut=len(lines) > MOST_LINES)


def happenings(versions: Sequence[ResourceRecord], findings: Sequence[FindingRecord]) -> list[Happening]:
    """Return what happened to a resource and its findings, newest first."""
    found = [*_of_versions(versions), *_of_findings(findings)]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _of_versions(versions: Sequence[ResourceRecord]) -> Iterator[Happening]:
    for version, before, step in query.label_versions(versions):
        if version.gone_at:
            yield Happening(version.gone_at, _gone(version))
        yield Happening(version.valid_from, _STEPS[step], version, before)
    if versions and versions[0].unseen_since:
        yield Happening(versions[0].unseen_since, "Could not be seen any more; it stays as it was.")


def _gone(version: ResourceRecord) -> str:
    return _WHY_GONE.get(version.close_reason, "Gone: a full listing did not show it any more.")


_STEPS = {
    VersionStep.FIRST: "Seen for the first time.",
    VersionStep.CHANGED: "Configuration changed.",
    VersionStep.SIGHT: "AWS showed less or more of it than before; nothing that is known of it changed.",
    VersionStep.BACK: "There again.",
    VersionStep.KEPT: "It was as it is since; what was before is not kept any more.",
}
_WHY_GONE = {
    "account_left": "The account left the organization.",
    "folded": "Kept as a member of its group since.",
}


def _of_findings(findings: Sequence[FindingRecord]) -> Iterator[Happening]:
    for one in findings:
        opened = "Reopened: " if one.reopened else "Opened: "
        yield Happening(one.opened_at, one.title if one.status == "unknown" else f"{opened}{one.title}", finding=one)
        if one.closed_at:
            yield Happening(one.closed_at, f"Resolved: {one.title}", finding=one)
