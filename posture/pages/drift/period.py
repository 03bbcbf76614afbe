"""The period of a drift page: `?since=&until=`, dates that mean their end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest

from posture.history import query as history
from posture.history.scope import Scope
from posture.web import parameters
from posture.web.templatetags.words import day

CHART_DAYS = 90
SHORTCUTS = (("A week", 7), ("30 days", 30), ("90 days", 90))


@dataclass(frozen=True, slots=True)
class PeriodShortcut:
    """A length of time to choose with one click."""

    words: str
    since: str
    until: str
    is_on: bool


@dataclass(frozen=True)
class Period:
    """A time after `since` up to `until`; `first` is the first sweep, if any."""

    since: datetime
    until: datetime
    now: datetime
    first: datetime | None
    complaints: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The period as a sentence begins: Since 27 October, or From 1 to 27 October 2026."""
        if self.reaches_now:
            return f"Since {_long(self.since, self.now)}"
        if self.until - self.since <= timedelta(days=1):
            return f"On {_long(self.until, self.now)}"
        return f"From {_long(self.since, self.now)} to {_long(self.until, self.now)}"

    @property
    def reaches_now(self) -> bool:
        """Return True where it ends at the page's own date."""
        return self.until >= self.now

    @property
    def chart_start(self) -> datetime:
        """Where charts begin: some time before the period, so that it can be drawn wider."""
        margin = max((self.until - self.since) / 4, timedelta(days=7))
        start = min(self.since - margin, self.now - timedelta(days=CHART_DAYS))
        return max(start, self.first) if self.first else start

    @property
    def query(self) -> dict[str, str]:
        """The period as parameters of a URL, to the second."""
        return {"since": self.since.isoformat(), "until": "" if self.reaches_now else self.until.isoformat()}

    @property
    def shortcuts(self) -> list[PeriodShortcut]:
        """The lengths of time to choose from, each up to the page's own date."""
        found = [(words, self.now - timedelta(days=days)) for words, days in SHORTCUTS]
        if self.first:
            found.append(("From the beginning", self.first))
        return [
            PeriodShortcut(words, start.date().isoformat(), "", self.reaches_now and start.date() == self.since.date())
            for words, start in found
        ]


def _long(at: datetime, now: datetime) -> str:
    """Write a day as 27 October, with its year where that is another."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B}" if at.year == now.year else f"{at.day} {at:%B %Y}"


def period_of(request: HttpRequest, scope: Scope) -> Period:
    """Return the period that the URL asks for.

    By default it is from the date of comparison to the page's own. Invalid dates are reported and ignored, and so
    is the time before the first sweep: what that one found is where the history begins, and no change.
    """
    complaints: list[str] = []
    now = scope.now
    until = min(_read(request, "until", complaints) or now, now)
    since = _read(request, "since", complaints) or min(scope.compare_to, until)
    if since > until:
        complaints.append("The dates were the wrong way round; they are shown from the earlier to the later.")
        since, until = until, min(since, now)
    snapshot = history.get_first_snapshot(scope)
    first = snapshot.as_of if snapshot else None
    if first and since < first:
        if parameters.text(request, "since"):
            complaints.append(f"The history begins on {day(first)}, so that is where the comparison begins.")
        since = min(first, until)
    return Period(since, until, now, first, complaints)


def _read(request: HttpRequest, name: str, complaints: list[str]) -> datetime | None:
    text = parameters.text(request, name).replace(" ", "+")  # a plus sign that was not escaped
    try:
        return parameters.moment(text)
    except ValueError:
        complaints.append(f"“{parameters.shorten(text)}” was not understood as a date: write it as 2026-10-27.")
        return None
