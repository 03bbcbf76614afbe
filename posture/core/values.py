"""Values read from AWS, and the one value that stands for "we could not look".

A configuration is plain JSON (dict, list, str, int, float, bool, None) in AWS's own key names, plus
`Unknown`. Absent is `None`; `Unknown` is not absent, and reading it through `Fields` raises, so that
no judgement can take it for a pass by accident.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

Found = TypeVar("Found")

MAX_DEPTH = 64
"""Levels of JSON that are kept; AWS's deepest answers have some twenty."""
MAX_INTEGER = 2**1024
"""No whole number of AWS's has more than 64 bits; beyond some thousand digits Python does not even write it."""
UNREADABLE = "UnreadableValue"
"""The error of an `Unknown` in the place of what AWS gave and nobody can keep."""

Json: TypeAlias = "dict[str, Any] | list[Any] | str | int | float | bool | None"

MARK = "$unknown"
_PLAIN = frozenset({str, int, float, bool, type(None)})
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A field that AWS refused or failed to give.

    `action` is the IAM action that failed, `error` AWS's error code, `reason` a `GapReason` value.
    The message is left out on purpose: it carries request ids and would look like drift.
    """

    action: str
    error: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return the marked form that is stored and exported."""
        return {MARK: {"action": self.action, "error": self.error, "reason": self.reason}}

    def __bool__(self) -> bool:
        raise UnknownFieldError(self)

    def __str__(self) -> str:
        return f"{self.action} failed with {self.error}"


class UnknownFieldError(Exception):
    """A judgement touched a field, or a listing, that could not be read."""

    def __init__(self, unknown: Unknown, path: str = "") -> None:
        super().__init__(f"{path or 'a needed value'} is unknown: {unknown}")
        self.unknown = unknown
        self.path = path


class AbsentFieldError(KeyError):
    """A judgement needs a field that AWS's answer leaves out."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def plain(value: Any) -> Any:
    """Return `value` as JSON, every `Unknown` in its marked form."""
    if isinstance(value, Unknown):
        return value.as_json()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str) or not isinstance(value, Sequence):
        return value
    return [plain(item) for item in value]


def revive(value: Any) -> Any:
    """Return stored JSON with `Unknown` restored: the inverse of `plain`."""
    if isinstance(value, dict):
        mark = value.get(MARK)
        if mark is not None and len(value) == 1:
            return Unknown(**mark)
        return {key: revive(item) for key, item in value.items()}
    if isinstance(value, list):
        return [revive(item) for item in value]
    return value


def well_formed(value: Any) -> Any:
    """Return JSON with U+FFFD for every half of a surrogate pair.

    JSON's escapes can carry one and UTF-8 cannot: no database keeps it and no page can show it.
    """
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {well_formed(key): well_formed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [well_formed(item) for item in value]
    return value


def is_plain_number(value: float) -> bool:
    """Return True for a number that JSON can hold, no longer than any of AWS's."""
    return -MAX_INTEGER < value < MAX_INTEGER


def readable(value: Any, instead: Unknown) -> Any:
    """Return a value as JSON, `instead` in the place of each part that is none.

    Such parts are cyclic, too deep, no number, or of no type.

    Only what cannot be kept is lost, so that one odd field does not hide the others.
    """
    return _readable(value, instead, set())


def _readable(value: Any, instead: Unknown, above: set[int]) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if value is None or isinstance(value, bool | Unknown):
        return value
    if isinstance(value, int | float):
        return value if is_plain_number(value) else instead
    if not isinstance(value, Mapping | list | tuple) or id(value) in above or len(above) >= MAX_DEPTH:
        return instead
    above.add(id(value))
    found: Any
    if isinstance(value, Mapping):
        found = {well_formed(str(key)): _readable(item, instead, above) for key, item in value.items()}
    else:
        found = [_readable(item, instead, above) for item in value]
    above.remove(id(value))
    return found


def canonical(value: Any) -> bytes:
    """Return the canonical UTF-8 JSON: keys sorted, no spaces, `Unknown` marked."""
    # Every resource is hashed at every sweep: the encoder walks dicts and lists in C and asks for the rest alone.
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return str(well_formed(text)).encode()


def digest(value: Any) -> bytes:
    """Return the 16-byte BLAKE2b digest of a value's canonical text."""
    return hashlib.blake2b(canonical(value), digest_size=16).digest()


class Fields(Mapping[str, Any]):
    """A read-only configuration; an unknown value raises `UnknownFieldError`.

    Nested mappings come back as `Fields`, lists as lists of viewed items; `get` follows `dict.get`.
    A field that AWS always gives is read by `[]`: where it is missing, that raises `AbsentFieldError`,
    and the outcome is UNKNOWN instead of what `None` happens to mean to the check.
    """

    __slots__ = ("_path", "raw")

    def __init__(self, raw: Mapping[str, Any], path: str = "") -> None:
        self.raw = raw
        self._path = path

    def __getitem__(self, key: str) -> Any:
        try:
            value = self.raw[key]
        except KeyError:
            raise AbsentFieldError(f"{self._path}.{key}" if self._path else key) from None
        # Checks read fields by the million, and most are plain: those need no path to be named by.
        return value if type(value) in _PLAIN else _view(value, f"{self._path}.{key}" if self._path else key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a field, or `default` where absent; Mapping's own would raise and catch."""
        return self[key] if key in self.raw else default

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __contains__(self, key: object) -> bool:
        return key in self.raw

    def at(self, *keys: str, default: Any = None) -> Any:
        """Walk nested keys; return `default` where one is absent or None."""
        value: Any = self
        for key in keys:
            value = value.get(key) if isinstance(value, Fields) else None
            if value is None:
                return default
        return value

    def items_of(self, key: str) -> list[Any]:
        """Return a list field, empty where absent."""
        return self.get(key) or []

    def known(self, key: str) -> bool:
        """Return True if reading `key` does not raise. Not for checks: see `any_of`."""
        return not isinstance(self.raw.get(key), Unknown)


def any_of(*questions: Callable[[], Any]) -> bool:
    """Return True if any answer is truthy; raise if none is and one is unknown."""
    return any(_answers(questions))


def first_known(*sources: Callable[[], Found | None]) -> Found | None:
    """Return the first known answer but None; raise if there is only an unknown one."""
    return next((answer for answer in _answers(sources) if answer is not None), None)


def all_found(*sources: Callable[[], Iterable[Found]]) -> list[Found]:
    """Return what all sources found; raise if that is nothing and one is unknown."""
    found: list[Found] = []
    unseen: UnknownFieldError | AbsentFieldError | None = None
    for source in sources:
        try:
            found += source()
        except (UnknownFieldError, AbsentFieldError) as error:
            unseen = error
    if unseen and not found:
        raise unseen
    return found


def _answers(questions: Iterable[Callable[[], Found]]) -> Iterator[Found]:
    """Yield the answers that are known, then raise if one was not."""
    unseen: UnknownFieldError | AbsentFieldError | None = None
    for question in questions:
        try:
            answer = question()
        except (UnknownFieldError, AbsentFieldError) as error:
            unseen = error
        else:
            yield answer
    if unseen:
        raise unseen


def _view(value: Any, path: str) -> Any:
    if isinstance(value, Unknown):
        raise UnknownFieldError(value, path)
    if isinstance(value, Mapping):
        return Fields(value, path)
    if isinstance(value, list | tuple):
        return [item if type(item) in _PLAIN else _view(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return value
