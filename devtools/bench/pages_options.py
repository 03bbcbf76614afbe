"""Options of the benchmark of the pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """The options of the command line."""

    accounts: int
    stories: int
    """Accounts with histories of their own; the others are copies."""
    days: int
    jobs: int
    rounds: int
    only: str
    cold: bool
    per_page: int
    """Links of one page that are measured at most, for each person."""
    patience: int
    """Seconds after which a statement is given up."""
