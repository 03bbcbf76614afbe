"""A collector's answers, kept so that it can run again without unreadable ones.

AWS-supplied content is hostile, and a collector is a plain generator: where it stumbles over one item, it ends. So the
engine runs it a second time and keeps the answers, finds the item in the frames of the exception, and runs it again on
the same answers without that one. A detail becomes `Unknown`. Of a listing the item is left out, and a gap says so, but
only where resources are made of the items of that listing: a shorter list of details would look like a change, or like
something safe.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

MAX_ODD = 20
"""What is left out at most; where more cannot be read, it is the collector that cannot read."""

Call = tuple[str, ...]
"""Service, operation, region and parameters."""


@dataclass(frozen=True, slots=True)
class _Handed:
    """A thing given to the collector: how late, the thing, and its listing, if any."""

    number: int
    thing: Any
    listing: Call | None


class Answers:
    """The answers of one collector in one account and region."""

    def __init__(self) -> None:
        self._answers: dict[Call, tuple[Any, Exception | None]] = {}
        self._handed: dict[int, _Handed] = {}
        """By identity; the things are kept, and so are their identities."""
        self._odd: set[int] = set()
        self._odd_places: set[tuple[int, int]] = set()
        """Items that have no identity of their own, as numbers, by their list and their place in it."""
        self._open: list[tuple[int, int]] = []
        """The places of the items that are being read now."""
        self._left_out: set[Call] = set()
        self._made: set[Call] = set()
        """Listings of whose items resources were made."""
        self._lock = threading.Lock()

    def again(self) -> None:
        """Begin another run."""
        self._open, self._left_out, self._made = [], set(), set()

    @property
    def has_left_out(self) -> bool:
        """Return True if a listing was shortened in this run."""
        return bool(self._left_out)

    @property
    def is_sound(self) -> bool:
        """Return True if only listings with one resource for each item were shortened."""
        return self._left_out <= self._made

    def once(self, call: Call, perform: Callable[[], Any]) -> Any:
        """Return a call's answer, or raise what it raised; it is performed only once."""
        known = self._answers.get(call)
        if known is None:
            try:
                known = perform(), None
            except Exception as error:  # noqa: BLE001 - raised below, and each time that it is asked for
                known = None, error
            known = self._answers.setdefault(call, known)
        answer, failure = known
        if failure is not None:
            raise failure
        return answer

    def items(self, listing: Call, page: Sequence[Any]) -> Iterator[Any]:
        """Yield the items of a page, without those that the collector could not read."""
        for index, item in enumerate(page):
            place = id(page), index
            if place in self._odd_places or self._is_odd(listing, item):
                self._left_out.add(listing)
                continue
            self._open.append(place)
            yield item
            self._open.remove(place)

    def is_odd(self, *parts: Any) -> bool:
        """Return True if a part of a detail was unreadable; else record its parts."""
        return self._is_odd(None, *parts)

    def _is_odd(self, listing: Call | None, *parts: Any) -> bool:
        with self._lock:
            if any(id(part) in self._odd for part in parts):
                return True
            for part in parts:
                if isinstance(part, dict | list) or (isinstance(part, str) and part):
                    self._handed.setdefault(id(part), _Handed(len(self._handed), part, listing))
        return False

    def note_resource(self) -> None:
        """Note that a resource is made, of the item that whoever makes it has in hand."""
        frame: FrameType | None = inspect.currentframe()
        while frame is not None:
            found = [known for known in self._in(frame) if known.listing is not None]
            if found:
                # Of several the first: those after it are about it.
                self._made.add(min(found, key=lambda known: known.number).listing or ())
                return
            frame = frame.f_back

    def leave_out(self, error: BaseException) -> bool:
        """Leave out what was read on failure; False where unknown, or too much."""
        if len(self._odd) + len(self._odd_places) >= MAX_ODD:
            return False
        for trace in reversed(list(_traces(error.__traceback__))):
            found = [known for known in self._in(trace.tb_frame) if id(known.thing) not in self._odd]
            if found:
                # Of several the last: a detail before the item that it is about.
                self._odd.add(id(max(found, key=lambda known: known.number).thing))
                return True
        if self._open:
            self._odd_places.add(self._open[-1])
        return bool(self._open)

    def _in(self, frame: FrameType) -> Iterator[_Handed]:
        """Yield what was handed out and is named in a frame, or is in a tuple of it."""
        for value in list(frame.f_locals.values()):
            for each in value if type(value) is tuple else (value,):
                known = self._handed.get(id(each))
                if known is not None and known.thing is each:
                    yield known


def _traces(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next
