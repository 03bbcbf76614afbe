"""Differences of two configurations, path by path; policies in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from posture.core.values import Unknown, plain
from posture.history import query
from posture.history.query import ConfigChange, FindingRecord, ResourceRecord
from posture.history.scope import Scope
from posture.pages.drift.period import Period

MOST_SHOWN = 100
"""Differences that a page shows at once."""
MOST_LINES, MOST_SENTENCES = 200, 50
"""Lines of JSON, and statements in words, of one side of a difference."""
WORDS = {"added": "Added", "removed": "Removed", "changed": "Changed", "sight": "Visibility"}


@dataclass(frozen=True, slots=True)
class PeriodSide:
    """A path at one end of the period; `lines` are JSON, or why it could not be read."""

    sign: str
    lines: Sequence[str]
    sentences: Sequence[str]
    is_there: bool
    is_unknown: bool
    more: int = 0
    """Lines and sentences that are left out."""


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """One path with both its sides: what was there, and what is there now."""

    path: str
    kind: str
    sides: tuple[PeriodSide, PeriodSide]
    more: int = 0
    """Lines and sentences that are left out, as there are too many for a page."""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Lines of JSON, each removed or added."""
        return [(side.sign, line) for side in self.sides for line in side.lines]

    @property
    def words(self) -> str:
        """What happened to it."""
        return WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class PeriodComparison:
    """A resource at both ends of a period; a side is None where it was not there."""

    before: ResourceRecord | None
    after: ResourceRecord | None
    shown: Sequence[ShownDifference]
    first: int = 1
    """The number of the first difference that is shown."""
    total: int = 0

    @property
    def last(self) -> int:
        """The number of the last difference that is shown."""
        return self.first + len(self.shown) - 1

    @property
    def previous(self) -> int:
        """The difference with which the part before begins; 0 for none."""
        return max(1, self.first - MOST_SHOWN) if self.first > 1 else 0

    @property
    def next(self) -> int:
        """The difference with which the next part begins; 0 for none."""
        return self.last + 1 if self.last < self.total else 0

    @property
    def resource(self) -> ResourceRecord | None:
        """The resource as it is last known."""
        return self.after or self.before


def compare(scope: Scope, period: Period, resource_id: int, first: int = 1) -> PeriodComparison:
    """Return what changed in a resource in a period; nothing if out of scope.

    Of many differences those from number `first` on are shown.
    """
    before, after = (
        query.narrow_to_resource(query.resources(replace(scope, as_of=at)), resource_id).first()
        for at in (period.since, period.until)
    )
    changed = query.diff_versions(before, after) if before and after else []
    first = max(1, min(first, len(changed)))
    part = changed[first - 1 : first - 1 + MOST_SHOWN]
    return PeriodComparison(before, after, [shown(one) for one in part], first, len(changed))


def episodes(scope: Scope, period: Period, resource_id: int) -> list[FindingRecord]:
    """Return findings that opened or closed on a resource, most severe first."""
    known = query.list_episodes_of_resource(replace(scope, as_of=period.until), resource_id)
    moved = [
        one
        for one in known
        if one.status == "fail"
        and (period.since < one.opened_at <= period.until or (one.closed_at and period.since < one.closed_at))
    ]
    return sorted(moved, key=lambda one: (-one.severity, one.check_id, one.opened_at))


def of_records(records: Sequence[ResourceRecord]) -> dict[int, list[ConfigChange]]:
    """Return what changed in resources since the start of a period, by version.

    The records are those of `read.changes`, each with the version that it had at the start.
    """
    befores = query.load_previous_versions(records)
    return {
        record.id: query.diff_versions(befores[record.before_id], record)
        for record in records
        if record.before_id in befores
    }


def shown(change: ConfigChange) -> ShownDifference:
    """Return a difference so that it can be read."""
    sides = _side("removed", change.before), _side("added", change.after)
    return ShownDifference(change.path, change.kind, sides, sum(side.more for side in sides))


def _side(sign: str, value: Any) -> PeriodSide:
    if value is None:
        return PeriodSide(sign, (), (), is_there=False, is_unknown=False)
    said, lines = list(_statements(value)), written(value)
    more = len(said[MOST_SENTENCES:]) + len(lines[MOST_LINES:])
    is_unknown = isinstance(value, Unknown)
    return PeriodSide(sign, lines[:MOST_LINES], said[:MOST_SENTENCES], is_there=True, is_unknown=is_unknown, more=more)


def written(value: Any) -> list[str]:
    """Return a value as lines of JSON; what could not be read as such."""
    if isinstance(value, Unknown):
        return [f"could not be read: {value}"]
    return json.dumps(plain(value), indent=2, ensure_ascii=False, default=str).splitlines()


def _statements(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get("Effect") in ("Allow", "Deny"):
            yield sentence(value)
        elif isinstance(value.get("Statement"), list | tuple | Mapping):
            yield from _statements(value["Statement"])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _statements(one)


def sentence(statement: Mapping[str, Any]) -> str:
    """Return a policy statement in words."""
    verb = "Lets" if statement["Effect"] == "Allow" else "Forbids"
    who = _who(statement.get("Principal"), statement.get("NotPrincipal"))
    what = _what(statement.get("Action"), statement.get("NotAction"), "do anything", "do")
    where = _what(statement.get("Resource"), statement.get("NotResource"), "", "on")
    condition = " under a condition" if statement.get("Condition") else ""
    joined = " ".join(part for part in (verb, who, what if verb == "Lets" else f"to {what}", where) if part)
    return f"{joined}{condition}."


def _who(principal: Any, excepted: Any) -> str:
    if excepted is not None:
        return f"everyone but {_listed(excepted)}"
    if principal is None:
        return "whoever holds it"
    names = _names(principal)
    return "everyone" if "*" in names else ", ".join(names)


def _what(value: Any, excepted: Any, everything: str, word: str) -> str:
    if excepted is not None:
        return f"{word} all but {_listed(excepted)}"
    if value is None:
        return ""
    names = _names(value)
    return everything if names == ["*"] else f"{word} {', '.join(names)}"


def _listed(value: Any) -> str:
    return ", ".join(_names(value))


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [name for one in value.values() for name in _names(one)]
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return [str(value)]
