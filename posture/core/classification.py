"""Reads the classification of data off a resource's tags.

Which keys and values an organization uses is its own affair: `Scheme` holds them, `DEFAULT` what is
most often met. Keys and values are compared without regard to case, `-`, `_` and spaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from posture.core.parameters import note_read


class Tag(NamedTuple):
    """The tag that classifies, as it is on the resource."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Level:
    """One level of classification: name, whether it needs protection, and synonyms."""

    name: str
    sensitive: bool = False
    synonyms: tuple[str, ...] = ()

    def means(self, value: str) -> bool:
        """Whether a tag's value means this level."""
        return _folded(value) in map(_folded, (self.name, *self.synonyms))


@dataclass(frozen=True, slots=True)
class Scheme:
    """An organization's classification: tag keys, the first found wins, and levels."""

    keys: tuple[str, ...] = ("data-classification", "classification", "data-class", "data-sensitivity")
    levels: tuple[Level, ...] = field(
        default=(
            Level("public", synonyms=("open",)),
            Level("internal", synonyms=("internal-use", "internal-only", "private", "non-public")),
            Level("confidential", sensitive=True, synonyms=("sensitive", "company-confidential")),
            Level("restricted", sensitive=True, synonyms=("secret", "highly-confidential", "strictly-confidential")),
            Level("pii", sensitive=True, synonyms=("personal", "personal-data", "gdpr")),
            Level("phi", sensitive=True, synonyms=("health", "health-data", "hipaa")),
        )
    )

    def tag(self, tags: Mapping[str, str]) -> Tag | None:
        """Return the tag that classifies, whatever its value, or None."""
        present = {_folded(key): Tag(key, value) for key, value in sorted(tags.items())}
        return next((present[_folded(key)] for key in self.keys if _folded(key) in present), None)

    def level(self, tags: Mapping[str, str]) -> Level | None:
        """Return the level; None without such a tag, or where its value is no level."""
        tag = self.tag(tags)
        return next((level for level in self.levels if tag and level.means(tag.value)), None)

    def named(self, name: str | None) -> Level | None:
        """Return the level of a name, or None."""
        return next((level for level in self.levels if level.name == name), None)


DEFAULT = Scheme()

CLASSIFICATION = "classification"
"""The name under which the reading of the scheme is noted, next to the names of parameters."""
_in_use: ContextVar[Scheme] = ContextVar("classification_scheme", default=DEFAULT)


def own_scheme(keys: Sequence[str], sensitive_values: Sequence[str]) -> Scheme:
    """Return an organization's own scheme; the default fills in what is empty."""
    own = tuple(_own_level(value) for value in sensitive_values)
    rest = (level for level in DEFAULT.levels if not any(level.means(value) for value in sensitive_values))
    return Scheme(tuple(keys) or DEFAULT.keys, (*own, *rest))


def _own_level(value: str) -> Level:
    """Return the level of an organization's own word.

    A default level that has this word as a synonym lends its other words.
    """
    known = next((level for level in DEFAULT.levels if level.means(value)), None)
    return Level(value, sensitive=True, synonyms=(known.name, *known.synonyms) if known else ())


def in_use() -> Scheme:
    """Return the scheme of the organization that is being judged."""
    note_read(CLASSIFICATION)
    return _in_use.get()


@contextmanager
def using(scheme: Scheme) -> Iterator[None]:
    """Judge by an organization's own scheme inside the block.

    Checks stay functions of their resource alone.
    """
    token = _in_use.set(scheme)
    try:
        yield
    finally:
        _in_use.reset(token)


def classification(tags: Mapping[str, str], scheme: Scheme = DEFAULT) -> str | None:
    """Return the name of the level that the tags give, as `confidential`, or None."""
    level = scheme.level(tags)
    return level.name if level else None


def is_sensitive(level: str | None, scheme: Scheme = DEFAULT) -> bool:
    """Whether a level of this name needs protection; None and unknown names do not."""
    known = scheme.named(level)
    return known is not None and known.sensitive


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter not in "-_ \t")
