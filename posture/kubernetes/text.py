"""The text of objects as it was written, without the values that are never kept.

A value that the kept object lacks is replaced where it is written, so that every line keeps its number. Where that is
not possible, as in JSON on one line, the kept object is written out again.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import yaml

from posture.kubernetes.manifests import ITEMS_PREFIX, Loader, Manifest, ManifestError, read_manifests
from posture.kubernetes.stored import HIDDEN

COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)
HIDDEN_COMMENT = "# …"
LINE_LENGTH_MAX = 1_000
"""Characters of a line; an object with a longer one is written out again, one field a line."""
Kept = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ObjectText:
    """The text of one object."""

    text: str
    first_line: int
    """Its number in the file, from 1."""
    lines: Mapping[str, int]
    """Numbers of the lines of fields by path, as `Manifest.lines` has them."""
    is_rewritten: bool = False
    """Written out by us: lines are numbers in this text, and not in the file."""


@dataclass(slots=True)
class _Node:
    """A value, by the characters at which it begins and ends."""

    path: str
    start: int
    end: int = 0
    is_scalar: bool = False


@dataclass(slots=True)
class _Document:
    nodes: list[_Node] = field(default_factory=list)
    keys: list[tuple[int, int]] = field(default_factory=list)
    end: int = 0


def write_texts(source: bytes, manifests: Sequence[Manifest], kept: Sequence[Kept]) -> list[ObjectText]:
    """Return the texts of all objects in a file, with hidden values.

    `kept` has what is kept of each of the manifests.
    """
    documents = _parse(source)
    if documents is None:
        return [_rewrite(one) for one in kept]
    text, parsed = documents
    by_document: dict[int, list[int]] = {}
    for at, manifest in enumerate(manifests):
        by_document.setdefault(manifest.document, []).append(at)
    found: dict[int, ObjectText] = {}
    for number, places in by_document.items():
        mine = [manifests[at] for at in places], [kept[at] for at in places]
        found |= zip(places, _texts_in_document(text, parsed[number - 1], *mine), strict=True)
    return [found[at] for at in range(len(manifests))]


def find_hidden(content: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of scalars that the kept object lacks, or has another value of."""
    if isinstance(content, Mapping):
        inner = kept if isinstance(kept, Mapping) else {}
        for key, value in content.items():
            yield from find_hidden(value, inner.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(content, list):
        items = kept if isinstance(kept, list) else []
        for at, value in enumerate(content):
            yield from find_hidden(value, items[at] if at < len(items) else None, f"{path}[{at}]")
    elif content is not None and (type(content) is not type(kept) or content != kept):
        yield path


def _parse(source: bytes) -> tuple[str, list[_Document]] | None:
    """Return a file's text and documents; None where marks are not of its characters."""
    try:
        text = source.decode()
        if text.startswith("\ufeff"):
            return None
        return text, list(_walk(yaml.parse(source, Loader=Loader)))
    except (UnicodeDecodeError, yaml.YAMLError):
        return None


def _walk(events: Iterator[yaml.Event]) -> Iterator[_Document]:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            document = _Document()
            document.end = _visit(next(events), events, "", document)
            yield document


def _begin(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0


def _visit(event: yaml.Event, events: Iterator[yaml.Event], path: str, document: _Document) -> int:
    """Note a value and all within it; return where it ends."""
    node = _Node(path, _begin(event))
    document.nodes.append(node)
    if isinstance(event, yaml.MappingStartEvent):
        node.end = _visit_mapping(events, path, document, is_flow=bool(event.flow_style))
    elif isinstance(event, yaml.SequenceStartEvent):
        node.end = _visit_sequence(events, path, document, is_flow=bool(event.flow_style))
    else:
        node.is_scalar, node.end = True, _end(event)
    return max(node.end, node.start)


def _visit_mapping(events: Iterator[yaml.Event], path: str, document: _Document, *, is_flow: bool) -> int:
    end = 0
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        document.keys.append((_begin(event), _end(event)))
        key = event.value if isinstance(event, yaml.ScalarEvent) else ""
        end = _visit(next(events), events, f"{path}.{key}" if path else key, document)
    # The end of a block is marked where the next value begins.
    return _end(event) if is_flow else end


def _visit_sequence(events: Iterator[yaml.Event], path: str, document: _Document, *, is_flow: bool) -> int:
    end, at = 0, 0
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        end, at = _visit(event, events, f"{path}[{at}]", document), at + 1
    return _end(event) if is_flow else end


def _texts_in_document(
    text: str, document: _Document, manifests: Sequence[Manifest], kept: Sequence[Kept]
) -> list[ObjectText]:
    by_path = {node.path: node for node in document.nodes}
    is_list = f"{ITEMS_PREFIX}[0].kind" in by_path and by_path.keys() >= {f"{ITEMS_PREFIX}[{len(kept) - 1}]"}
    is_list = is_list and len(manifests) == sum(_is_item(node.path) for node in document.nodes)
    roots = [f"{ITEMS_PREFIX}[{at}]" if is_list else "" for at in range(len(manifests))]
    hidden = {
        f"{root}.{path}" if root else path
        for root, one, mine in zip(roots, manifests, kept, strict=True)
        for path in find_hidden(one.content, mine)
    }
    masked = _mask(text, document, hidden)
    if masked is None or not _is_masked(masked, manifests, kept):
        return [_rewrite(one) for one in kept]
    page = _Page(text, masked.split("\n"), document.nodes[0].start)
    return [
        page.cut(by_path[root], manifest) or _rewrite(mine)
        for root, manifest, mine in zip(roots, manifests, kept, strict=True)
    ]


def _is_item(path: str) -> bool:
    return path.startswith(f"{ITEMS_PREFIX}[") and path.endswith("]") and path.count("[") == 1 and "." not in path


def _mask(text: str, document: _Document, hidden: AbstractSet[str]) -> str | None:
    """Return a document without hidden values and comments, from its first line."""
    spans = [(node.start, node.end, node.path in hidden) for node in document.nodes if node.is_scalar]
    spans += [(start, end, False) for start, end in document.keys]
    at = document.nodes[0].start
    # Whatever is before it on its first line, as the sign of a document, is left out; columns stay what they are.
    pieces = [" " * (at - (text.rfind("\n", 0, at) + 1))]
    for start, end, is_hidden in sorted(spans):
        if start < at:
            return None
        pieces.append(COMMENT.sub(HIDDEN_COMMENT, text[at:start]))
        written = text[start:end]
        pieces.append(f'"{HIDDEN}"' + "\n" * written.count("\n") if is_hidden else _without_comment(written))
        at = end
    stop = text.find("\n", max(document.end, at))
    pieces.append(COMMENT.sub(HIDDEN_COMMENT, text[at : stop if stop >= 0 else len(text)]))
    return "".join(pieces)


def _without_comment(scalar: str) -> str:
    """Return a scalar; one in a block may have a comment behind its sign."""
    if scalar[:1] not in {"|", ">"}:
        return scalar
    head, newline, rest = scalar.partition("\n")
    return COMMENT.sub(HIDDEN_COMMENT, head) + newline + rest


def _is_masked(masked: str, manifests: Sequence[Manifest], kept: Sequence[Kept]) -> bool:
    """Return True if the text says what was written but for hidden values."""
    try:
        read = read_manifests(masked.encode(), "")
    except ManifestError:
        return False
    return len(read) == len(kept) and all(
        _has_only_hidden_changes(one.content, manifest.content, mine)
        for one, manifest, mine in zip(read, manifests, kept, strict=True)
    )


def _has_only_hidden_changes(read: Any, written: Any, kept: Any) -> bool:
    if isinstance(written, Mapping):
        inner = kept if isinstance(kept, Mapping) else {}
        return isinstance(read, Mapping) and read.keys() == written.keys() and all(
            _has_only_hidden_changes(read[key], value, inner.get(key)) for key, value in written.items()
        )  # fmt: skip
    if isinstance(written, list):
        items = kept if isinstance(kept, list) else []
        return isinstance(read, list) and len(read) == len(written) and all(
            _has_only_hidden_changes(mine, value, items[at] if at < len(items) else None)
            for at, (mine, value) in enumerate(zip(read, written, strict=True))
        )  # fmt: skip
    is_hidden = next(find_hidden(written, kept), None) is not None
    return bool(read == HIDDEN if is_hidden else read == written)


class _Page:
    """A document's lines, out of which objects are cut."""

    def __init__(self, text: str, masked: Sequence[str], start: int) -> None:
        self.text = text
        self.masked = masked
        self.first = text.count("\n", 0, start)
        begin = text.rfind("\n", 0, start) + 1
        self.begins = [begin, *(found.end() for found in re.finditer("\n", text[begin:]))]
        self.begins[1:] = [begin + one for one in self.begins[1:]]

    def cut(self, node: _Node, manifest: Manifest) -> ObjectText | None:
        """Return the lines of one object; None where they are shared or too long."""
        last = max(node.end - 1, node.start)
        top, bottom = bisect_right(self.begins, node.start) - 1, bisect_right(self.begins, last) - 1
        before = self.text[self.begins[top] : node.start]
        stop = self.begins[bottom + 1] if bottom + 1 < len(self.begins) else len(self.text)
        after = self.text[node.end : stop]
        mine = [line.rstrip() for line in self.masked[top : bottom + 1]]
        is_shared = before.strip(" -") or COMMENT.sub("", after).strip(" ,\r\n]}")
        if is_shared or any(len(line) > LINE_LENGTH_MAX for line in mine):
            return None
        return ObjectText("\n".join(mine), self.first + top + 1, manifest.lines)


def _rewrite(kept: Kept) -> ObjectText:
    """Return an object as JSON, one field a line."""
    text = json.dumps(kept, indent=2, ensure_ascii=False, default=str)
    [read] = read_manifests(text.encode(errors="replace"), "")
    return ObjectText(text, 1, read.lines, is_rewritten=True)
