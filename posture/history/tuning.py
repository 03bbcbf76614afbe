"""Limits and batch sizes of the history: what they trade is time, memory and locks, never a result.

Read them where they are used (`tuning.vacuum_min_resources`), so that a test may set them by the fixture `tune`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tuning:
    """Each value names what it bounds; slots refuse a name that is not declared."""

    # Recording
    prepared_statements_max: int = 300
    """Statements that a connection keeps prepared while recording; later ones are planned at each execution."""
    delegated_tools_sweeps_max: int = 4
    """Sweeps for which a process caches which accounts run a tool for the whole organization."""

    # Upkeep
    vacuum_min_resources: int = 50_000
    """Resources of a snapshot from which its tables are vacuumed after it: index-only scans decay without."""
    analyze_min_modified_share: float = 0.1
    """Share of a table's rows that must have changed before VACUUM gathers statistics too, which doubles its time."""
    partition_lock_timeout: str = "10s"
    """PostgreSQL's `lock_timeout` while an old partition is dropped; on timeout the next run tries again."""


tuning = Tuning()
