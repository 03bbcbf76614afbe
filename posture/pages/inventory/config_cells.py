"""Values of a configuration in a table cell: short on the page, whole in exports.

Paths are dotted, as collectors declare them, and enter lists.
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

JOINED_MAX = 3
"""Values that a cell names; of more it shows the number."""
TIME = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d")


def values_at(config: Mapping[str, Any], observed: Mapping[str, Any], path: str) -> list[Any]:
    """Return the values at a path, `Unknown` where AWS refused one."""
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
    """Return each value once, unread ones included."""
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(repr(value), value)
    return list(found.values())


def cell(values: Sequence[Any]) -> str | SafeString:
    """Return a table cell for some values."""
    unknown = next((one for one in values if isinstance(one, Unknown)), None)
    if unknown is not None:
        return format_html('<span title="{}">{}</span>', str(unknown), marks.status("unknown"))
    if not values:
        return format_html('<span class="pl-quiet" title="not set">{}</span>', words.NONE)
    if len(values) > JOINED_MAX or any(isinstance(one, Mapping) for one in values):
        return words.figure(len(values)) if len(values) > 1 or not _is_setting(values) else "set"
    return ", ".join(format_value(one) for one in dict.fromkeys(values))


def _is_setting(values: Sequence[Any]) -> bool:
    return isinstance(values[0], Mapping) and "Id" not in "".join(values[0])


def format_value(value: Any) -> str:
    """Format one plain value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return (
        words.short_arn(text) if text.startswith("arn:") else TIME.sub(r"\1", text[:16]) if TIME.match(text) else text
    )


def exported(values: Sequence[Any]) -> str:
    """Return all values of a cell for an export, unread ones as unknown."""
    if any(isinstance(one, Mapping) for one in values):
        return str(len(values))
    return "; ".join(f"unknown: {one}" if isinstance(one, Unknown) else str(one) for one in values)
