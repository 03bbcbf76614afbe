"""Where coverage by AWS's security tools was gained or lost between two dates.

Only locations in which anything of a tool changed are compared. What is no longer
visible is neither lost nor gained: it is unknown, and listed as such.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from accounts.models import AwsAccount
from posture.core import coverage
from posture.core.coverage import Cell, State, Tool
from posture.core.gap import ANY, Gap
from posture.core.resource import GLOBAL, Resource
from posture.core.values import revive
from posture.history import query
from posture.history.query import Changes, load_points
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
    """A tool whose state in an account and region changed."""

    tool: Tool
    account: AwsAccount
    region: str
    before: Cell
    after: Cell

    @property
    def kind(self) -> str:
        """Return gained, lost, or the kind of a change of visibility."""
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
    """A tool that changed in the same way in one location or many."""

    first: Turn
    accounts: Sequence[AwsAccount]
    """Those that are named."""
    more_accounts: int
    locations: int

    @property
    def region(self) -> str:
        """The region, where it is one location of a regional tool."""
        return self.first.region if self.locations == 1 and self.first.tool.regional else ""


def alike(turns: Iterable[Turn]) -> list[Turned]:
    """Gather turns of one tool that say the same, in the order in which they come."""
    found: dict[tuple[str, str, str], list[Turn]] = {}
    for turn in turns:
        found.setdefault((turn.tool.id, turn.words, turn.after.detail), []).append(turn)
    return [_gathered(group) for group in found.values()]


def _gathered(group: Sequence[Turn]) -> Turned:
    accounts = list({turn.account.pk: turn.account for turn in group}.values())
    return Turned(group[0], accounts[:NAMED], max(0, len(accounts) - NAMED), len(group))


Location = tuple[int, str]
"""Primary key of an account, and a region."""
Kept = tuple[int, str]
"""Primary key of an account, and a type."""
Key = TypeVar("Key", bound=Hashable)
Filed = TypeVar("Filed")


def turns(changes: Changes) -> list[Turn]:
    """Return the tools that turned on or off, lost ones first."""
    touched = _touched(changes, {kind for tool in coverage.tools() for kind in tool.reads})
    locations = set[Location]().union(*touched.values())
    if not locations:
        return []
    ends = [replace(changes.scope, as_of=at) for at in (changes.since, changes.until)]
    gaps = [_gaps(scope, locations) for scope in ends]
    visibility_changed = {location for location in locations if gaps[0].get(location[0]) != gaps[1].get(location[0])}
    compared = {tool: _compared(tool, touched, locations) | visibility_changed for tool in coverage.tools()}
    estates = [_Estate.at(scope, mine, compared) for scope, mine in zip(ends, gaps, strict=True)]
    found = [
        turn
        for tool, mine in compared.items()
        for location in sorted(mine if tool.regional else {(account, GLOBAL) for account, _ in mine})
        if (turn := _turn(changes.scope, tool, location, estates)) is not None
    ]
    return sorted(
        found, key=lambda turn: (("lost", "sight", "gained").index(turn.kind), turn.account.name, turn.region)
    )


def _compared(
    tool: Tool, touched: Mapping[str, AbstractSet[Location]], locations: AbstractSet[Location]
) -> AbstractSet[Location]:
    """Return where a tool's state may differ: where something that it reads changed.

    That is anywhere, should one account's resource that covers others have changed.
    """
    if any(kind in coverage.SHARED and kind in touched for kind in tool.reads):
        return locations
    return set[Location]().union(*(touched.get(kind, ()) for kind in tool.reads))


def _touched(changes: Changes, types: Iterable[str]) -> dict[str, set[Location]]:
    """Return where anything of a tool changed, by the type of what changed."""
    locations: dict[str, set[Location]] = {}
    each = [
        getattr(changes, kind).filter(type__in=types).order_by().values_list("type", "account_id", "region")
        for kind in ("added", "removed", "changed")
    ]
    for name, account, region in each[0].union(*each[1:]):
        locations.setdefault(name, set()).add((account, region))
    return {name: _regions(changes, mine) for name, mine in locations.items()}


def _regions(changes: Changes, locations: Iterable[Location]) -> set[Location]:
    """Return locations by region: all of an account after a global change."""
    by_pk, found = changes.scope.by_pk, set[Location]()
    for account, region in locations:
        everywhere = by_pk[account].organization.regions if region in {GLOBAL, ANY} else (region,)
        found |= {(account, each) for each in everywhere}
    return found


def _gaps(scope: Scope, locations: Iterable[Location]) -> dict[int, list[Gap]]:
    """Return what could not be read in the accounts of some locations, ordered."""
    gaps = query.gaps(scope).filter(account_id__in={account for account, _ in locations})
    return _filed(
        (gap.account_id, gap.as_gap()) for gap in gaps.order_by("account_id", "region", "resource_type", "pk")
    )


@dataclass(frozen=True)
class _Estate:
    """What is known of the tools at one instant."""

    resources: Mapping[Kept, Sequence[Resource]]
    gaps: Mapping[int, Sequence[Gap]]
    shared: Sequence[tuple[int, Resource]]
    """What accounts run for their whole Organization."""
    known: frozenset[int]
    """Accounts that had been swept by then."""

    @classmethod
    def at(
        cls, then: Scope, gaps: Mapping[int, Sequence[Gap]], compared: Mapping[Tool, AbstractSet[Location]]
    ) -> _Estate:
        accounts = {account for mine in compared.values() for account, _ in mine}
        types = {kind for tool, mine in compared.items() if mine for kind in tool.reads}
        records = query.resources(then).filter(type__in=types)
        theirs = records.filter(account_id__in=accounts)
        if not types.isdisjoint(coverage.SHARED):
            theirs |= records.filter(type__in=coverage.SHARED)
        found = [(row[0], _resource(then, row)) for row in theirs.order_by().values_list(*COLUMNS)]
        return cls(
            _filed(((account, one.type), one) for account, one in found),
            gaps,
            [(owner, one) for owner, one in found if coverage.covers_all(one)],
            frozenset(pk for pk, point in load_points(then, then.now).items() if point.resources),
        )

    def cell(self, tool: Tool, location: Location) -> Cell | None:
        """Return the tool's state in a location; None for a later account."""
        account, region = location
        if account not in self.known:
            return None
        kinds = sorted(tool.reads)
        return coverage.assess(
            tool,
            region,
            [one for kind in kinds for one in self.resources.get((account, kind), ())],
            self.gaps.get(account, ()),
            [one for owner, one in self.shared if owner != account and one.type in tool.reads],
        )


COLUMNS = ("account_id", "type", "region", "arn", "name", "packed_config", "packed_observed", "tags")


def _resource(scope: Scope, row: tuple[Any, ...]) -> Resource:
    """Return a resource without its record: there are tens of thousands."""
    account, kind, region, arn, name, config, observed, tags = row
    return Resource(
        type=kind,
        arn=arn,
        account_id=scope.by_pk[account].account_id,
        region=region,
        name=name,
        raw_config=query.unpack_config(config),
        raw_observed=query.unpack_config(observed) if observed else {},
        raw_tags=revive(tags),
    )


def _filed(pairs: Iterable[tuple[Key, Filed]]) -> dict[Key, list[Filed]]:
    found: dict[Key, list[Filed]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return found


def _turn(scope: Scope, tool: Tool, location: Location, ends: Sequence[_Estate]) -> Turn | None:
    before, after = (end.cell(tool, location) for end in ends)
    if before is None or after is None or before.state == after.state:
        return None
    return Turn(tool, scope.by_pk[location[0]], location[1], before, after)
