"""Parameters of checks: what an organization may set, and its default.

    UNUSED_DAYS = days(
        "unused_credential_days",
        "Unused credentials",
        "After so many days without use, a password or access key fails.",
        default=45,
        source="CIS 2.11",
    )

A check, or a module that several checks share, declares one in its own file and reads `UNUSED_DAYS.value`: the value
of the account that is being judged, else the default. Values are plain data: a number, or a list of numbers or texts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

logger = logging.getLogger(__name__)

Value = TypeVar("Value", int, tuple[int, ...], tuple[str, ...])
Values = Mapping[str, Any]
"""Values that differ from the defaults, by the names of their parameters."""

ITEMS_MAX = 200
"""Entries of a list, at most: each is compared with every resource."""
ITEM_LENGTH_MAX = 128
QUOTED_LENGTH_MAX = 60
"""Characters of a wrong entry that an error repeats."""


class ParameterError(ValueError):
    """A value that a parameter cannot have; the message says what to write instead."""


class Kind(StrEnum):
    """What a parameter's value is."""

    DAYS = "days"
    INTEGER = "number"
    PORTS = "ports"
    TAG_KEYS = "tag keys"
    ACCOUNT_IDS = "account ids"
    REGIONS = "regions"

    @property
    def is_list(self) -> bool:
        """Return True where the value has several entries."""
        return self not in {Kind.DAYS, Kind.INTEGER}


_EXAMPLES = {
    Kind.PORTS: "22, 3389",
    Kind.TAG_KEYS: "owner, cost-center",
    Kind.ACCOUNT_IDS: "111122223333",
    Kind.REGIONS: "eu-central-1, us-east-1",
}
_NOUNS = {
    Kind.PORTS: "port",
    Kind.TAG_KEYS: "tag key",
    Kind.ACCOUNT_IDS: "account id",
    Kind.REGIONS: "region",
}
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}")
_TAG_KEY = re.compile(r"[\w .:/=+@-]+")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Parameter(Generic[Value]):
    """A value by which checks judge: its kind, default and bounds."""

    name: str
    title: str
    description: str
    """What it decides, in one sentence."""
    kind: Kind
    default: Value
    minimum: int
    """The least number; of a list, the least number of entries."""
    maximum: int
    source: str = ""
    """Whose default it is, as `CIS 2.11`."""
    empty: str = "none"
    """What a list without entries means, in words."""

    def __post_init__(self) -> None:
        if self.accept(self.default) != self.default:
            raise ParameterError(f"{self.name}: its own default is not in order")

    @property
    def value(self) -> Value:
        """The value of the account that is being judged, else the default."""
        readers = _readers.get()
        if readers is not None:
            readers.add(self.name)
        return cast("Value", _values.get().get(self.name, self.default))

    @property
    def bounds(self) -> str:
        """What may be written, in words."""
        if not self.kind.is_list:
            unit = " of days" if self.kind is Kind.DAYS else ""
            return f"A whole number{unit} from {self.minimum} to {self.maximum}."
        empty = " May be empty." if self.minimum == 0 else ""
        return f"{str(self.kind).capitalize()} with commas between them, such as {_EXAMPLES[self.kind]}.{empty}"

    def parse(self, text: str) -> Value:
        """Return the value that a person typed; raises `ParameterError`."""
        if self.kind.is_list:
            between = r"[,\n]+" if self.kind is Kind.TAG_KEYS else r"[,\s]+"
            return self.accept([word.strip() for word in re.split(between, text) if word.strip()])
        written = text.strip()
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", written):
            raise ParameterError(f"{_quoted(written)} is no whole number. {self.bounds}")
        return self.accept(int(written))

    def accept(self, plain: object) -> Value:
        """Return a value of JSON or TOML as checks read it; raises `ParameterError`."""
        return cast("Value", self._list(plain) if self.kind.is_list else self._number(plain))

    def _number(self, plain: object) -> int:
        if not isinstance(plain, int) or isinstance(plain, bool):
            raise ParameterError(f"{_quoted(plain)} is no whole number. {self.bounds}")
        if not self.minimum <= plain <= self.maximum:
            raise ParameterError(f"{plain} is not from {self.minimum} to {self.maximum}.")
        return plain

    def _list(self, plain: object) -> tuple[Any, ...]:
        if isinstance(plain, str | bytes) or not isinstance(plain, Sequence):
            raise ParameterError(f"{_quoted(plain)} is no list. {self.bounds}")
        if len(plain) > ITEMS_MAX:
            raise ParameterError(f"These are {len(plain)} entries, and {ITEMS_MAX} are the most.")
        found = tuple(dict.fromkeys(self._item(one) for one in plain))
        if self.kind is Kind.PORTS:
            found = tuple(sorted(found))
        if not self.minimum <= len(found) <= self.maximum:
            least = f"at least {self.minimum}" if len(found) < self.minimum else f"at most {self.maximum}"
            raise ParameterError(f"Write {least} {_NOUNS[self.kind]}{'s' if self.minimum != 1 else ''}. {self.bounds}")
        return found

    def _item(self, plain: object) -> int | str:
        wrong = ParameterError(f"{_quoted(plain)} is no {_NOUNS[self.kind]}. {self.bounds}")
        if self.kind is Kind.PORTS:
            text = str(plain)
            if isinstance(plain, bool) or not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= _LAST_PORT:
                raise wrong
            return int(text)
        if not isinstance(plain, str) or not 0 < len(plain) <= ITEM_LENGTH_MAX:
            raise wrong
        text = plain.replace("-", "") if self.kind is Kind.ACCOUNT_IDS else plain
        pattern = {Kind.TAG_KEYS: _TAG_KEY, Kind.ACCOUNT_IDS: _ACCOUNT_ID, Kind.REGIONS: _REGION}[self.kind]
        if not pattern.fullmatch(text):
            raise wrong
        return text

    def write(self, value: object) -> str:
        """Return a value as a person types it; the inverse of `parse`."""
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

    def describe(self, value: object) -> str:
        """Return a value in words, as `45 days` or `22, 3389`."""
        if self.kind is Kind.DAYS:
            return f"{value} day{'' if value == 1 else 's'}"
        return self.write(value) or self.empty


def _quoted(plain: object) -> str:
    text = str(plain)
    return f"“{text if len(text) <= QUOTED_LENGTH_MAX else text[:QUOTED_LENGTH_MAX] + '…'}”"


def days(
    name: str, title: str, description: str, *, default: int, minimum: int = 1, maximum: int = 3650, source: str = ""
) -> Parameter[int]:
    """Return a parameter that is a number of days."""
    return Parameter(name, title, description, Kind.DAYS, default, minimum, maximum, source)


def integer(
    name: str, title: str, description: str, *, default: int, minimum: int, maximum: int, source: str = ""
) -> Parameter[int]:
    """Return a parameter that is a whole number."""
    return Parameter(name, title, description, Kind.INTEGER, default, minimum, maximum, source)


def ports(
    name: str, title: str, description: str, *, default: Sequence[int], minimum: int = 1, source: str = ""
) -> Parameter[tuple[int, ...]]:
    """Return a parameter that is a list of ports."""
    return Parameter(name, title, description, Kind.PORTS, tuple(sorted(default)), minimum, ITEMS_MAX, source)


def words(
    kind: Kind,
    name: str,
    title: str,
    description: str,
    *,
    default: Sequence[str] = (),
    minimum: int = 0,
    empty: str = "none",
) -> Parameter[tuple[str, ...]]:
    """Return a parameter that is a list of tag keys, account ids or regions."""
    return Parameter(name, title, description, kind, tuple(default), minimum, ITEMS_MAX, empty=empty)


Known = Mapping[str, Parameter[Any]]
"""Parameters by their names."""


def accept_stored(known: Known, stored: Mapping[str, object]) -> Values:
    """Return stored values as checks read them, without the defaults.

    What this version does not know, or does not accept any more, is left out and logged.
    """
    found: dict[str, Any] = {}
    for name, plain in stored.items():
        parameter = known.get(name)
        if parameter is None:
            continue
        try:
            value = parameter.accept(plain)
        except ParameterError as error:
            logger.warning("the value of %s is not in order, and its default is taken: %s", name, error)
            continue
        if value != parameter.default:
            found[name] = value
    return dict(sorted(found.items()))


def accept_written(known: Known, written: Mapping[str, object]) -> Values:
    """Return written values as checks read them, or raise `ParameterError`."""
    for name, plain in written.items():
        if name not in known:
            raise ParameterError(f"No check has a parameter {name}. There are: {', '.join(sorted(known))}.")
        try:
            known[name].accept(plain)
        except ParameterError as error:
            raise ParameterError(f"{name}: {error}") from error
    return accept_stored(known, written)


NO_VALUES: Values = {}
_values: ContextVar[Values] = ContextVar("parameter_values", default=NO_VALUES)
_readers: ContextVar[set[str] | None] = ContextVar("parameters_read", default=None)


@contextmanager
def using(values: Values) -> Iterator[None]:
    """Judge by an account's own values inside the block.

    Checks stay functions of their resource alone.
    """
    token = _values.set(values)
    try:
        yield
    finally:
        _values.reset(token)


@contextmanager
def watched() -> Iterator[set[str]]:
    """Yield a set that grows by the name of each parameter that is read.

    So a check is known to judge by it.
    """
    read: set[str] = set()
    token = _readers.set(read)
    try:
        yield read
    finally:
        _readers.reset(token)


def note_read(name: str) -> None:
    """Note that what is judged by is read, where it is no `Parameter` itself."""
    readers = _readers.get()
    if readers is not None:
        readers.add(name)
