"""Daily changes of the synthetic organization, the same in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from devtools.bench.history_fixture import CHECKS_OF_A_KIND, POPULATIONS, Item, item

RESOURCES = 1000
"""In each account."""
CHANGED, FLIPPED, ADDED, REMOVED = 10, 6, 1, 1
"""Of an account's resources in a day: 1 % changed, so that 0.2 % of the outcomes flip, and 0.1 % come and go."""
ROLLED_OUT = 30
"""A population's members are made by a new template once in so many days."""
START = datetime(2025, 1, 1, 3, tzinfo=UTC)


def day(number: int) -> datetime:
    """Return the instant of a day's snapshot."""
    return START + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Day:
    """What happened to an account since the day before."""

    changed: Sequence[Item]
    added: Sequence[Item]
    removed: Sequence[Item]


@dataclass
class Account:
    """One account's resources, as of `day_number`."""

    number: int
    has_populations: bool = False
    items: dict[int, Item] = field(default_factory=dict)
    populations: dict[int, Item] = field(default_factory=dict)
    """Besides the items. Their members follow from the day."""
    day_number: int = 0

    def __post_init__(self) -> None:
        self.items = {number: item(self.number, number) for number in range(RESOURCES)}
        if self.has_populations:
            self.populations = {-number: item(self.number, -number) for number in range(1, POPULATIONS + 1)}
        self._random = Random(self.number)  # noqa: S311 - a story, no secret
        self._next = RESOURCES

    def advance(self) -> Day:
        """Go on to the next day."""
        self.day_number += 1
        numbers = list(self.items)
        chosen = self._random.sample(numbers, CHANGED + REMOVED)
        changed = [self.items[number] for number in chosen[:CHANGED]]
        for place, one in enumerate(changed):
            one.revision += 1
            if place < FLIPPED:
                self._flip(one, mend=place % 2 == 0)
        removed = [self.items.pop(number) for number in chosen[CHANGED:]]
        added = [item(self.number, self._next + place) for place in range(ADDED)]
        self._next += ADDED
        self.items |= {one.number: one for one in added}
        return Day([*changed, *self._rolled_out()], added, removed)

    def _rolled_out(self) -> list[Item]:
        """Return the populations that get a new template on this day."""
        found = [one for one in self.populations.values() if (self.day_number + one.number) % ROLLED_OUT == 0]
        for one in found:
            one.revision += 1
        return found

    def _flip(self, one: Item, *, mend: bool) -> None:
        """Flip one outcome, towards `mend` where possible.

        As many fail at the end as at the start.
        """
        slots = [slot for slot in range(CHECKS_OF_A_KIND) if one.bad[slot] is mend]
        slot = self._random.choice(slots or list(range(CHECKS_OF_A_KIND)))
        one.bad[slot] = not one.bad[slot]
