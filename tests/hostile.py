"""Values and sizes that AWS-supplied content should not have but may."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from posture.core.values import Unknown

Path = tuple[str | int, ...]

SWOLLEN_ITEMS = 1_000


def nested(depth: int) -> Any:
    """Return lists in mappings in lists, of so many levels."""
    value: Any = "bottom"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


ODD: Sequence[Any] = (
    None,
    "",
    "\x00",
    "\ud800",
    "a\u202e\u0000\U0001f4a3" * 3,
    "*a" * 5_000 + "b",
    "[" * 5_000,
    "-1/999",
    True,
    -1,
    10**400,
    float("nan"),
    float("inf"),
    [],
    {},
    [None],
    ["", 0, {}],
    {"": None},
    nested(200),
    nested(3_000),
)


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of everything in a JSON value, itself left out."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in below:
        yield (*path, key)
        yield from leaves(item, (*path, key))


def without(value: Any, path: Path) -> Any:
    """Return a value without what is at a path."""
    return _changed(value, path, lambda whole, key: whole.pop(key))


def put(value: Any, path: Path, odd: Any) -> Any:
    """Return a value with something odd at a path."""
    return _changed(value, path, lambda whole, key: whole.__setitem__(key, odd))


def _changed(value: Any, path: Path, change: Any) -> Any:
    if len(path) == 1:
        whole = copy.copy(value)
        change(whole, path[0])
        return whole
    whole = copy.copy(value)
    whole[path[0]] = _changed(value[path[0]], path[1:], change)
    return whole


def swollen(value: Any, times: int = SWOLLEN_ITEMS) -> Any:
    """Return a value in which every outer list that is not empty has `times` items."""
    if isinstance(value, dict):
        return {key: swollen(item, times) for key, item in value.items()}
    if isinstance(value, list) and value:
        return [value[number % len(value)] for number in range(times)]
    return value


def everywhere(value: Any, odd: Any) -> Any:
    """Return a value with something odd in the place of every text in its lists."""
    if isinstance(value, dict):
        return {key: everywhere(item, odd) for key, item in value.items()}
    if isinstance(value, list):
        return [odd if isinstance(item, str) else everywhere(item, odd) for item in value]
    return value


def sample(paths: Sequence[Path], number: int) -> list[Path]:
    """Return so many of the paths, spread evenly over all of them."""
    return [paths[index * len(paths) // number] for index in range(min(number, len(paths)))]


def is_json(value: Any) -> bool:
    """Return True if a value can be written as JSON that any database keeps."""
    text = json.dumps(value, allow_nan=False, default=Unknown.as_json, ensure_ascii=False)
    return bool(text.encode())
