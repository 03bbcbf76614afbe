"""Tells a changed resource from a changed view of it.

Where AWS refuses a field that it gave before, the resource has a new version but has not changed as
far as anybody knows. Beside such a version stands what was last known, and its hash: two versions of
equal last-known hash differ in our sight alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from posture.core.resource import Resource
from posture.core.values import Unknown, revive
from posture.history import codec
from posture.history.canonical import canonical, digest

Memory = list[Any]
"""Name, configuration and tags, each unknown field as it was when last known."""

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What is stored beside a version with unknown fields."""

    hash: bytes
    packed: bytes


def last_known(resource: Resource, memory: Memory | None) -> LastKnown | None:
    """Return what is last known of a resource; None where nothing of it is unknown."""
    now = [resource.name, resource.raw_config, resource.raw_tags]
    if codec.MARKED not in canonical(now[1:]):
        return None
    filled = fill(now, revive(memory)) if memory is not None else now
    return LastKnown(digest(filled), codec.pack(filled))


def fill(now: Any, before: Any = _NOTHING) -> Any:
    """Return `now` with what is unknown in it replaced by what stood in its place before, if anything did."""
    if isinstance(now, Unknown):
        return now if before is _NOTHING else before
    if isinstance(now, Mapping):
        old = before if isinstance(before, Mapping) else {}
        return {key: fill(value, old.get(key, _NOTHING)) for key, value in now.items()}
    if isinstance(now, list | tuple):
        olds = before if isinstance(before, list | tuple) and len(before) == len(now) else [_NOTHING] * len(now)
        return [fill(value, old) for value, old in zip(now, olds, strict=True)]
    return now
