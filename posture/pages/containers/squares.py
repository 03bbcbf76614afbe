"""Images as squares by state and way of running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.pages.containers.usage import STATE_NAMES, STATE_ORDER, Image, ImageState
from posture.pages.containers.ways import WAYS, WayOfRunning
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

SQUARES_MAX = 24
SQUARES_SHOWN = 20
"""Squares of a cell that has more than the maximum."""
SQUARES_OF_ALL_MAX = 400
"""With more images cells are counts."""
RARE = (ImageState.GONE, ImageState.UNSEEN)
"""States whose row is left out where no image is in it; elsewhere a zero is an answer."""


@dataclass(frozen=True, slots=True)
class Square:
    """An image that runs."""

    name: str
    url: str
    is_reached: bool

    @property
    def words(self) -> str:
        """Its name, and whether the internet reaches it."""
        return f"{self.name}, internet-facing" if self.is_reached else self.name


@dataclass(frozen=True, slots=True)
class SquareCell:
    """The images of one state that run in one way."""

    way: str
    count: int
    squares: Sequence[Square]
    url: str

    @property
    def rest(self) -> int:
        """How many have no square."""
        return self.count - len(self.squares)


@dataclass(frozen=True, slots=True)
class SquareRow:
    """The images of one state."""

    state: str
    name: str
    count: int
    url: str
    cells: Sequence[SquareCell]


def square_rows(request: HttpRequest, images: Sequence[Image], ways: Sequence[WayOfRunning]) -> list[SquareRow]:
    """Return the images by state and way, each in its most exposed way."""
    limit = SQUARES_MAX if len(images) <= SQUARES_OF_ALL_MAX else 0
    rows = []
    for state in STATE_ORDER:
        mine = [one for one in images if one.state is state]
        if mine or state not in RARE:
            cells = [_cell(request, state, way, [one for one in mine if one.way is way], limit) for way in ways]
            url = url_in_scope(request, "containers:images", None, state=state.value)
            rows.append(SquareRow(state.value, STATE_NAMES[state], len(mine), url, cells))
    return rows


def _cell(request: HttpRequest, state: ImageState, way: WayOfRunning, mine: Sequence[Image], limit: int) -> SquareCell:
    shown = mine if len(mine) <= limit else mine[: SQUARES_SHOWN if limit else 0]
    squares = [
        Square(one.name, url_in_scope(request, "containers:image", {"image_id": one.id}), one.is_public)
        for one in shown
    ]
    url = url_in_scope(request, "containers:images", None, state=state.value, way=way.value)
    return SquareCell(WAYS[way].short, len(mine), squares, url)


def title(images: Sequence[Image]) -> str:
    """Return the point of the squares: what was never scanned, and what can be fixed."""
    never = sum(one.state is ImageState.NEVER for one in images)
    fixable = sum(one.state is ImageState.FIXABLE for one in images)
    total, unseen = plural(len(images), "running image"), _unseen_words(images)
    if not never and not fixable:
        return f"{total}; none is known to need a rebuild{unseen}"
    if len(images) == 1:
        return (
            "The only running image was never scanned"
            if never
            else "The only running image has a critical that can be fixed"
        )
    parts = []
    if never:
        parts.append(f"{figure(never)} of {total} {'was' if never == 1 else 'were'} never scanned")
    if fixable:
        verb = "has" if fixable == 1 else "have"
        of = "" if never else f" of {total}"
        parts.append(f"{figure(fixable)}{of} {verb} a critical that can be fixed")
    return f"{'; '.join(parts)}{unseen}"


def _unseen_words(images: Sequence[Image]) -> str:
    unseen = sum(one.state is ImageState.UNSEEN for one in images)
    return f"; {figure(unseen)} could not be seen" if unseen else ""
