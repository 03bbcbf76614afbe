"""Options of the benchmark of the pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """What is asked for on the command line."""

    accounts: int
    stories: int
    """Accounts that are laid down; the others are copies of them."""
    days: int
    jobs: int
    rounds: int
    only: str
    cold: bool
    per_page: int
    """Links of one page that are measured at most, for each person."""
    patience: int
    """Seconds after which a statement is given up."""
