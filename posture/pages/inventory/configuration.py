"""A configuration as lines to read: keys and values, policies opened, the unknown and the decisive marked.

Pure: it knows paths as checks write them (`IpPermissions[0].IpRanges[1].CidrIp`) and JSON as AWS gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from posture.core.evidence import ancestors, below
from posture.core.values import Unknown

INDENT = "  "
PART = 500
"""Lines of a document that a page shows at once."""
DEEPEST = 50
"""Levels that are opened; what AWS supplied as text may nest without end."""
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

    What decides by not being there comes first. Takes time in proportion to the lines, however many paths there are.
    """
    known = list(_of(value, "", "", 0)) if value else []
    if not evidence:
        return known
    index = _Index(evidence)
    concerned = [index.paths_of(line) for line in known]
    found = set().union(*concerned)
    missing = [Line(path, "", path, "not set") for number, path in enumerate(evidence) if path and number not in found]
    return list(index.marked([*missing, *known], [*map(index.paths_of, missing), *concerned]))


def first_lines(value: Mapping[str, Any], most: int) -> list[Line]:
    """Return at most so many lines of a mapping; what follows is not even looked at."""
    return list(islice(_of(value, "", "", 0), most)) if value else []


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the lines of a document, from number `first` to `last`; 1 is the first of all."""

    lines: Sequence[Line]
    first: int
    total: int
    evidence_before: int = 0
    """The number of the line before the part at which what a finding rests on begins; 0 for none."""
    evidence_after: int = 0
    parameter: str = "line"
    """The parameter of the URL that asks for another part."""

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + len(self.lines) - 1

    @property
    def previous(self) -> int:
        """The line with which the part before begins; 0 for none."""
        return max(1, self.first - PART) if self.first > 1 else 0

    @property
    def next(self) -> int:
        """The line with which the next part begins; 0 for none."""
        return self.last + 1 if self.last < self.total else 0

    @property
    def is_whole(self) -> bool:
        """Return True where nothing is left out."""
        return len(self.lines) == self.total


def part(document: Sequence[Line], first: int = 1, parameter: str = "line") -> Part:
    """Return the part of a document that begins with a line; the last part where there are not so many."""
    if first > len(document):
        first = max(1, len(document) - PART + 1)
    end = first - 1 + PART
    begin = [
        number
        for number, line in enumerate(document, start=1)
        if line.marks and (number == 1 or document[number - 2].marks != line.marks)
    ]
    return Part(
        lines=document[first - 1 : end],
        first=first,
        total=len(document),
        evidence_before=max((number for number in begin if number < first), default=0),
        evidence_after=min((number for number in begin if number > end), default=0),
        parameter=parameter,
    )


def _of(value: Any, path: str, key: str, depth: int, extra: int = 0) -> Iterator[Line]:
    """Yield the lines of a value; `extra` counts the lists in lists around it, each of which is set in once more."""
    indent = INDENT * (max(depth - 1, 0) + extra)
    value = _opened(value) if depth < DEEPEST else value
    if isinstance(value, Unknown):
        yield Line(path, indent, key, f"unknown: {value}", unseen=True)
    elif depth >= DEEPEST:
        yield Line(path, indent, key, _deep(value), is_whole=True)
    elif isinstance(value, Mapping) and value:
        if depth and key:
            yield Line(path, indent, key, "")
        for name, item in value.items():
            yield from _of(item, below(path, str(name)), str(name), depth + 1, extra)
    elif isinstance(value, list | tuple) and value:
        yield from _of_list(value, path, key, depth, extra)
    else:
        yield Line(path, indent, key, _text(value))


def _of_list(value: Sequence[Any], path: str, key: str, depth: int, extra: int) -> Iterator[Line]:
    indent = INDENT * (max(depth - 1, 0) + extra)
    if _is_short(value):
        yield Line(path, indent, key, ", ".join(_text(item) for item in value), is_whole=True)
        return
    yield Line(path, indent, key, f"{len(value)} items" if len(value) > 1 else "")
    for index, item in enumerate(value):
        below_it = _of(item, f"{path}[{index}]", "", depth + 1, extra + isinstance(item, list))
        yield replace(next(below_it), indent=f"{INDENT * (depth + extra)}- ")
        yield from below_it


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


def _deep(value: Any) -> str:
    """Return a value that is not opened any more."""
    return f"{len(value)} more, nested too deeply to be shown" if isinstance(value, Mapping | list) else _text(value)


def _opened(value: Any) -> Any:
    """Return the JSON document that a text holds (policies often are text), else the value itself."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


class _Index:
    """Finds the marks of a line by the path it has, without going through those of all others."""

    def __init__(self, evidence: Mapping[str, Sequence[Mark]]) -> None:
        self.marks = list(evidence.values())
        self.exact = {path: number for number, path in enumerate(evidence)}
        self.below: dict[str, list[int]] = {}
        for path, number in self.exact.items():
            for each in ancestors(path):
                self.below.setdefault(each, []).append(number)

    def paths_of(self, line: Line) -> frozenset[int]:
        """Return the numbers of the paths that a line is within; of one that holds all below it, those as well."""
        found = {self.exact[each] for each in ancestors(line.path) if each in self.exact}
        return frozenset(found.union(self.below.get(line.path, ())) if line.is_whole else found)

    def marked(self, document: Sequence[Line], paths: Sequence[frozenset[int]]) -> Iterator[Line]:
        """Yield the lines with their marks, each mark named on the first line below one key."""
        known: dict[frozenset[int], tuple[Mark, ...]] = {}
        begun: set[tuple[Mark, str]] = set()
        past: set[tuple[frozenset[int], str]] = set()
        for line, numbers in zip(document, paths, strict=True):
            if not numbers:
                yield line
                continue
            if numbers not in known:
                known[numbers] = tuple(mark for number in sorted(numbers) for mark in self.marks[number])
            marks, root = known[numbers], _root(line.path)
            new: tuple[Mark, ...] = ()
            if (numbers, root) not in past:
                past.add((numbers, root))
                new = tuple(dict.fromkeys(mark for mark in marks if (mark, root) not in begun))
                begun |= {(mark, root) for mark in new}
            yield replace(line, marks=marks, begins=new)


def _root(path: str) -> str:
    return path.replace("[", ".").partition(".")[0]
