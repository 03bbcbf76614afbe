"""The data that a VPC's picture is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class LineState(StrEnum):
    """Whether the internet gets to something."""

    OPEN = "open"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class LinkVerdict(StrEnum):
    """What a link does."""

    PASSES = "passes"
    STOPS = "stops"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class SubnetChip:
    """Interfaces of one kind in one subnet.

    `state` is None where no way leads to them.
    """

    key: str
    noun: str
    count: int | None
    state: LineState | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet with what is placed in it; `note` is printed where there are no chips."""

    name: str
    range: str
    chips: Sequence[SubnetChip] = ()
    url: str = ""
    note: str = "nothing placed here"


@dataclass(frozen=True, slots=True)
class SubnetRow:
    """Subnets of one exposure, by zone.

    `kind` is public, private, isolated or unknown.
    """

    name: str
    kind: str
    reason: str
    cells: Sequence[Sequence[Subnet]]


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What one link of a way does, why, and its id."""

    verdict: LinkVerdict
    reason: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """Ways in with the same ports, links and target.

    `links` end at the link that stops them.
    """

    ports: str
    target: str
    state: LineState
    links: Sequence[ChainLink]
    chips: Sequence[str]
    """The keys of the chips that it leads to."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the VPC is tied to: `row` is the kind of the row whose routes lead there."""

    name: str
    detail: str
    row: str = ""
    is_unread: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Words at the right of the beam.

    A title, which may be a link, and lines below it.
    """

    title: str
    lines: Sequence[str] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Vpc:
    """All that is drawn; `zones` names the columns, empty where no subnet is known."""

    name: str
    id: str
    range: str
    zones: Sequence[str] = ()
    rows: Sequence[SubnetRow] = ()
    lanes: Sequence[Lane] = ()
    gateway: str = ""
    """The id of the internet gateway, empty where there is none."""
    note: Note | None = None
    outside: Sequence[Outside] = ()
    gap: str = ""
    """Why no subnets are shown, where they could not be listed."""
