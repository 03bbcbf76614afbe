"""Limits and batch sizes of the history.

They trade time, memory and locks, and change no result.

Read them where they are used (`tuning.vacuum_min_resources`), so that a test may set them by the fixture `tune`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


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

    # Column store
    event_log_min_accounts: int = 10
    """Accounts from which the event log is read: for fewer the rows are quicker than the log of all around them."""
    event_log_max_lag: timedelta = timedelta(days=4)
    """How far the event log of an account may be behind its last sweep for it to be completed from rows."""
    event_log_shard_accounts: int = 250
    """Accounts of neighbouring keys whose events are kept together."""
    monthly_snapshot_shard_accounts: int = 250
    """Accounts of neighbouring keys whose monthly snapshots are kept together."""
    snapshot_shard_accounts: int = 25
    """Accounts of neighbouring keys whose current rows are cached together."""
    snapshot_read_accounts: int = 125
    """Accounts that one statement reads: the rows of a thousand outlast its limit as of a past date."""
    snapshot_uncached_max_accounts: int = 3
    """Accounts up to which rows as of a past date are always read, and never cached."""
    snapshot_now_seconds: int = 8 * 86_400
    """How long current rows are cached: the next ones take their place."""
    snapshot_then_seconds: int = 86_400
    """How long rows as of a past date are cached: each date takes room of its own."""
    interval_batch_rows: int = 2**15
    """Rows of a month that are decoded at once, so that they stay in the processor's cache."""
    dense_resource_keys_max: int = 50_000_000
    """Span of resource keys up to which each has a slot of its own; wider ones are sorted."""

    # Queries
    cached_scope_min_accounts: int = 50
    """Accounts from which a scope's results are cached; smaller scopes are always read."""
    cache_seconds: int = 26 * 3600
    """How long results are cached: up to the next day's sweep."""
    cache_sweeping_seconds: int = 600
    """How long results are cached while a sweep changes their version all the time."""
    cohort_shard_accounts: int = 25
    """Accounts of neighbouring keys whose constant-cohort scores are cached together."""

    # Search
    search_resources_max: int = 10_000
    """Current resources that one search looks through."""
    search_past_resources_max: int = 2_500
    """Resources that one search looks through as of a past date."""
    search_gone_resources_max: int = 2_000
    """Gone resources that one search looks through."""
    search_arn_ending_max: int = 2_000
    """Resources looked through for one whose ARN ends with a name."""
    search_word_matches_max: int = 5_000
    """Findings, and resources, that are found for one word of a search for findings."""
    ranked_by_name_rows_max: int = 1_000
    """Rows up to which their names are read one by one to rank them."""


tuning = Tuning()
