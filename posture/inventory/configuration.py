"""A configuration as lines to read: keys and values, policies opened, the unknown and the decisive marked.

Pure: it knows paths as checks write them (`IpPermissions[0].IpRanges[1].CidrIp`) and JSON as AWS gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from posture.core.evidence import below, is_within
from posture.core.values import Unknown

INDENT = "  "
SHORT = 80
"""Characters up to which a list of plain values stands in one line."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding that rests on a line."""

    finding_id: int
    title: str
    is_fail: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its indentation, its key (empty for an item of a list) and its value in words."""

    path: str
    indent: str
    key: str
    text: str
    unseen: bool = False
    is_whole: bool = False
    """The line holds all that is below its path."""
    marks: tuple[Mark, ...] = field(default=())
    begins: tuple[Mark, ...] = field(default=())
    """The marks of which this is the first line: named here, and only coloured further down."""

    @property
    def decides(self) -> bool:
        """Tell whether a finding that fails rests on it."""
        return any(mark.is_fail for mark in self.marks)


def lines(value: Mapping[str, Any], evidence: Mapping[str, Sequence[Mark]] | None = None) -> list[Line]:
    """Return a mapping line by line, without its outer braces; `evidence` gives the marks of each path.

    What decides by not being there comes first.
    """
    known = list(_of(value, "", "", 0)) if value else []
    if not evidence:
        return known
    missing = [Line(path, "", path, "not set") for path in evidence if path and not _leads_to(known, path)]
    return _marked([*missing, *known], evidence)


def _of(value: Any, path: str, key: str, depth: int) -> Iterator[Line]:
    indent = INDENT * max(depth - 1, 0)
    value = _opened(value)
    if isinstance(value, Unknown):
        yield Line(path, indent, key, f"unknown: {value}", unseen=True)
    elif isinstance(value, Mapping) and value:
        if depth and key:
            yield Line(path, indent, key, "")
        for name, item in value.items():
            yield from _of(item, below(path, str(name)), str(name), depth + 1)
    elif isinstance(value, list | tuple) and value:
        yield from _of_list(value, path, key, depth)
    else:
        yield Line(path, indent, key, _text(value))


def _of_list(value: Sequence[Any], path: str, key: str, depth: int) -> Iterator[Line]:
    indent = INDENT * max(depth - 1, 0)
    if _is_short(value):
        yield Line(path, indent, key, ", ".join(_text(item) for item in value), is_whole=True)
        return
    yield Line(path, indent, key, f"{len(value)} items" if len(value) > 1 else "")
    for index, item in enumerate(value):
        first, *more = _of(item, f"{path}[{index}]", "", depth + 1)
        yield replace(first, indent=f"{INDENT * depth}- ")
        yield from (replace(line, indent=INDENT + line.indent) if isinstance(item, list) else line for line in more)


def _is_short(value: Sequence[Any]) -> bool:
    """Tell whether a list of plain values fits into a line."""
    if any(isinstance(item, Unknown | Mapping | list | tuple) or _opened(item) is not item for item in value):
        return False
    return sum(len(str(item)) + 2 for item in value) <= SHORT


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False, default=str)


def _opened(value: Any) -> Any:
    """Return the JSON document that a text holds (policies often are text), else the value itself."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _leads_to(known: Sequence[Line], path: str) -> bool:
    return any(_concerns(line, path) for line in known)


def _concerns(line: Line, path: str) -> bool:
    return is_within(line.path, path) or (line.is_whole and is_within(path, line.path))


def _marked(known: Sequence[Line], evidence: Mapping[str, Sequence[Mark]]) -> list[Line]:
    shown, begun = [], set()
    for line in known:
        marks = tuple(mark for path, of in evidence.items() if _concerns(line, path) for mark in of)
        new = tuple(dict.fromkeys(mark for mark in marks if (mark, _root(line.path)) not in begun))
        begun |= {(mark, _root(line.path)) for mark in new}
        shown.append(replace(line, marks=marks, begins=new))
    return shown


def _root(path: str) -> str:
    return path.replace("[", ".").partition(".")[0]
