"""Doors and certificates as the page shows them: plain values that can be cached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from posture.pages.entry.details import DoorDetails
from posture.pages.entry.guards import NO_GUARD, DoorState, Guard, GuardFinding, GuardResult, GuardState
from posture.pages.entry.kinds import DoorKind

STATE_ORDER = tuple(DoorState)
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Door:
    """Something that the internet can call, with its guards."""

    resource_id: int
    account_pk: int
    resource_type: str
    region: str
    name: str
    kind: DoorKind
    details: DoorDetails
    state: DoorState
    guards: Mapping[Guard, GuardResult]
    first_seen: datetime
    level: str = ""
    """The classification of it or of a bucket behind it; empty without one."""
    is_sensitive: bool = False
    is_unseen: bool = False
    """It is shown as last seen."""
    members: int | None = None
    """How many instances it stands for, if it is a group."""
    ends_soon: bool = False
    """A certificate of it ends soon."""

    def guard(self, guard: Guard) -> GuardResult:
        """Return one guard; an unseen door's are not seen."""
        return self.guards.get(guard, NO_GUARD)

    def guard_state(self, guard: Guard) -> GuardState:
        """Return how a guard counts; those of an unseen door are not seen."""
        state = self.guard(guard).state
        return GuardState.UNSEEN if self.is_unseen and state is not GuardState.NONE else state

    @property
    def deciding(self) -> Sequence[GuardFinding]:
        """The findings that make it open or weak."""
        failing = [one for guard in self.guards.values() for one in guard.findings if one.fails]
        return [one for one in failing if one.opens] if self.state is DoorState.OPEN else failing

    @property
    def since(self) -> tuple[datetime, bool]:
        """Since when it is as it is, and whether that may be longer ago."""
        deciding = self.deciding
        if not deciding:
            return self.first_seen, False
        first = min(deciding, key=lambda one: one.opened_at)
        return first.opened_at, first.is_first_snapshot

    @property
    def order(self) -> tuple[int, bool, str, int]:
        """The sort key: most open first, those that lead to sensitive data before others."""
        return STATE_ORDER.index(self.state), not self.is_sensitive, self.name, self.resource_id


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its end; `until` is None where that could not be read."""

    resource_id: int
    account_pk: int
    name: str
    arn: str
    until: datetime | None
    renews_itself: bool
    is_due: bool
    """The check of its end fails: it has expired or soon will."""
    is_unseen: bool
    is_used: bool


@dataclass(frozen=True)
class Doors:
    """All doors of a scope, its certificates, and what could not be listed."""

    doors: Sequence[Door] = ()
    certificates: Sequence[Certificate] = ()
    unlisted: Mapping[tuple[int, DoorKind], int] = field(default_factory=dict)
    """By account and kind, how many listings or resources could not be read."""
    closed_regions: int = 0
    unlisted_certificates: int = 0
    """Listings of certificates that were refused."""

    @cached_property
    def by_state(self) -> Counter[DoorState]:
        """The number of doors in each state."""
        return Counter(one.state for one in self.doors)

    @cached_property
    def by_guard(self) -> Mapping[Guard, Counter[GuardState]]:
        """The number of doors by the state of each guard; each adds up to all doors."""
        return {guard: Counter(one.guard_state(guard) for one in self.doors) for guard in Guard}

    @property
    def is_partial(self) -> bool:
        """Return True if there may be doors that were not read."""
        return bool(self.unlisted or self.closed_regions or self.by_state[DoorState.UNSEEN])

    @property
    def unlisted_accounts(self) -> int:
        """In how many accounts something could not be listed."""
        return len({account for account, _ in self.unlisted})

    @cached_property
    def due_certificates(self) -> Sequence[Certificate]:
        """Certificates that end soon, next first."""
        due = [one for one in self.certificates if one.is_due and one.until]
        return sorted(due, key=lambda one: (str(one.until), one.name))
