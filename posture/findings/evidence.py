"""A configuration as lines to read, those that decided marked, and those that nobody could read hatched.

Pure: it knows paths as checks write them (`IpPermissions[0].IpRanges[1].CidrIp`) and JSON as AWS gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from posture.core.evidence import OBSERVED, Part, ancestors, below, by_part
from posture.core.values import Unknown, revive

INDENT = "  "
AROUND = 3
"""Lines that an excerpt shows before and after what decided."""
MOST = 500
"""Lines of a block that the page of a finding holds; the page of its resource leads to the rest."""
SHORT = 32
"""Lines that need no excerpt."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text, the path it belongs to, and its look. `skipped` lines are left out in its place."""

    text: str
    path: str = ""
    decides: bool = False
    unseen: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One part of what was judged (configuration, observed values, tags), whole and as an excerpt."""

    title: str
    lines: tuple[Line, ...]
    excerpt: tuple[Line, ...]
    total: int
    """Lines of the whole; `lines` and `excerpt` hold the first of them at most."""

    @property
    def is_shortened(self) -> bool:
        """Tell whether the excerpt leaves anything out."""
        return len(self.excerpt) < self.total

    @property
    def is_cut(self) -> bool:
        """Return True where not even the lines are the whole."""
        return len(self.lines) < self.total


def blocks(
    config: Mapping[str, Any],
    tags: Mapping[str, Any] | Unknown,
    observed: Mapping[str, Any],
    paths: Sequence[str],
    unseen: Sequence[str] = (),
) -> list[Block]:
    """Return the parts of what was judged; observed values (by path) and tags only where they decided.

    `unseen` names paths whose values are only as last known.
    """
    parted = by_part(paths)
    found = [_block("Configuration", config, parted[Part.CONFIG], unseen)]
    if parted[Part.OBSERVED]:
        seen = {path.removeprefix(OBSERVED): revive(value) for path, value in observed.items()}
        found.append(_block("Observed at the last sweep", seen, parted[Part.OBSERVED], ()))
    if parted[Part.TAGS]:
        whole = {"tags": tags} if isinstance(tags, Unknown) else tags
        found.append(_block("Tags", whole, parted[Part.TAGS], ()))
    return found


def refused_actions(config: Mapping[str, Any], tags: Any, observed: Mapping[str, Any]) -> list[str]:
    """Return the IAM actions whose refusal left something unknown, each once."""
    whole = {"config": config, "tags": tags, "observed": {path: revive(value) for path, value in observed.items()}}
    return list(dict.fromkeys(_refused(whole)))


def _refused(value: Any) -> Iterator[str]:
    if isinstance(value, Unknown):
        yield value.action
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _refused(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _refused(item)


def unknown_paths(config: Mapping[str, Any]) -> list[str]:
    """Return the paths at which a configuration is unknown."""
    return [line.path for line in rendered(config) if line.unseen]


def _block(title: str, value: Mapping[str, Any], paths: Sequence[str], unseen: Sequence[str]) -> Block:
    deciding, hatched = frozenset(paths), frozenset(unseen)
    lines = [_marked(line, deciding, hatched) for line in rendered(value)]
    present = {line.path for line in lines}
    absent = [path for path in dict.fromkeys(paths) if path not in present]
    lines[-1:-1] = [Line(f"{INDENT}{path}: not set", path, decides=True) for path in absent]
    return Block(title, tuple(lines[:MOST]), tuple(excerpt(lines)[:MOST]), len(lines))


def _marked(line: Line, paths: AbstractSet[str], unseen: AbstractSet[str]) -> Line:
    return replace(
        line,
        decides=any(path in paths for path in ancestors(line.path)),
        unseen=line.unseen or any(path in unseen for path in ancestors(line.path)),
    )


def rendered(value: Mapping[str, Any]) -> list[Line]:
    """Return a mapping as indented JSON, one line for each value."""
    return list(_lines(value, "", "", 0)) if value else [Line("{"), Line("}")]


def _lines(value: Any, path: str, label: str, depth: int) -> Iterator[Line]:
    indent = INDENT * depth
    if isinstance(value, Unknown):
        yield Line(f"{indent}{label}unknown: {value}", path, unseen=True)
    elif isinstance(value, Mapping) and value:
        yield Line(f"{indent}{label}{{", path)
        for key, item in value.items():
            yield from _lines(item, below(path, str(key)), f"{_text(key)}: ", depth + 1)
        yield Line(f"{indent}}}", path)
    elif isinstance(value, list | tuple) and value:
        yield Line(f"{indent}{label}[", path)
        for index, item in enumerate(value):
            yield from _lines(item, f"{path}[{index}]", "", depth + 1)
        yield Line(f"{indent}]", path)
    else:
        yield Line(f"{indent}{label}{_text(value)}", path)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def excerpt(lines: Sequence[Line]) -> list[Line]:
    """Return the lines around what decided, with a line that counts each stretch left out."""
    if len(lines) <= SHORT:
        return list(lines)
    wanted = [number for number, line in enumerate(lines) if line.decides or line.unseen] or [0]
    kept = {near for number in wanted for near in range(number - AROUND, number + AROUND + 1)}
    kept |= {0, len(lines) - 1}
    shown: list[Line] = []
    for number, line in enumerate(lines):
        if number in kept:
            shown.append(line)
        elif shown[-1].skipped:
            shown[-1] = replace(shown[-1], skipped=shown[-1].skipped + 1)
        else:
            shown.append(Line("", skipped=1))
    return shown
