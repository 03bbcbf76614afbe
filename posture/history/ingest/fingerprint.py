"""What stands in an account packed into one value: all that a sweep is compared with, except for what moved.

A thousand resources are a thousand rows on as many pages, and of nearly all of them a sweep wants to know one thing:
whether they are as they were. So the account's state holds their marks beside each other, and what was said of open
findings (`worded.py`), written in the same transaction as the rows. The value names the result that it
was made with. Where that is not the account's last one, or a row that it tells of is not there, it is of no use, and
all rows are read.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from struct import Struct, calcsize, pack_into, unpack_from

from posture.history.ingest.swept_state import Mark

_HEAD = Struct("<c16sIII")
"""Format, digest of the result, how many resources stand as it saw them, how many stand otherwise; open findings."""
FORMAT = b"\x04"
"""What was laid down in another way is of no use, as is what was made with another result."""
_MARK = Struct("<16s")

Words = int
"""Eight bytes that stand for the status and the words of a finding."""
Worded = Mapping[int, tuple[Words, int]]
"""Words and id of open findings of checks that look around, by the number of their keys."""


@dataclass(slots=True)
class Compared:
    """What a result says of the resources that stand."""

    still: dict[Mark, int] = field(default_factory=dict)
    """Ids of what was seen as it stood."""
    rest: list[int] = field(default_factory=list)
    """Ids of all others, whose rows must be read."""
    worded: Worded = field(default_factory=dict)
    """What was said of findings that are open."""


def pack(said: bytes, ids: Mapping[Mark, int], loose: Iterable[int], worded: Worded) -> bytes:
    """Return what stands after the result of digest `said`.

    `ids` are of what was seen. `loose` are those of what is out of sight or was not asked about: their rows tell the
    rest. `worded` is of the findings that are open.
    """
    others = [*loose]
    packed = bytearray(_HEAD.pack(FORMAT, said, len(ids), len(others), len(worded)))
    packed += b"".join(ids)
    start = len(packed)
    numbers = _numbers(len(ids) + len(others) + 3 * len(worded))
    packed += bytes(calcsize(numbers))
    pack_into(numbers, packed, start, *ids.values(), *others, *worded, *chain.from_iterable(worded.values()))
    return bytes(packed)


def compare(packed: bytes, said: bytes, marks: Container[Mark]) -> Compared | None:
    """Compare a result with what stood after the one of digest `said`; None where the value is of another."""
    if len(packed) < _HEAD.size:
        return None
    form, of, seen, loose, findings = _HEAD.unpack_from(packed)
    if form != FORMAT or of != said:
        return None
    start = _HEAD.size + seen * _MARK.size
    numbers = unpack_from(_numbers(seen + loose + 3 * findings), packed, start)
    keys = seen + loose
    said_of = zip(numbers[keys + findings :: 2], numbers[keys + findings + 1 :: 2], strict=True)
    found = Compared(
        rest=[*numbers[seen:keys]], worded=dict(zip(numbers[keys : keys + findings], said_of, strict=True))
    )
    known = [mark for (mark,) in _MARK.iter_unpack(packed[_HEAD.size : start])]
    found.still = {mark: number for mark, number in zip(known, numbers, strict=False) if mark in marks}
    found.rest += [number for mark, number in zip(known, numbers, strict=False) if mark not in marks]
    return found


def _numbers(count: int) -> str:
    return f"<{count}q"
