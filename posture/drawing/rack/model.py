"""The data that an Outpost's picture is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class LinkState(StrEnum):
    """Whether a link works; unknown where AWS does not report it."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asset:
    """A piece of hardware.

    `unit` is its lowest rack unit, None where AWS reports no position.
    """

    key: str
    name: str
    kind: str
    unit: int | None
    height: int = 1
    slots: int | None = None
    """None where they are not reported; 0 for what runs no instances."""
    taken: int = 0
    note: str = ""
    """What is wrong with it."""


@dataclass(frozen=True, slots=True)
class CapacityFamily:
    """The slots of one instance type.

    `hosts` are the keys of the assets that have some.
    """

    name: str
    slots: int
    taken: int
    note: str = ""
    is_wrong: bool = False
    hosts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Volumes:
    """EBS volumes by their size; the shares are of the whole."""

    words: str
    unencrypted: float = 0.0
    unknown: float = 0.0
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """How many instances of one account run here."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class RackLine:
    """One link from a device of the rack."""

    device: str
    state: LinkState
    words: str


@dataclass(frozen=True, slots=True)
class Links:
    """The links to one network; `none` is said where there are none."""

    title: str
    detail: str
    target: str
    target_detail: str
    lines: Sequence[RackLine] = ()
    none: str = ""
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the local gateway."""

    to: str
    by: str
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class RackDrawing:
    """An Outpost's rack; `unread` is why AWS reports no hardware."""

    title: str
    detail: str
    assets: Sequence[Asset] = ()
    unread: str = ""
    room_unread: str = ""
    families: Sequence[CapacityFamily] = ()
    volumes: Volumes | None = None
    accounts: Sequence[Account] = ()
    links: Sequence[Links] = ()
    routes: Sequence[Route] = ()
    site: Sequence[str] = ()
