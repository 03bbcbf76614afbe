"""A value of a configuration as one cell of a table: short to read, whole to export.

Knows dotted paths as collectors declare them, which enter lists by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.core.evidence import OBSERVED
from posture.core.values import Unknown
from posture.web.templatetags import marks, words

MOST_JOINED = 3
"""Values that a cell names; of more it tells the number."""
TIME = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d")


def values_at(config: Mapping[str, Any], observed: Mapping[str, Any], path: str) -> list[Any]:
    """Return the values at a path, lists entered; `Unknown` among them where AWS refused one on the way."""
    source = observed if path.startswith(OBSERVED) else config
    return list(_walk(source, path.removeprefix(OBSERVED).split(".")))


def _walk(value: Any, keys: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _walk(item, keys)
    elif isinstance(value, Unknown) or not keys:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        yield from _walk(value.get(keys[0]), keys[1:])


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return each value once, those that could not be read included."""
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(repr(value), value)
    return list(found.values())


def cell(values: Sequence[Any]) -> str | SafeString:
    """Return what a table shows for the values of a cell."""
    unknown = next((one for one in values if isinstance(one, Unknown)), None)
    if unknown is not None:
        return format_html('<span title="{}">{}</span>', str(unknown), marks.status("unknown"))
    if not values:
        return format_html('<span class="pl-quiet" title="not set">{}</span>', words.NONE)
    if len(values) > MOST_JOINED or any(isinstance(one, Mapping) for one in values):
        return words.figure(len(values)) if len(values) > 1 or not _is_setting(values) else "set"
    return ", ".join(worded(one) for one in dict.fromkeys(values))


def _is_setting(values: Sequence[Any]) -> bool:
    return isinstance(values[0], Mapping) and "Id" not in "".join(values[0])


def worded(value: Any) -> str:
    """Return one plain value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return (
        words.short_arn(text) if text.startswith("arn:") else TIME.sub(r"\1", text[:16]) if TIME.match(text) else text
    )


def exported(values: Sequence[Any]) -> str:
    """Return what an export holds for the values of a cell: all of them, and what could not be read as that."""
    if any(isinstance(one, Mapping) for one in values):
        return str(len(values))
    return "; ".join(f"unknown: {one}" if isinstance(one, Unknown) else str(one) for one in values)
