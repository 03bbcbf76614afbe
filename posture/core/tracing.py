"""What this thread works on, for log lines: sweep, account, region, and AWS call.

The engine notes it; whoever configures logging puts `labels()` on the lines. A call is numbered for a
fraction of a microsecond and written nowhere unless a line is. Labels name things and hold no secrets.
"""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

Answer = TypeVar("Answer")


class Work(NamedTuple):
    """What is being worked on; empty where that is nothing in particular."""

    sweep: str = ""
    account: str = ""
    region: str = ""


class Call(NamedTuple):
    """One call to AWS, with the number that all its attempts share."""

    service: str
    operation: str
    region: str
    number: int

    @property
    def id(self) -> str:
        """A name for the call that no other process gives."""
        return f"{_process[0]}-{self.number}"


_work: ContextVar[Work] = ContextVar("work", default=Work())  # noqa: B039 - a tuple does not change
_call: ContextVar[Call | None] = ContextVar("call", default=None)
_numbers = itertools.count(1)
_process = [secrets.token_hex(3)]


def _rename() -> None:
    _process[0] = secrets.token_hex(3)


os.register_at_fork(after_in_child=_rename)


@contextmanager
def about(**work: str) -> Iterator[None]:
    """Add to what the block works on: `sweep`, `account` or `region`."""
    before, call = _work.get(), _call.get()
    _work.set(before._replace(**work))
    _call.set(None)
    try:
        yield
    finally:
        _work.set(before)
        _call.set(call)


def new_call(service: str, operation: str, region: str) -> Call:
    """Number a call."""
    return Call(service, operation, region, next(_numbers))


def calling(one: Call) -> None:
    """Record that this thread makes a call.

    One that fails stays recorded, so that lines about its failure name it.
    """
    _call.set(one)


def answered() -> None:
    """Note that AWS answered."""
    _call.set(None)


def call() -> Call | None:
    """Return the call that is under way, or has failed just now."""
    return _call.get()


def with_current_context(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return a function that works in any thread on what this thread works on now."""
    work = _work.get()

    def carry(*args: Any) -> Answer:
        before = _work.get()
        _work.set(work)
        try:
            return function(*args)
        finally:
            _work.set(before)
            _call.set(None)

    return carry


def labels(failed: Call | None = None) -> dict[str, str]:
    """Return what this thread works on, by name; `failed` goes before its own call."""
    found = _work.get()._asdict()
    one = failed or _call.get()
    if one is not None:
        found |= {"region": one.region, "service": one.service, "operation": one.operation, "call": one.id}
    return {name: value for name, value in found.items() if value}
