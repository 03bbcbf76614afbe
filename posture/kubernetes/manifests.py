"""Manifests, read without trust: each document with the line of every field.

Scalars are read as kubectl reads them, which is YAML 1.1 as Go's library has it: `no` is false, `12:30` is text. What
could make a small file large (aliases), hide something (a key written twice) or run code (tags) is refused.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

BYTES_MAX = 5_000_000
EVENTS_MAX = 200_000
PATH_LENGTH_MAX = 512
"""Characters of a path whose line is kept: each repeats all keys above it, which strangers may make long."""
DEPTH_MAX = 64
DOCUMENTS_MAX = 500
ITEMS_PREFIX = "items"
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ManifestError(ValueError):
    """A manifest cannot be read.

    The message names document and line and says what to do.
    """


class UnreadableKeyError(ManifestError):
    """A key is no text, as the braces of a template are."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object of Kubernetes, and where it is written."""

    file: str
    document: int
    """From 1."""
    content: Mapping[str, Any]
    lines: Mapping[str, int] = field(repr=False)
    """Lines of its fields, from 1, by path, as "spec.containers[0].image"."""

    @property
    def kind(self) -> str:
        """As "Deployment"; empty where it is no text."""
        kind = self.content.get("kind")
        return kind if isinstance(kind, str) else ""

    @property
    def name(self) -> str:
        """Of its metadata; empty where there is none."""
        return self._metadata("name")

    @property
    def namespace(self) -> str:
        """Of its metadata; empty for what has none or takes the one of its caller."""
        return self._metadata("namespace")

    def _metadata(self, key: str) -> str:
        metadata = self.content.get("metadata")
        value = metadata.get(key) if isinstance(metadata, Mapping) else None
        return value if isinstance(value, str) else ""

    def line(self, path: str) -> int:
        """Return the line of a field, or of the nearest one around it that is written."""
        path = path[:PATH_LENGTH_MAX]
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


def read_manifests(text: bytes, file: str) -> list[Manifest]:
    """Return the objects in a file, lists taken apart; raises ManifestError.

    Documents without content are left out. An object without kind is an error: it is no manifest.
    """
    if len(text) > BYTES_MAX:
        raise ManifestError(f"{file} has more than {BYTES_MAX:,} bytes. Split it.")
    found: list[Manifest] = []
    for number, (content, lines) in enumerate(_documents(text, file), start=1):
        if content is None:
            continue
        if not isinstance(content, Mapping) or not isinstance(content.get("kind"), str):
            raise ManifestError(f"{file}, document {number}: it has no “kind”, so it is no Kubernetes manifest.")
        found += _objects(Manifest(file, number, content, lines))
    return found


def read_value(text: bytes, file: str) -> Any:
    """Return the content of a file of one document, within the limits of manifests.

    None for an empty one; raises ManifestError.
    """
    found = [content for content, _ in _documents(text, file)]
    if len(found) > 1:
        raise ManifestError(f"{file} has {len(found)} documents, and one is read.")
    return found[0] if found else None


def _objects(manifest: Manifest) -> Iterator[Manifest]:
    """Yield a manifest, or the items of a list."""
    if manifest.kind == "Kustomization":
        raise ManifestError(f"{manifest.file} is a source of Kustomize: read what `kustomize build` makes of it.")
    items = manifest.content.get("items")
    if not manifest.kind.endswith("List") or not isinstance(items, list):
        yield manifest
        return
    by_item = _lines_by_item(manifest.lines)
    for at, item in enumerate(items):
        lines = by_item.get(f"{ITEMS_PREFIX}[{at}]", {})
        if not isinstance(item, Mapping) or not isinstance(item.get("kind"), str):
            raise ManifestError(f"{manifest.file}, line {lines.get('', 1)}: an item of the list has no “kind”.")
        yield Manifest(manifest.file, manifest.document, item, lines)


def _lines_by_item(lines: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Return the lines of each item of a list, by paths within it; in one pass."""
    found: dict[str, dict[str, int]] = {}
    for path, line in lines.items():
        if path.startswith(f"{ITEMS_PREFIX}["):
            item, _, within = path.partition("]")
            found.setdefault(f"{item}]", {})[within.removeprefix(".")] = line
    return found


def _documents(text: bytes, file: str) -> Iterator[tuple[Any, dict[str, int]]]:
    try:
        yield from _Builder(file).documents(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        if text.lstrip()[:1] in {b"{", b"["}:
            yield _json(text, file), {}
            return
        raise ManifestError(_syntax(error, text, file)) from error
    except UnreadableKeyError as error:
        raise ManifestError(_template(file) if b"{{" in text else str(error)) from error


def _json(text: bytes, file: str) -> Any:
    """Read JSON that is no YAML, as with tabs."""
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, file))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ManifestError):
            raise
        raise ManifestError(f"{file} is neither YAML nor JSON: {error}.") from error
    if count_values(content, file) > EVENTS_MAX:
        raise ManifestError(f"{file} has more than {EVENTS_MAX:,} values. Split it.")
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        # JSON may escape half a character, which nothing stores; YAML's parser refuses it by itself.
        raise ManifestError(f"{file} has an escape of half a character (\\ud800 to \\udfff). Remove it.") from error
    return content


def count_values(content: Any, file: str) -> int:
    """Count a document's values; raises ManifestError where it is too deep."""
    level, depth, found = [content], 0, 0
    while level:
        if depth > DEPTH_MAX:
            raise ManifestError(f"{file} has more than {DEPTH_MAX} levels.")
        found += len(level)
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level, depth = [value for values in inner for value in values], depth + 1
    return found


def _once(pairs: list[tuple[str, Any]], file: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ManifestError(f"{file}: the key “{twice[:80]}” is written twice in one object. Remove one of them.")
    return found


def _syntax(error: yaml.YAMLError | UnicodeDecodeError, text: bytes, file: str) -> str:
    if b"{{" in text:
        return _template(file)
    mark = getattr(error, "problem_mark", None)
    where = f", line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be decoded"
    return f"{file}{where}: this is no YAML: {problem}."


def _template(file: str) -> str:
    return f"{file} is a template of Helm: read what `helm template` makes of it."


NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"])
FALSE = frozenset(["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"])
INTEGER = re.compile(r"[-+]?(?:0b_*[01][01_]*|0o?_*[0-7][0-7_]*|0x_*[0-9a-fA-F][0-9a-fA-F_]*|[1-9][0-9_]*|0)")
REAL = re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
DIGITS_MAX = 400
CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))


def scalar(text: str) -> Any:
    """Return a plain scalar as kubectl reads it."""
    if text in NULLS:
        return None
    if text in TRUE or text in FALSE:
        return text in TRUE
    if len(text) > DIGITS_MAX:
        return text
    if INTEGER.fullmatch(text):
        return _integer(text)
    return float(text.replace("_", "")) if REAL.fullmatch(text) else text


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if digits.startswith("0") and digits[1:].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


class _Builder:
    """Builds documents from the parser's events, within limits."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.events = 0
        self.document = 0
        self.lines: dict[str, int] = {}

    def documents(self, text: bytes) -> Iterator[tuple[Any, dict[str, int]]]:
        """Yield the content of each document with the lines of its fields."""
        stream = self._watched(text)
        for event in stream:
            if isinstance(event, yaml.DocumentStartEvent):
                self.document += 1
                if self.document > DOCUMENTS_MAX:
                    raise ManifestError(f"{self.file} has more than {DOCUMENTS_MAX} documents. Split it.")
                self.lines = {}
                yield self._node(next(stream), stream, "", 0), self.lines

    def _watched(self, text: bytes) -> Iterator[yaml.Event]:
        for event in yaml.parse(text, Loader=Loader):
            self.events += 1
            if self.events > EVENTS_MAX:
                raise ManifestError(f"{self.file} has more than {EVENTS_MAX:,} values. Split it.")
            yield event

    def _node(self, event: yaml.Event, stream: Iterator[yaml.Event], path: str, depth: int) -> Any:
        self._check(event, depth)
        if len(path) <= PATH_LENGTH_MAX:
            self.lines[path] = _line(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(stream, path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(stream, path, depth)
        return _value(event) if isinstance(event, yaml.ScalarEvent) else None

    def _mapping(self, stream: Iterator[yaml.Event], path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(stream), yaml.MappingEndEvent):
            self._check(event, depth)
            if not isinstance(event, yaml.ScalarEvent):
                raise UnreadableKeyError(str(self._refusal(event, "a key that is no text. Write keys as words")))
            key = event.value
            if key == "<<":
                raise self._refusal(event, "a merge key (<<). Write the fields out")
            if key in found:
                raise self._refusal(event, f"the key “{key[:80]}” twice in one object. Remove one of them")
            found[key] = self._node(next(stream), stream, _below(path, f".{key}" if path else key), depth + 1)
        return found

    def _sequence(self, stream: Iterator[yaml.Event], path: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(stream), yaml.SequenceEndEvent):
            found.append(self._node(event, stream, _below(path, f"[{len(found)}]"), depth + 1))
        return found

    def _check(self, event: yaml.Event, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._refusal(event, "an alias (*). Write the value out: aliases can make a small file endless")
        if depth > DEPTH_MAX:
            raise self._refusal(event, f"more than {DEPTH_MAX} levels")
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"} and tag not in CORE_TAGS:
            raise self._refusal(event, f"the tag {tag[:80]}, which Kubernetes does not know. Remove it")

    def _refusal(self, event: yaml.Event, what: str) -> ManifestError:
        return ManifestError(f"{self.file}, document {self.document}, line {_line(event)}: it has {what}.")


TEXT_TAGS = ("!", "tag:yaml.org,2002:str")


def _below(path: str, step: str) -> str:
    """Return the path of a field; below one that is too long to be kept, that one."""
    return path if len(path) > PATH_LENGTH_MAX else path + step


def _line(event: yaml.Event) -> int:
    """Return an event's line, from 1."""
    return event.start_mark.line + 1 if event.start_mark else 1


def _value(event: yaml.ScalarEvent) -> Any:
    is_plain = event.style in {None, ""} and event.tag not in TEXT_TAGS
    return scalar(event.value) if is_plain or event.tag not in {None, *TEXT_TAGS} else event.value
