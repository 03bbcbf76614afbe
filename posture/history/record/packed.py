"""What stands in an account packed into one value: all that a sweep is compared with, except for what moved.

A thousand resources are a thousand rows on as many pages, and of nearly all of them a sweep wants to know one thing:
whether they are as they were. So the account's state holds their marks beside each other, written in the same
transaction as the rows. The value names the result that it was made with; where that is not the account's last one,
or a row that it tells of is not there, it is of no use, and all rows are read.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from struct import Struct, calcsize, pack_into, unpack_from

from posture.history.record.sighting import Mark

_HEAD = Struct("<c16sII")
"""Format, digest of the result, how many resources stand as it saw them, and how many stand otherwise."""
_FORMAT = b"\x02"
"""What was laid down in another way is of no use, as is what was made with another result."""
_MARK = Struct("<16s")


@dataclass(slots=True)
class Compared:
    """What a result says of the resources that stand."""

    still: dict[Mark, int] = field(default_factory=dict)
    """Ids of what was seen as it stood."""
    rest: list[int] = field(default_factory=list)
    """Ids of all others, whose rows must be read."""


def pack(said: bytes, ids: Mapping[Mark, int], loose: Iterable[int]) -> bytes:
    """Return what stands after the result of digest `said`.

    `ids` are of what was seen. `loose` are those of what is out of sight or was not asked about: their rows tell the
    rest.
    """
    others = [*loose]
    packed = bytearray(_HEAD.pack(_FORMAT, said, len(ids), len(others)))
    packed += b"".join(ids)
    start = len(packed)
    numbers = _numbers(len(ids) + len(others))
    packed += bytes(calcsize(numbers))
    pack_into(numbers, packed, start, *ids.values(), *others)
    return bytes(packed)


def compare(packed: bytes, said: bytes, marks: Container[Mark]) -> Compared | None:
    """Compare a result with what stood after the one of digest `said`; None where the value is of another."""
    if len(packed) < _HEAD.size:
        return None
    form, of, seen, loose = _HEAD.unpack_from(packed)
    if form != _FORMAT or of != said:
        return None
    start = _HEAD.size + seen * _MARK.size
    numbers = unpack_from(_numbers(seen + loose), packed, start)
    found = Compared(rest=[*numbers[seen:]])
    for (mark,), number in zip(_MARK.iter_unpack(packed[_HEAD.size : start]), numbers, strict=False):
        if mark in marks:
            found.still[mark] = number
        else:
            found.rest.append(number)
    return found


def _numbers(count: int) -> str:
    return f"<{count}q"
