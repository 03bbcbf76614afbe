"""Whole weeks and months that have ended, by UTC. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WEEKLY, MONTHLY = "weekly", "monthly"


@dataclass(frozen=True, slots=True)
class DigestSpan:
    """A week from Monday, or a calendar month, from `since` up to but not at `until`."""

    every: str
    since: datetime
    until: datetime

    @property
    def words(self) -> str:
        """The span in words: the week from 2 to 8 November 2026, or October 2026."""
        last = self.until - timedelta(days=1)
        if self.every == MONTHLY:
            return f"{self.since:%B} {self.since.year}"
        start = f"{self.since.day} {self.since:%B}" if self.since.month != last.month else f"{self.since.day}"
        year = f" {self.since.year}" if self.since.year != last.year else ""
        return f"the week from {start}{year} to {last.day} {last:%B} {last.year}"

    @property
    def before(self) -> DigestSpan:
        """The one before."""
        return span_before(self.every, self.since)


def span_before(every: str, at: datetime) -> DigestSpan:
    """Return the last week or month that had ended by an instant."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if every == MONTHLY:
        until = midnight.replace(day=1)
        return DigestSpan(MONTHLY, (until - timedelta(days=1)).replace(day=1), until)
    until = midnight - timedelta(days=midnight.weekday())
    return DigestSpan(WEEKLY, until - timedelta(days=7), until)
