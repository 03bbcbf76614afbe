"""Keyset pagination with remembered positions: page 40 costs what page 1 does.

A list in the order of an index can be read from any of its rows on. As pages are shown, the key of the row at each
position is remembered; the last page is read backwards from the end. Any other page is read by an offset from the
nearest known position.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from django.core.cache import cache
from django.db.models import BooleanField, F, Func, QuerySet, Value
from redis.exceptions import RedisError

CACHE_SECONDS = 3600
NEAR_ROWS = 500
"""Landmarks are loaded if the nearest known position is further away than this many rows."""
POSITIONS_MAX = 200
"""Positions that are remembered for a list."""

Key = tuple[Any, ...]


class PositionStore(Protocol):
    """A cache of the keys of rows at positions of a list."""

    def load(self) -> dict[int, Key]:
        """Return what is remembered."""

    def save(self, known: dict[int, Key]) -> None:
        """Remember it instead."""


class CachedPositions:
    """Positions in the cache, under the identity of the list.

    Whatever moves a row must move that.
    """

    def __init__(self, *identity: object) -> None:
        self.key = f"plumbline:places:{hashlib.sha256(repr(identity).encode()).hexdigest()}"

    def load(self) -> dict[int, Key]:
        """Return what is remembered; nothing without the cache."""
        with suppress(RedisError):
            known: dict[int, Key] = cache.get(self.key, {})
            return known
        return {}

    def save(self, known: dict[int, Key]) -> None:
        """Remember it, the latest places alone where there are many."""
        with suppress(RedisError):
            cache.set(self.key, dict(list(known.items())[-POSITIONS_MAX:]), CACHE_SECONDS)


class _RowComparison(Func):
    """A row comparison: `(a, b) < (x, y)`."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, fields: Sequence[str], sign: str, key: Key) -> None:
        super().__init__(*(F(name) for name in fields), *(Value(value) for value in key))
        self.sign, self.width = sign, len(fields)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]  # no template
        sides: list[str] = []
        parameters: list[Any] = []
        for side in (self.source_expressions[: self.width], self.source_expressions[self.width :]):
            compiled = [compiler.compile(each) for each in side]
            sides.append(f"({', '.join(sql for sql, _ in compiled)})")
            parameters += [value for _, values in compiled for value in values]
        return f"{sides[0]} {self.sign} {sides[1]}", tuple(parameters)


class KeysetRows:
    """Rows in descending order of `fields`, which are unique together.

    Sliced as a list is.
    """

    def __init__(
        self,
        rows: QuerySet[Any],
        fields: Sequence[str],
        count: int,
        places: PositionStore,
        landmarks: Callable[[], Mapping[int, Key]] | None = None,
    ) -> None:
        """Read from `landmarks` where no known place is near.

        At each of its places a key, which no later row is above.

        The row at the place comes at the key or after it, and the row before the place comes before it.
        """
        self.rows, self.fields, self.total, self.places = rows, fields, count, places
        self.landmarks = landmarks
        self._page = (range(0), list[Any]())

    def __len__(self) -> int:
        return self.total

    def count(self) -> int:
        """Return how many rows there are."""
        return self.total

    def __getitem__(self, part: slice) -> list[Any]:
        start, stop, _ = part.indices(self.total)
        if start >= stop:
            return []
        if self._page[0] == range(start, stop):  # a table asks for its page twice
            return [*self._page[1]]
        known = self.places.load()
        found = self._read(start, stop, self._near(start, stop, known))
        if found:
            keys = [tuple(getattr(row, name) for name in self.fields) for row in (found[0], found[-1])]
            self.places.save(known | {start: keys[0], start + len(found) - 1: keys[1]})
        self._page = range(start, stop), found
        return [*found]

    def _near(self, start: int, stop: int, known: Mapping[int, Key]) -> Mapping[int, Key]:
        """Return known places, and the landmarks where none of these is near."""
        is_near = any(-NEAR_ROWS <= place - start <= NEAR_ROWS for place in (0, self.total, *known))
        return known if is_near or self.landmarks is None else {**self.landmarks(), **known}

    def _read(self, start: int, stop: int, known: Mapping[int, Key]) -> list[Any]:
        before = max((place for place in known if place <= start), default=0)
        behind = min((place for place in known if place >= stop), default=self.total)
        if start - before < behind - stop:
            rows, sign, skipped = self._ordered("-"), "<=", start - before
            key = known.get(before)
        else:
            rows, sign, skipped = self._ordered(""), ">", behind - stop
            key = known.get(behind)
        if key is not None:
            rows = rows.filter(_RowComparison(self.fields, sign, key))
        found = list(rows[skipped : skipped + stop - start])
        return found if sign == "<=" else found[::-1]

    def _ordered(self, way: str) -> QuerySet[Any]:
        return self.rows.order_by(*(f"{way}{name}" for name in self.fields))
