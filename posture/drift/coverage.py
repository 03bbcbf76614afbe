"""Where AWS's own security tools came to watch, or ceased to, between two dates.

Only places in which anything of a tool changed are compared. What went out of sight is neither lost
nor gained: it is unknown, and told among what could not be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from accounts.models import AwsAccount
from posture.core import coverage
from posture.core.coverage import Cell, State, Tool
from posture.core.gap import ANY, Gap
from posture.core.resource import GLOBAL, Resource
from posture.history import read
from posture.history.read import Changes
from posture.history.read.points import points_at
from posture.history.scope import Scope

ORDER = {State.OFF: 0, State.PARTLY: 1, State.ON: 2}
WORDS = {
    State.ON: "on",
    State.PARTLY: "partly on",
    State.OFF: "off",
    State.UNKNOWN: "not seen",
    State.NOT_OFFERED: "not offered",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A tool whose state in a place is another than it was."""

    tool: Tool
    account: AwsAccount
    region: str
    before: Cell
    after: Cell

    @property
    def kind(self) -> str:
        """Whether coverage was gained or lost, or sight of it was."""
        if self.before.state in ORDER and self.after.state in ORDER:
            return "gained" if ORDER[self.after.state] > ORDER[self.before.state] else "lost"
        return "sight"

    @property
    def words(self) -> str:
        """From what to what."""
        return f"{WORDS[self.before.state]} → {WORDS[self.after.state]}"


NAMED = 4
"""Accounts that are named where a tool turned alike in many."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A tool that turned alike in one place or many."""

    first: Turn
    accounts: Sequence[AwsAccount]
    """Those that are named."""
    more_accounts: int
    places: int

    @property
    def region(self) -> str:
        """The region, where it is one place alone of a tool that has regions."""
        return self.first.region if self.places == 1 and self.first.tool.regional else ""


def alike(turns: Iterable[Turn]) -> list[Turned]:
    """Gather turns of one tool that say the same, in the order in which they come."""
    found: dict[tuple[str, str, str], list[Turn]] = {}
    for turn in turns:
        found.setdefault((turn.tool.id, turn.words, turn.after.detail), []).append(turn)
    return [_gathered(group) for group in found.values()]


def _gathered(group: Sequence[Turn]) -> Turned:
    accounts = list({turn.account.pk: turn.account for turn in group}.values())
    return Turned(group[0], accounts[:NAMED], max(0, len(accounts) - NAMED), len(group))


Place = tuple[int, str]
Filed = TypeVar("Filed")


def turns(changes: Changes) -> list[Turn]:
    """Return the tools that turned on or off, lost ones first."""
    tools = {tool.id: tool for tool in coverage.tools()}
    types = {kind for tool in tools.values() for kind in tool.reads}
    places = _touched(changes, types)
    if not places:
        return []
    ends = [_Estate.at(changes.scope, at, types, places) for at in (changes.since, changes.until)]
    found = [
        turn
        for tool in tools.values()
        for place in sorted(places if tool.regional else {(account, GLOBAL) for account, _ in places})
        if (turn := _turn(changes.scope, tool, place, ends)) is not None
    ]
    return sorted(
        found, key=lambda turn: (("lost", "sight", "gained").index(turn.kind), turn.account.name, turn.region)
    )


def _touched(changes: Changes, types: Iterable[str]) -> set[Place]:
    """Return the accounts and regions in which anything of a tool changed."""
    places: set[Place] = set()
    for kind in ("added", "removed", "changed"):
        rows = getattr(changes, kind).filter(type__in=types)
        places |= set(rows.order_by().values_list("account_id", "region"))
    return {place for place in places if place[1] not in {GLOBAL, ANY}} | _everywhere(changes, places)


def _everywhere(changes: Changes, places: set[Place]) -> set[Place]:
    """Return all regions of the accounts in which something global changed."""
    by_pk = changes.scope.by_pk
    whole = {account for account, region in places if region in {GLOBAL, ANY}}
    return {(pk, region) for pk in whole for region in by_pk[pk].organization.regions}


@dataclass(frozen=True)
class _Estate:
    """What is known of the tools at one instant."""

    resources: Mapping[int, Sequence[Resource]]
    gaps: Mapping[int, Sequence[Gap]]
    shared: Sequence[tuple[int, Resource]]
    """Of types by which one account covers others."""
    known: frozenset[int]
    """Accounts that had been swept by then."""

    @classmethod
    def at(cls, scope: Scope, at: datetime, types: Iterable[str], places: Iterable[Place]) -> _Estate:
        then = replace(scope, as_of=at)
        accounts = {account for account, _ in places}
        records = read.resources(then).filter(type__in=types)
        wanted = records.filter(account_id__in=accounts) | records.filter(type__in=coverage.SHARED)
        gaps = read.gaps(then).filter(account_id__in=accounts)
        found = [(record.account_id, record.as_resource()) for record in wanted]
        return cls(
            _filed(found),
            _filed((gap.account_id, gap.as_gap()) for gap in gaps),
            [(owner, one) for owner, one in found if one.type in coverage.SHARED],
            frozenset(pk for pk, point in points_at(then, at).items() if point.resources),
        )

    def cell(self, tool: Tool, place: Place) -> Cell | None:
        """Return the tool's state in a place; None for an account that was not known yet."""
        account, region = place
        if account not in self.known:
            return None
        return coverage.place(
            tool,
            region,
            self.resources.get(account, ()),
            self.gaps.get(account, ()),
            [one for owner, one in self.shared if owner != account],
        )


def _filed(pairs: Iterable[tuple[int, Filed]]) -> dict[int, list[Filed]]:
    found: dict[int, list[Filed]] = {}
    for account, one in pairs:
        found.setdefault(account, []).append(one)
    return found


def _turn(scope: Scope, tool: Tool, place: Place, ends: Sequence[_Estate]) -> Turn | None:
    before, after = (end.cell(tool, place) for end in ends)
    if before is None or after is None or before.state == after.state:
        return None
    return Turn(tool, scope.by_pk[place[0]], place[1], before, after)
