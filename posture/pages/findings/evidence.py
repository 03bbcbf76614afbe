"""A configuration as lines: deciding ones marked, unreadable ones hatched.

Pure: it knows paths as checks write them (`IpPermissions[0].IpRanges[1].CidrIp`) and JSON as AWS gives it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from posture.core.evidence import OBSERVED, Part, ancestors, below, by_part
from posture.core.values import Unknown, revive

INDENT = "  "
TOP = re.compile(r"[^.\[]+")
"""The first key of a path."""
CONTEXT_LINES = 3
"""Lines that an excerpt shows before and after what decided."""
LINES_MAX = 500
"""Lines of a block that the page of a finding holds; the page of its resource leads to the rest."""
EXCERPT_FROM = 24
"""Lines that need no excerpt."""
EXCERPT_MAX = 40
"""Lines of an excerpt, however many decide."""
PARTS_FROM = 60
"""Lines from which on the whole has links to its parts."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One line: its text, path and look.

    `skipped` counts the lines that it replaces.
    """

    text: str
    path: str = ""
    decides: bool = False
    unseen: bool = False
    skipped: int = 0
    anchor: str = ""
    """The id of the first line of a part."""


@dataclass(frozen=True, slots=True)
class EvidenceSection:
    """A top-level part of a long configuration, and the id of its first line."""

    key: str
    anchor: str
    lines: int
    decides: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Block:
    """One part of what was judged, whole and as an excerpt.

    A part is the configuration, observed values or tags.
    """

    title: str
    lines: tuple[EvidenceLine, ...]
    excerpt: tuple[EvidenceLine, ...]
    total: int
    """Lines of the whole; `lines` and `excerpt` hold the first of them at most."""
    decides: int = 0
    """Lines that decided, those that are cut off among them."""
    sections: tuple[EvidenceSection, ...] = ()
    """The parts of a long one."""

    @property
    def is_shortened(self) -> bool:
        """Return True where the excerpt leaves anything out."""
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
    """Return the parts of what was judged.

    Observed values (by path) and tags are included only where they decided.
    `unseen` names paths whose values are only as last known.
    """
    parted = by_part(paths)
    found = [_block("Configuration", config, parted[Part.CONFIG], unseen)]
    if parted[Part.OBSERVED]:
        seen = {path.removeprefix(OBSERVED): revive(value) for path, value in observed.items()}
        found.append(_block("Observed, as last read", seen, parted[Part.OBSERVED], ()))
    if parted[Part.TAGS]:
        whole = {"tags": tags} if isinstance(tags, Unknown) else tags
        found.append(_block("Tags", whole, parted[Part.TAGS], ()))
    return found


def refused_actions(config: Mapping[str, Any], tags: Any, observed: Mapping[str, Any]) -> list[str]:
    """Return the IAM actions whose refusal left something unknown, each once."""
    whole = {"config": config, "tags": tags, "observed": {path: revive(value) for path, value in observed.items()}}
    return list(dict.fromkeys(_refused(whole)))


def title(found: Sequence[Block]) -> str:
    """Return how many lines decide, as the heading of the evidence."""
    number = sum(block.decides for block in found)
    if not number:
        return "Evidence"
    words = NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
    return f"{words} line{'' if number == 1 else 's'} decide{'s' if number == 1 else ''} it"


NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def statement(actions: Sequence[str]) -> str:
    """Return a policy statement that allows actions."""
    return json.dumps({"Effect": "Allow", "Action": list(actions), "Resource": "*"}, indent=2)


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
    lines[-1:-1] = [EvidenceLine(f"{INDENT}{path}: not set", path, decides=True) for path in absent]
    sections: tuple[EvidenceSection, ...] = ()
    if len(lines) >= PARTS_FROM:
        lines, sections = _sectioned(title, lines)
    shown = excerpt(lines)
    if len(shown) > EXCERPT_MAX:
        shown = [
            *shown[:EXCERPT_MAX],
            EvidenceLine("", skipped=len(lines) - sum(one.skipped or 1 for one in shown[:EXCERPT_MAX])),
        ]
    decides = sum(line.decides for line in lines)
    return Block(title, tuple(lines[:LINES_MAX]), tuple(shown), len(lines), decides, sections)


def _sectioned(title: str, lines: Sequence[EvidenceLine]) -> tuple[list[EvidenceLine], tuple[EvidenceSection, ...]]:
    """Return lines with ids on first lines of parts, and the parts not cut off."""
    found: dict[str, list[EvidenceLine]] = {}
    marked: list[EvidenceLine] = []
    for line in lines:
        key = TOP.match(line.path)
        if key and key[0] not in found:
            marked.append(replace(line, anchor=f"part-{title.partition(' ')[0].lower()}-{len(found) + 1}"))
        else:
            marked.append(line)
        if key:
            found.setdefault(key[0], []).append(marked[-1])
    shown = {line.anchor for line in marked[:LINES_MAX] if line.anchor}
    sections = tuple(
        EvidenceSection(
            key, mine[0].anchor, len(mine), sum(one.decides for one in mine), sum(one.unseen for one in mine)
        )
        for key, mine in found.items()
        if mine[0].anchor in shown
    )
    return marked, sections


def _marked(line: EvidenceLine, paths: AbstractSet[str], unseen: AbstractSet[str]) -> EvidenceLine:
    return replace(
        line,
        decides=any(path in paths for path in ancestors(line.path)),
        unseen=line.unseen or any(path in unseen for path in ancestors(line.path)),
    )


def rendered(value: Mapping[str, Any]) -> list[EvidenceLine]:
    """Return a mapping as indented JSON, one line for each value."""
    return list(_lines(value, "", "", 0)) if value else [EvidenceLine("{"), EvidenceLine("}")]


def _lines(value: Any, path: str, label: str, depth: int) -> Iterator[EvidenceLine]:
    indent = INDENT * depth
    if isinstance(value, Unknown):
        yield EvidenceLine(f"{indent}{label}unknown: {value}", path, unseen=True)
    elif isinstance(value, Mapping) and value:
        yield EvidenceLine(f"{indent}{label}{{", path)
        for key, item in value.items():
            yield from _lines(item, below(path, str(key)), f"{_text(key)}: ", depth + 1)
        yield EvidenceLine(f"{indent}}}", path)
    elif isinstance(value, list | tuple) and value:
        yield EvidenceLine(f"{indent}{label}[", path)
        for index, item in enumerate(value):
            yield from _lines(item, f"{path}[{index}]", "", depth + 1)
        yield EvidenceLine(f"{indent}]", path)
    else:
        yield EvidenceLine(f"{indent}{label}{_text(value)}", path)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def excerpt(lines: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """Return the lines around what decided, and a line for each gap between them."""
    if len(lines) <= EXCERPT_FROM:
        return list(lines)
    wanted = [number for number, line in enumerate(lines) if line.decides or line.unseen] or [0]
    kept = {near for number in wanted for near in range(number - CONTEXT_LINES, number + CONTEXT_LINES + 1)}
    kept |= {0, len(lines) - 1}
    shown: list[EvidenceLine] = []
    for number, line in enumerate(lines):
        if number in kept:
            shown.append(line)
        elif shown[-1].skipped:
            shown[-1] = replace(shown[-1], skipped=shown[-1].skipped + 1)
        else:
            shown.append(EvidenceLine("", skipped=1))
    return shown
