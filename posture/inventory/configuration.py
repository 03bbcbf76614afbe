"""A configuration as lines to read: keys and values, policies opened, the unknown and the decisive marked.

Pure: it knows paths as checks write them (`IpPermissions[0].IpRanges[1].CidrIp`) and JSON as AWS gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from posture.core.values import Unknown

INDENT = "  "


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
    marks: tuple[Mark, ...] = field(default=())
    begins: tuple[Mark, ...] = field(default=())
    """The marks of which this is the first line: named here, and only coloured further down."""

    @property
    def decides(self) -> bool:
        """Tell whether a finding that fails rests on it."""
        return any(mark.is_fail for mark in self.marks)


def lines(value: Mapping[str, Any], evidence: Mapping[str, Sequence[Mark]] | None = None) -> list[Line]:
    """Return a mapping line by line, without its outer braces; `evidence` gives the marks of each path."""
    known = list(_of(value, "", "", 0)) if value else []
    if not evidence:
        return known
    known += [Line(path, "", path, "not set") for path in evidence if path and not _leads_to(known, path)]
    return _marked(known, evidence)


def _of(value: Any, path: str, key: str, depth: int) -> Iterator[Line]:
    indent = INDENT * max(depth - 1, 0)
    value = _opened(value)
    if isinstance(value, Unknown):
        yield Line(path, indent, key, f"unknown: {value}", unseen=True)
    elif isinstance(value, Mapping) and value:
        if depth:
            yield Line(path, indent, key, "" if key else "\N{BULLET}")
        for name, item in value.items():
            yield from _of(item, f"{path}.{name}" if path else str(name), str(name), depth + 1)
    elif isinstance(value, list | tuple) and value:
        yield from _of_list(value, path, key, depth)
    else:
        yield Line(path, indent, key, _text(value))


def _of_list(value: Sequence[Any], path: str, key: str, depth: int) -> Iterator[Line]:
    yield Line(path, INDENT * max(depth - 1, 0), key, f"{len(value)} items" if len(value) > 1 else "1 item")
    for index, item in enumerate(value):
        yield from _of(item, f"{path}[{index}]", "", depth + 1)


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
    return any(line.path == path for line in known)


def _marked(known: Sequence[Line], evidence: Mapping[str, Sequence[Mark]]) -> list[Line]:
    shown, begun = [], set()
    for line in known:
        marks = tuple(mark for path, of in evidence.items() if _is_within(line.path, path) for mark in of)
        new = tuple(dict.fromkeys(mark for mark in marks if (mark, _root(line.path)) not in begun))
        begun |= {(mark, _root(line.path)) for mark in new}
        shown.append(replace(line, marks=marks, begins=new))
    return shown


def _root(path: str) -> str:
    return path.replace("[", ".").partition(".")[0]


def _is_within(path: str, ancestor: str) -> bool:
    return path == ancestor or path.startswith((f"{ancestor}.", f"{ancestor}["))
