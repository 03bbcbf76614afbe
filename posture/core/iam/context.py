"""Condition keys of a request: known values, and what kind of doubt there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

from posture.core.values import MARK


class Doubt(Enum):
    """Why the value of a condition key is not known."""

    PRESENCE = "presence"
    """The key may be absent, or have any value."""
    VALUE = "value"
    """The key is present with any value."""
    CHOSEN = "chosen"
    """The caller chooses: an Allow counts as met if any value meets it, a Deny as escaped if any value escapes it."""

    STRANGER = "stranger"
    """As `CHOSEN`, but for values that name somebody: a stranger has none of them."""

    @property
    def may_be_absent(self) -> bool:
        """Whether the key may be missing."""
        return self is Doubt.PRESENCE or self.is_callers_choice

    @property
    def is_callers_choice(self) -> bool:
        """Whether the caller decides within what it can have."""
        return self in {Doubt.CHOSEN, Doubt.STRANGER}


ContextValue: TypeAlias = "tuple[str, ...] | Doubt"

OtherKeys: TypeAlias = "Callable[[str], ContextValue | None]"
"""Returns what is known of a key in lower case."""


def _absent(_: str) -> None:
    """Return that a key is absent."""


class Context:
    """The keys of one request by name; names are case-insensitive, values are not."""

    __slots__ = ("_others", "_values")

    def __init__(self, values: Mapping[str, ContextValue], others: OtherKeys = _absent) -> None:
        """Take the values by key, and what is known of all other keys."""
        self._values = {key.lower(): value for key, value in values.items()}
        self._others = others

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Context:
        """Return the context of plain JSON: texts, lists of texts, and `$unknown` marks."""
        return cls({key: context_value(value) for key, value in raw.items()})

    def get(self, key: str) -> ContextValue | None:
        """Return what is known of a key in lower case; None if it is certainly absent."""
        value = self._values.get(key)
        if value is None:
            return self._others(key)
        return None if value == () else value

    def get_single(self, key: str) -> str | Doubt | None:
        """Return the one value of a key in lower case, for a policy variable."""
        value = self.get(key)
        if isinstance(value, tuple):
            return value[0] if len(value) == 1 else None
        return value


def context_value(value: Any) -> ContextValue:
    """Return one context value of plain JSON."""
    if isinstance(value, Mapping) and MARK in value:
        return Doubt(value[MARK])
    if isinstance(value, list | tuple):
        return tuple(map(context_text, value))
    return (context_text(value),)


def context_text(value: Any) -> str:
    """Return a JSON value as IAM compares it: `true`, not `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)
