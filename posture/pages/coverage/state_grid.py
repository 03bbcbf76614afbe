"""The state of each account-region by tool as a letter, small enough to cache.

Pure: it depends on neither history nor pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from posture.core.coverage import Tool, tools
from posture.core.resource import GLOBAL

ON, PARTLY, OFF, EMPTY, UNKNOWN, NOT_OFFERED, OUTSIDE = "o", "p", "x", "e", "u", "n", "-"
LETTERS = {
    "on": ON, "partly": PARTLY, "off": OFF, "empty": EMPTY, "unknown": UNKNOWN, "not_offered": NOT_OFFERED,
}  # fmt: skip
"""A letter for each state of an account-region; `empty` is off where nothing runs."""
STATES = {letter: name for name, letter in LETTERS.items()}
WORDS = {
    "on": "on", "partly": "partly on", "off": "off where something runs", "unknown": "not seen",
    "empty": "off, nothing runs there", "not_offered": "not available there",
}  # fmt: skip
IDLE = {EMPTY, NOT_OFFERED, OUTSIDE}
"""States of account-regions in which nothing runs, or the tool does not exist."""
GEOGRAPHIES = {
    "Europe": ("eu",),
    "Americas": ("us", "ca", "sa", "mx"),
    "Asia Pacific": ("ap", "cn"),
    "Middle East, Africa": ("me", "il", "af"),
}


@dataclass(frozen=True, slots=True)
class StateGrid:
    """Letters by tool and account, one per region; one for tools without regions."""

    regions: tuple[str, ...]
    states: Mapping[str, Mapping[int, str]]
    moves: Mapping[str, Mapping[int, str]]
    """`g` if coverage was gained since the time of comparison, `l` if lost, else a space."""
    runs: Mapping[int, str]
    """By account, `1` for each region in which something runs, else `0`."""

    def regions_of(self, tool: Tool) -> tuple[str, ...]:
        """Return the regions of a tool's letters."""
        return self.regions if tool.regional else (GLOBAL,)

    def count(self, tool_id: str, accounts: Iterable[int] | None = None) -> Counter[str]:
        """Count the letters of a tool, over all accounts or some."""
        states = self.states[tool_id]
        chosen = states.values() if accounts is None else (states[pk] for pk in accounts if pk in states)
        return Counter("".join(chosen))

    def off_anywhere(self) -> int:
        """Return how many account-regions run something while a regional tool is off."""
        regional = [self.states[tool.id] for tool in tools() if tool.regional]
        return sum(OFF in column for pk in self.runs for column in zip(*(each[pk] for each in regional), strict=True))

    def running(self, tool: Tool) -> int:
        """Return how many account-regions run something; accounts, for a global tool."""
        if not tool.regional:
            return sum("1" in runs for runs in self.runs.values())
        return sum(runs.count("1") for runs in self.runs.values())


@dataclass(frozen=True, slots=True)
class Alike:
    """Accounts in which a tool has the same state in every region."""

    letters: str
    accounts: Sequence[int]

    @property
    def off(self) -> int:
        """Return the account-regions in which it is off and something runs."""
        return self.letters.count(OFF) * len(self.accounts)


def group_alike(states: Mapping[int, str], accounts: Iterable[int]) -> list[Alike]:
    """Group accounts by state, most off first, so that gaps become blocks."""
    found: dict[str, list[int]] = {}
    for pk in accounts:
        if pk in states:
            found.setdefault(states[pk], []).append(pk)
    groups = [Alike(letters, pks) for letters, pks in found.items()]
    return sorted(groups, key=_order)


def _order(group: Alike) -> tuple[object, ...]:
    where_off = tuple(letter != OFF for letter in group.letters)
    numbers = tuple(-group.letters.count(letter) for letter in (OFF, UNKNOWN, PARTLY, ON))
    return (*numbers, where_off, group.letters)


def by_geography(regions: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Return positions of regions by part of the world, others last."""
    positions: dict[str, list[int]] = {}
    known = {start: name for name, starts in GEOGRAPHIES.items() for start in starts}
    for position, region in enumerate(regions):
        positions.setdefault(known.get(region.split("-")[0], "Other"), []).append(position)
    return [(name, positions[name]) for name in (*GEOGRAPHIES, "Other") if name in positions]


def where(letters: str, regions: Sequence[str], matches: Callable[[str], bool]) -> str:
    """Return the regions of some letters in words: "in Asia Pacific"."""
    matching = {position for position, letter in enumerate(letters) if matches(letter)}
    if not matching:
        return ""
    runs = {position for position, letter in enumerate(letters) if letter not in IDLE}
    if matching == runs:
        return "wherever something runs" if len(runs) < len(letters) else "in every region"
    whole = [(name, set(positions) & runs) for name, positions in by_geography(regions) if set(positions) & runs]
    inside = [name for name, positions in whole if positions <= matching]
    if len(regions) > len(whole) and matching == set().union(
        *(positions for name, positions in whole if name in inside)
    ):
        outside = [name for name, _ in whole if name not in inside]
        return f"outside {outside[0]}" if len(outside) == 1 and len(inside) > 1 else f"in {_listed(inside)}"
    names = [regions[position] for position in sorted(matching)]
    return f"in {_listed(names)}" if len(names) <= 2 else f"in {len(names)} regions"  # noqa: PLR2004 - both are named


def sentence(letters: str, regions: Sequence[str]) -> str:
    """Return a tool's states over an account's regions in words, worst first."""
    parts = [
        f"{words} {found}" if letters.strip(letter) else words
        for letter, words in ((OFF, "off"), (UNKNOWN, "not seen"), (PARTLY, "partly on"))
        if (found := where(letters, regions, letter.__eq__))
    ]
    if parts:
        return ", ".join(parts)
    return "on wherever something runs" if ON in letters else "nothing runs there"


def cells(grid: StateGrid, tool: Tool, accounts: Iterable[int]) -> Iterator[tuple[int, str, str, str]]:
    """Yield account, region, letter and change of a tool."""
    regions = grid.regions_of(tool)
    for pk in accounts:
        letters = grid.states[tool.id].get(pk)
        if letters is None:
            continue
        for region, letter, move in zip(regions, letters, grid.moves[tool.id][pk], strict=True):
            if letter != OUTSIDE:
                yield pk, region, letter, move


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
