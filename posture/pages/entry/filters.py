"""Filters of doors, as the URL has them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest

from posture.pages.entry.doors import Door
from posture.pages.entry.guards import (
    DOOR_STATE_NAMES,
    GUARD_NAMES,
    GUARD_STATE_NAMES,
    DoorState,
    Guard,
    GuardState,
)
from posture.pages.entry.kinds import KINDS, DoorKind
from posture.web import parameters


class Tab(StrEnum):
    """What the tabs show."""

    CLASSIFIED = "classified"
    NEW = "new"
    CERTIFICATE = "certificate"


TAB_NAMES = {
    Tab.CLASSIFIED: "leads to classified data",
    Tab.NEW: "new",
    Tab.CERTIFICATE: "certificate ends soon",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters of doors; empty for all."""

    state: str = ""
    kind: str = ""
    guard: str = ""
    how: str = ""
    """The state of the guard."""
    tab: str = ""
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Return True if every door is shown."""
        return not any(getattr(self, one.name) for one in fields(self))

    @property
    def words(self) -> str:
        """The filters in words; empty for all."""
        parts = [
            DOOR_STATE_NAMES[DoorState(self.state)] if self.state else "",
            KINDS[DoorKind(self.kind)].name if self.kind else "",
            f"{GUARD_NAMES[Guard(self.guard)]}: {GUARD_STATE_NAMES[GuardState(self.how)]}" if self.how else "",
            TAB_NAMES[Tab(self.tab)] if self.tab else "",
            f"“{self.text}”" if self.text else "",
        ]
        return ", ".join(part for part in parts if part)

    def has(self, door: Door, since: datetime) -> bool:
        """Return True if a door matches; `since` is the date that is compared with."""
        return (
            (not self.state or door.state == self.state)
            and (not self.kind or door.kind == self.kind)
            and (not self.how or door.guard_state(Guard(self.guard)) == self.how)
            and (not self.tab or has_tab(door, Tab(self.tab), since))
            and (not self.text or self.text.casefold() in _words(door))
        )


def has_tab(door: Door, tab: Tab, since: datetime) -> bool:
    """Return True if a tab shows a door."""
    if tab is Tab.CLASSIFIED:
        return door.is_sensitive
    if tab is Tab.NEW:
        return door.first_seen > since
    return door.ends_soon


def chosen_of(request: HttpRequest) -> Chosen:
    """Return the filters of a request."""
    guard = parameters.choice(request, "guard", list(Guard))
    return Chosen(
        parameters.choice(request, "state", list(DoorState)),
        parameters.choice(request, "kind", list(DoorKind)),
        guard,
        parameters.choice(request, "is", list(GuardState)) if guard else "",
        parameters.choice(request, "show", list(Tab)),
        parameters.text(request, "q"),
    )


def _words(door: Door) -> str:
    details = door.details
    words = (door.name, details.noun, details.ports, details.address, *details.behind, door.region)
    return " ".join(words).casefold()
