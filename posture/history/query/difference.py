"""The difference between two configurations, path by path. Pure.

Items of lists are matched by what names them (a statement's Sid, a rule's id), else by likeness, so
that one inserted item is one addition and not a change of everything behind it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posture.core.values import Unknown, canonical

if TYPE_CHECKING:
    from posture.history.models import ResourceRecord

ADDED, REMOVED, CHANGED, VISIBILITY = "added", "removed", "changed", "sight"

NAMING = ("Sid", "Key", "Id", "ID", "Arn", "ARN", "Name")
"""Keys that name an item of a list, tried in this order, then any key that ends in one of them."""
ALIKE = 0.5
"""Share of equal fields from which on two unnamed items are taken for the same, changed."""
MOST_ALIKE = 60
"""Longer lists of unnamed items are not searched for likeness: what differs is added and removed."""


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One difference; `kind` is one of the constants above.

    The last of them means that one side could not be read.

    `path` is dotted; items of lists by what names them, `Statement[Sid=Public].Principal`, else by index.
    """

    path: str
    kind: str
    before: Any = None
    after: Any = None


def diff_values(before_config: Mapping[str, Any], after_config: Mapping[str, Any]) -> list[ConfigChange]:
    """Return the differences between two configurations, in the order of their keys.

    Absent equals None.
    """
    return list(_of_mappings(before_config, after_config, ""))


def diff_versions(before: ResourceRecord, after: ResourceRecord) -> list[ConfigChange]:
    """Return the differences between two versions: name, tags and configuration."""
    return list(_of_mappings(_whole(before), _whole(after), ""))


def _whole(version: ResourceRecord) -> dict[str, Any]:
    resource = version.as_resource()
    return {"name": resource.name, "tags": resource.raw_tags, **resource.raw_config}


def _compare(before: Any, after: Any, path: str) -> Iterator[ConfigChange]:
    before, after = _parse_document(before), _parse_document(after)
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        if before != after:
            yield ConfigChange(path, VISIBILITY, before, after)
    elif before is None or after is None:
        if before is not after:
            yield ConfigChange(path, ADDED if before is None else REMOVED, before, after)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_mappings(before, after, path)
    elif _is_list(before) or _is_list(after):
        # A policy says one action as "x" or as ["x"], and means the same.
        yield from _of_lists(_as_list(before), _as_list(after), path)
    elif before != after or type(before) is not type(after):
        yield ConfigChange(path, CHANGED, before, after)


def _of_mappings(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[ConfigChange]:
    for key in [*before, *(key for key in after if key not in before)]:
        yield from _compare(before.get(key), after.get(key), f"{path}.{key}" if path else key)


def _of_lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[ConfigChange]:
    name = _naming(before, after)
    if name:
        yield from _of_named(before, after, name, path)
        return
    gone, come = _find_unmatched(before, after)
    for old, new in _pair_alike(gone, come):
        gone.remove(old)
        come.remove(new)
        yield from _compare(old[1], new[1], f"{path}[{new[0]}]")
    yield from (ConfigChange(f"{path}[{index}]", REMOVED, before=item) for index, item in gone)
    yield from (ConfigChange(f"{path}[{index}]", ADDED, after=item) for index, item in come)


def _of_named(before: Sequence[Any], after: Sequence[Any], name: str, path: str) -> Iterator[ConfigChange]:
    olds = {item[name]: item for item in before}
    news = {item[name]: item for item in after}
    for value in [*olds, *(value for value in news if value not in olds)]:
        yield from _compare(olds.get(value), news.get(value), f"{path}[{name}={value}]")


def _naming(before: Sequence[Any], after: Sequence[Any]) -> str | None:
    """Return the key that names every item of both lists, each once."""
    items = [*before, *after]
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    shared: set[str] = set.intersection(*(set(item) for item in items))
    ending = sorted(key for key in shared if key.endswith(NAMING) and key not in NAMING)
    for key in [*(key for key in NAMING if key in shared), *ending]:
        if _names(before, key) and _names(after, key):
            return key
    return None


def _names(items: Sequence[Mapping[str, Any]], key: str) -> bool:
    values = [item[key] for item in items]
    return all(isinstance(value, str | int) for value in values) and len(set(values)) == len(values)


Indexed = tuple[int, Any]


def _find_unmatched(before: Sequence[Any], after: Sequence[Any]) -> tuple[list[Indexed], list[Indexed]]:
    """Return the items without an equal on the other side, each with its index.

    Each is counted once.
    """
    waiting: dict[bytes, deque[Indexed]] = {}
    for index, item in enumerate(before):
        waiting.setdefault(canonical(item), deque()).append((index, item))
    come = []
    for index, item in enumerate(after):
        equals = waiting.get(canonical(item))
        if equals:
            equals.popleft()
        else:
            come.append((index, item))
    return sorted((pair for pairs in waiting.values() for pair in pairs), key=lambda pair: pair[0]), come


def _pair_alike(gone: Sequence[Indexed], come: Sequence[Indexed]) -> list[tuple[Indexed, Indexed]]:
    """Pair what is gone with what has come where they are alike, the likest first."""
    if max(len(gone), len(come)) > MOST_ALIKE:
        return []
    likeness = [
        (_likeness(old[1], new[1]), -old[0], -new[0], old, new)
        for old in gone
        for new in come
        if isinstance(old[1], Mapping) and isinstance(new[1], Mapping)
    ]
    pairs: list[tuple[Indexed, Indexed]] = []
    for share, _, _, old, new in sorted(likeness, key=lambda each: each[:3], reverse=True):
        if share >= ALIKE and all(old is not taken and new is not given for taken, given in pairs):
            pairs.append((old, new))
    return sorted(pairs, key=lambda pair: pair[1][0])


def _likeness(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    keys = old.keys() | new.keys()
    equal = sum(canonical(old.get(key)) == canonical(new.get(key)) for key in keys)
    return equal / len(keys) if keys else 1.0


def _parse_document(value: Any) -> Any:
    """Return the JSON document in a text (policies often are text), else the value."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _as_list(value: Any) -> Sequence[Any]:
    return value if _is_list(value) else [value]
