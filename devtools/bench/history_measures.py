"""What the history's benchmark measures by.

CPU of both sides, percentiles, and goals.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from django.core.cache import cache
from django.db import connection

from devtools.bench.host import Paced, pace, undisturbed


@dataclass(slots=True)
class Spent:
    """Seconds of CPU in this process and in its database process, and elapsed."""

    client: float = 0.0
    server: float = 0.0
    wall: float = 0.0
    pieces: list[Paced] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """What one core would take, since one side waits for the other."""
        return self.client + self.server

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Add what the block takes."""
        loop, cpu = pace(), self.cpu
        client, server, wall = time.process_time(), _server_seconds(), time.perf_counter()
        yield
        self.client += time.process_time() - client
        self.server += _server_seconds() - server
        self.wall += time.perf_counter() - wall
        self.pieces.append(Paced(self.cpu - cpu, max(loop, pace())))
        _pieces.append(self.pieces[-1])

    def alone(self) -> float:
        """Return what all of it would take on a core that nobody else disturbs.

        NaN where it was never so.
        """
        found = undisturbed(self.pieces, _pieces)
        return fmean(found) * len(self.pieces) if found else math.nan

    def as_json(self) -> dict[str, float]:
        """Return it rounded."""
        return {
            "cpu": round(self.cpu, 3), "client": round(self.client, 3), "server": round(self.server, 3),
            "wall": round(self.wall, 3),
        }  # fmt: skip


_pieces: list[Paced] = []
"""All that was measured."""


def _server_seconds() -> float:
    """Return the CPU seconds of the database's process, which has one thread."""
    return int(Path(f"/proc/{_backend()}/schedstat").read_text().split()[0]) / 1e9


def _backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its limit, which is None for figures without a goal."""

    name: str
    value: float
    unit: str
    most: float | None = None
    note: str = ""
    samples: Sequence[float] = field(default=(), repr=False)

    @property
    def met(self) -> bool | None:
        """Return whether the goal is met, or None without one."""
        return None if self.most is None else self.value <= self.most

    def as_json(self) -> dict[str, object]:
        """Return it for the report."""
        made: dict[str, object] = {"name": self.name, "value": round(self.value, 3), "unit": self.unit}
        if self.most is not None:
            made |= {"goal": self.most, "met": self.met}
        if self.samples:
            made["median"] = round(sorted(self.samples)[len(self.samples) // 2], 3)
        return made | ({"note": self.note} if self.note else {})


def percentile(samples: Sequence[float], share: float = 0.95) -> float:
    """Return the value that `share` of the samples do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(name: str, most: float | None, runs: Sequence[Callable[[], object]], note: str = "") -> Goal:
    """Run each once unmeasured and once measured.

    Return the p95 in milliseconds of CPU, and by the clock as a note.

    Everything is in memory after the first time, so that CPU is what a machine without other work would take; and
    what the product keeps is kept. `first_time` measures what that first time takes.
    """
    for run in runs:
        run()
    return _measured(name, most, runs, note)


def first_time(name: str, most: float | None, runs: Sequence[Callable[[], object]]) -> Goal:
    """Return the p95 of runs with a cold cache and the database's pages in memory."""
    for run in runs:
        run()
    cache.clear()
    return _measured(name, most, runs, "nothing kept")


def _measured(name: str, most: float | None, runs: Sequence[Callable[[], object]], note: str) -> Goal:
    samples, walls, pieces = [], [], list[Paced]()
    for run in runs:
        spent = Spent()
        with spent.counting():
            run()
        samples.append(spent.cpu * 1000)
        walls.append(spent.wall * 1000)
        pieces += spent.pieces
    clock = f"median {percentile(samples, 0.5):.0f}; by the clock {percentile(walls):.0f}"
    return Goal(name, percentile(samples), "ms", most, f"{clock}; {quick(pieces)} {note}".strip(), samples)


def quick(pieces: Sequence[Paced]) -> str:
    """Return the p95 in milliseconds of undisturbed pieces, and their number."""
    found = undisturbed(pieces, _pieces)
    return f"undisturbed {percentile(found) * 1000:.0f}, of {len(found)}" if found else "never undisturbed"


def bytes_of(tables: Sequence[str]) -> dict[str, int]:
    """Return the bytes of tables, partitions and indexes included."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t, coalesce((SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(t::regclass)
                                WHERE isleaf), pg_total_relation_size(t::regclass))::bigint
            FROM unnest(%s::text[]) t
            """,
            [list(tables)],
        )
        return dict(cursor.fetchall())


def rows_of(tables: Sequence[str]) -> dict[str, int]:
    """Return how many rows tables have."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - our own tables
            found[table] = cursor.fetchone()[0]
    return found
