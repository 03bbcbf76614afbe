"""What stands in an account packed into one value: all that a sweep is compared with, except for what moved.

A thousand resources are a thousand rows on as many pages, and of nearly all of them a sweep wants to know one thing:
whether they are as they were. So the account's state holds their digests beside each other, written in the same
transaction as the rows. The value names the result that it was made with; where that is not the account's last one,
or a row that it tells of is not there, it is of no use, and all rows are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from struct import Struct

from posture.history.record.sighting import Seen, Uid

_HEAD = Struct("<16sIII")
"""Digest of the result, and how many entries of each kind follow."""
_PLAIN = Struct("<16s16sq")
"""Uid, hash and id of a resource of which nothing moves apart from its configuration."""
_APART = Struct("<16s16s16sq")
"""The same, with the digest of what does: `Seen.apart`."""
_LOOSE = Struct("<q")
"""Id of a resource that is out of sight or was not asked about: its row tells the rest."""


@dataclass(slots=True)
class Compared:
    """What a result says of the resources that stand."""

    still: dict[Uid, int] = field(default_factory=dict)
    """Ids of what was seen as it stood."""
    rest: list[int] = field(default_factory=list)
    """Ids of all others, whose rows must be read."""


def pack(said: bytes, ids: Mapping[Uid, int], seen: Mapping[Uid, Seen], loose: Iterable[int]) -> bytes:
    """Return what stands after the result of digest `said`; `ids` are of what was seen."""
    plain, apart = [], []
    for uid, number in ids.items():
        one = seen[uid]
        if one.apart:
            apart.append(_APART.pack(uid, one.hash, one.apart, number))
        else:
            plain.append(_PLAIN.pack(uid, one.hash, number))
    others = [_LOOSE.pack(number) for number in loose]
    head = _HEAD.pack(said, len(plain), len(apart), len(others))
    return b"".join([head, *plain, *apart, *others])


def compare(packed: bytes, said: bytes, seen: Mapping[Uid, Seen]) -> Compared | None:
    """Compare a result with what stood after the one of digest `said`; None where the value is of another."""
    if len(packed) < _HEAD.size or packed[:16] != said:
        return None
    _, plain, apart, _ = _HEAD.unpack_from(packed)
    first = _HEAD.size
    second = first + plain * _PLAIN.size
    third = second + apart * _APART.size
    found = Compared(rest=[number for (number,) in _LOOSE.iter_unpack(packed[third:])])
    for uid, hashed, number in _PLAIN.iter_unpack(packed[first:second]):
        one = seen.get(uid)
        if one is not None and one.hash == hashed and not one.apart:
            found.still[uid] = number
        else:
            found.rest.append(number)
    for uid, hashed, moving, number in _APART.iter_unpack(packed[second:third]):
        one = seen.get(uid)
        if one is not None and one.hash == hashed and one.apart == moving:
            found.still[uid] = number
        else:
            found.rest.append(number)
    return found
