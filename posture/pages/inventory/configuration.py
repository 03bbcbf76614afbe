"""A configuration in lines: policies opened, unknown values and evidence marked.

Pure: paths are as checks write them (`IpPermissions[0].IpRanges[1].CidrIp`).
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
PART_LINES = 500
"""Lines of a document that a page shows at once."""
DEPTH_MAX = 50
"""Levels that are opened; text supplied by AWS may nest without end."""
INLINE_LIST_CHARACTERS = 80
"""Characters up to which a list of plain values is shown in one line."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding whose evidence includes a line."""

    finding_id: int
    title: str
    is_fail: bool


@dataclass(frozen=True, slots=True)
class ConfigurationLine:
    """One line: its indentation, key (empty for an item of a list) and value."""

    path: str
    indent: str
    key: str
    text: str
    unseen: bool = False
    is_whole: bool = False
    """The line shows everything below its path."""
    marks: tuple[Mark, ...] = field(default=())
    begins: tuple[Mark, ...] = field(default=())
    """Marks that begin at this line: named here, only coloured further down."""

    @property
    def look(self) -> str:
        """Its CSS classes."""
        if self.unseen:
            return "pl-unseen"
        return "" if not self.marks else "pl-decides" if self.decides else "pl-decides pl-unseen"

    @property
    def decides(self) -> bool:
        """Return True if it is evidence of a failing finding."""
        return any(mark.is_fail for mark in self.marks)


def lines(value: Mapping[str, Any], evidence: Mapping[str, Sequence[Mark]] | None = None) -> list[ConfigurationLine]:
    """Return a mapping line by line; `evidence` maps paths to their marks.

    Missing keys that are evidence come first. Takes time in proportion to the lines, however
    many paths there are.
    """
    known = list(_of(value, "", "", 0)) if value else []
    if not evidence:
        return known
    index = _Index(evidence)
    concerned = [index.paths_of(line) for line in known]
    found = set().union(*concerned)
    missing = [
        ConfigurationLine(path, "", path, "not set")
        for number, path in enumerate(evidence)
        if path and number not in found
    ]
    return list(index.marked([*missing, *known], [*map(index.paths_of, missing), *concerned]))


def first_lines(value: Mapping[str, Any], most: int) -> list[ConfigurationLine]:
    """Return at most `most` lines of a mapping, without reading the rest."""
    return list(islice(_of(value, "", "", 0), most)) if value else []


@dataclass(frozen=True, slots=True)
class ConfigurationPart:
    """Lines `first` to `last` of a document, counted from 1."""

    lines: Sequence[ConfigurationLine]
    first: int
    total: int
    evidence_before: int = 0
    """The number of the last line before the part at which evidence begins, or 0."""
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
        return max(1, self.first - PART_LINES) if self.first > 1 else 0

    @property
    def next(self) -> int:
        """The line with which the next part begins; 0 for none."""
        return self.last + 1 if self.last < self.total else 0

    @property
    def is_whole(self) -> bool:
        """Return True where nothing is left out."""
        return len(self.lines) == self.total


def part(document: Sequence[ConfigurationLine], first: int = 1, parameter: str = "line") -> ConfigurationPart:
    """Return the part of a document from a line on; the last part if there are fewer."""
    if first > len(document):
        first = max(1, len(document) - PART_LINES + 1)
    end = first - 1 + PART_LINES
    begin = [
        number
        for number, line in enumerate(document, start=1)
        if line.marks and (number == 1 or document[number - 2].marks != line.marks)
    ]
    return ConfigurationPart(
        lines=document[first - 1 : end],
        first=first,
        total=len(document),
        evidence_before=max((number for number in begin if number < first), default=0),
        evidence_after=min((number for number in begin if number > end), default=0),
        parameter=parameter,
    )


def _of(value: Any, path: str, key: str, depth: int, extra: int = 0) -> Iterator[ConfigurationLine]:
    """Yield the lines of a value; `extra` counts nested lists, which indent once more."""
    indent = INDENT * (max(depth - 1, 0) + extra)
    value = _opened(value) if depth < DEPTH_MAX else value
    if isinstance(value, Unknown):
        yield ConfigurationLine(path, indent, key, f"unknown: {value}", unseen=True)
    elif depth >= DEPTH_MAX:
        yield ConfigurationLine(path, indent, key, _deep(value), is_whole=True)
    elif isinstance(value, Mapping) and value:
        if depth and key:
            yield ConfigurationLine(path, indent, key, "")
        for name, item in value.items():
            yield from _of(item, below(path, str(name)), str(name), depth + 1, extra)
    elif isinstance(value, list | tuple) and value:
        yield from _of_list(value, path, key, depth, extra)
    else:
        yield ConfigurationLine(path, indent, key, _text(value))


def _of_list(value: Sequence[Any], path: str, key: str, depth: int, extra: int) -> Iterator[ConfigurationLine]:
    indent = INDENT * (max(depth - 1, 0) + extra)
    if _is_short(value):
        yield ConfigurationLine(path, indent, key, ", ".join(_text(item) for item in value), is_whole=True)
        return
    yield ConfigurationLine(path, indent, key, f"{len(value)} items" if len(value) > 1 else "")
    for index, item in enumerate(value):
        below_it = _of(item, f"{path}[{index}]", "", depth + 1, extra + isinstance(item, list))
        yield replace(next(below_it), indent=f"{INDENT * (depth + extra)}- ")
        yield from below_it


def _is_short(value: Sequence[Any]) -> bool:
    """Return True if a list of plain values fits into a line."""
    if any(isinstance(item, Unknown | Mapping | list | tuple) or _opened(item) is not item for item in value):
        return False
    return sum(len(str(item)) + 2 for item in value) <= INLINE_LIST_CHARACTERS


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
    """Return the JSON document in a text, as policies often are, or the value itself."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


class _Index:
    """Marks of lines by path, found without a scan of all marks."""

    def __init__(self, evidence: Mapping[str, Sequence[Mark]]) -> None:
        self.marks = list(evidence.values())
        self.exact = {path: number for number, path in enumerate(evidence)}
        self.below: dict[str, list[int]] = {}
        for path, number in self.exact.items():
            for each in ancestors(path):
                self.below.setdefault(each, []).append(number)

    def paths_of(self, line: ConfigurationLine) -> frozenset[int]:
        """Return the numbers of the paths that a line is part of, or contains."""
        found = {self.exact[each] for each in ancestors(line.path) if each in self.exact}
        return frozenset(found.union(self.below.get(line.path, ())) if line.is_whole else found)

    def marked(
        self, document: Sequence[ConfigurationLine], paths: Sequence[frozenset[int]]
    ) -> Iterator[ConfigurationLine]:
        """Yield the lines with their marks, each named on its first line below a key."""
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
