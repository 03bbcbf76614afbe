"""How long fixes take by account, owner or severity, and which findings flap.

Only a changed configuration counts as fixed: deleting the resource, changing the rule or leaving the
organization fixes nothing. While a finding could not be seen its clock is paused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce
from psycopg.sql import Identifier, Placeholder

from posture.history.columnar import api as columnar
from posture.history.columnar.api import (
    FAILING,
    DurationSummary,
    EncodedRows,
    FilteredRows,
    summarize_durations,
    to_micros,
)
from posture.history.models import AccountSweep, FindingRecord
from posture.history.models.lookups import array
from posture.history.query.cache import date_key, get_or_compute
from posture.history.query.findings import list_episodes
from posture.history.scope import Scope
from posture.history.statements import load_statement

FLAPPING_MIN_OPENINGS = 3
"""Times that a finding begins to fail within `FLAPPING_WITHIN` from which on it is flapping."""
FLAPPING_WITHIN = timedelta(days=30)
_OPEN_AGES = load_statement(
    __file__,
    "open_ages",
    seconds_until_ends=columnar.SEEN_SECONDS.format(end=Identifier("ends")),
    seconds_until_date=columnar.SEEN_SECONDS.format(end=Placeholder("until")),
)
"""Account, severity, open findings, and seconds of the oldest readable and of the oldest unreadable one."""
_FIXED_SINCE_FOUND = load_statement(__file__, "fixed_since_found")
"""How many findings of the first snapshot of all were fixed."""
_FLAPPING = load_statement(__file__, "flapping_findings")
"""Those of some findings that began to fail often."""
_FLAPPING_OPEN = load_statement(__file__, "flapping_open_findings")
"""The same of findings that are open."""


@dataclass(frozen=True, slots=True)
class FixDurations:
    """Fixes of one group in a period, how long they took, and what is still open.

    The period is after one date and up to another.

    `mean`, `median` and `slowest` are None where nothing was fixed; `oldest` where nothing is open.
    """

    key: str
    fixed: int
    mean: timedelta | None
    median: timedelta | None
    slowest: timedelta | None
    otherwise: int
    """Resolved in another way than by fixing."""
    open: int
    oldest: timedelta | None
    """How long the oldest one has been open, unreadable time excluded."""


@dataclass(frozen=True, slots=True)
class FindingCourse:
    """A finding through all its episodes, up to a scope's date.

    `lasted` and `current` leave out unreadable time.
    """

    first_seen: datetime
    last_seen: datetime
    last_seen_in_full: datetime
    """When the last full reading saw it: types that are read once a day are read by no other."""
    episodes: int
    """Times that it failed."""
    reopened: int
    lasted: timedelta
    """How long it failed in all."""
    current: timedelta
    """How long the episode lasted, or has been lasting."""
    is_flapping: bool


def load_fix_durations(
    scope: Scope, since: datetime, until: datetime, groups: Mapping[int, Sequence[str]] | None
) -> list[FixDurations]:
    """Return how long fixing took, slowest group first.

    `groups` names for each account, by primary key, the groups that it counts in; None groups by severity.
    """
    pairs = [(pk, key) for pk, keys in (groups or {}).items() for key in keys]
    if groups is None:
        pairs = [(pk, "") for pk in scope.account_pks]
    by_severity = groups is None
    ended = get_or_compute(scope, "fixing", lambda: load_resolved_durations(scope, since, until, groups),
                 date_key(scope, since), date_key(scope, until), pairs, by_severity)  # fmt: skip
    waiting = get_or_compute(scope, "waiting", lambda: load_open_ages(scope, until, pairs, by_severity=by_severity),
                   date_key(scope, until), pairs, by_severity)  # fmt: skip
    found = [
        _fixing(key, *ended.get(key, _NOTHING), *waiting.at(key, until)) for key in ended.keys() | waiting.groups.keys()
    ]
    return sorted(found, key=lambda one: (one.mean is None, -(one.mean or timedelta()), one.key))


_NOTHING: DurationSummary = (0, None, None, None, 0)


def load_resolved_durations(
    scope: Scope, since: datetime, until: datetime, groups: Mapping[int, Sequence[str]] | None
) -> dict[str, DurationSummary]:
    """Summarize resolved findings by group: fixed with their seconds, and others.

    Mean, median and longest seconds of those fixed, and how many were resolved by other reasons.
    """
    seen = set(scope.account_pks)
    mine = None if groups is None else {pk: keys for pk, keys in groups.items() if pk in seen}
    months = [
        part if part.accounts_among(seen) else part.select(part.of_accounts(seen))
        for parts in columnar.iterate_endings(scope.account_pks, since, until)
        for part in parts
    ]
    return summarize_durations(months, mine, since, until)


def count_fixed_since_found(scope: Scope, since: datetime, until: datetime) -> int:
    """Count fixed findings that the first sweep found.

    They may have been open for longer.

    What retention has dropped is not among them.
    """
    return get_or_compute(scope, "fixed_since_found", lambda: _count_fixed_since_found(scope, since, until),
                date_key(scope, since), date_key(scope, until))  # fmt: skip


def _count_fixed_since_found(scope: Scope, since: datetime, until: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FIXED_SINCE_FOUND, [array(scope.account_pks), since, until])
        ((number,),) = cursor.fetchall()
    return int(number)


@dataclass(frozen=True, slots=True)
class OpenAges:
    """Open findings at a date by group: number, and the oldest one's seconds.

    Seconds of the oldest readable and of the oldest unreadable one.
    """

    asked: datetime
    groups: Mapping[str, tuple[int, float | None, float | None]]

    def at(self, key: str, until: datetime) -> tuple[int, float | None]:
        """Return a group's number of open findings and the seconds of the oldest.

        At a date with no sweep in between.
        """
        number, running, still = self.groups.get(key, (0, None, None))
        grown = None if running is None else running + (until - self.asked).total_seconds()
        return number, _longest(grown, still)


def _longest(*seconds: float | None) -> float | None:
    return max((each for each in seconds if each is not None), default=None)


def load_open_ages(scope: Scope, until: datetime, pairs: Sequence[tuple[int, str]], *, by_severity: bool) -> OpenAges:
    """Return by group how many are open, and the seconds of the oldest."""
    keys: dict[int, list[str]] = {}
    for pk, key in pairs:
        keys.setdefault(pk, []).append(key)
    found: dict[str, tuple[int, float | None, float | None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_AGES, {"scope": scope.account_pks, "until": until})
        for pk, severity, count, seconds, still in cursor.fetchall():
            for key in [str(severity)] if by_severity else keys.get(pk, ()):
                number, oldest, hidden = found.get(key, (0, None, None))
                found[key] = number + count, _longest(oldest, seconds), _longest(hidden, still)
    return OpenAges(until, found)


def _fixing(key: str, *figures: Any) -> FixDurations:
    fixed, mean, median, slowest, otherwise, still_open, oldest = figures
    mean, median, slowest, oldest = (
        None if s is None else timedelta(seconds=s) for s in (mean, median, slowest, oldest)
    )
    return FixDurations(key, fixed, mean, median, slowest, otherwise, still_open, oldest)


def narrow_to_possibly_flapping(records: QuerySet[FindingRecord], now: datetime) -> QuerySet[FindingRecord]:
    """Narrow episodes to the few whose findings may be flapping, at little cost."""
    return records.filter(status="fail", reopened__gte=FLAPPING_MIN_OPENINGS - 1, opened_at__gt=now - FLAPPING_WITHIN)


def find_flapping(scope: Scope, episodes: Iterable[FindingRecord]) -> set[int]:
    """Return the findings among `episodes` that began to fail `FLAPS` times lately."""
    return find_flapping_among(
        scope,
        {each.finding_id for each in episodes if each.status == "fail" and each.reopened >= FLAPPING_MIN_OPENINGS - 1},
    )


def find_flapping_among(scope: Scope, finding_ids: Collection[int]) -> set[int]:
    """Return those of some findings that began to fail `FLAPS` times or more of late."""
    if not finding_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _FLAPPING,
            {"accounts": array(scope.account_pks), "since": scope.now - FLAPPING_WITHIN, "until": scope.now,
             "flaps": FLAPPING_MIN_OPENINGS, "wanted": array(finding_ids)},
        )  # fmt: skip
        return {number for (number,) in cursor.fetchall()}


def find_open_flapping(scope: Scope, rows: EncodedRows) -> set[int]:
    """Return the open findings that began to fail `FLAPS` times lately.

    Open as of the scope's date.

    Their last beginning is at hand, so that only what ended before it is read, of those few that began of late.
    """
    since, until = scope.now - FLAPPING_WITHIN, scope.now
    times, fails = rows.having("reopened", {str(FLAPPING_MIN_OPENINGS - 1)}), rows.having("sight", FAILING)
    may = rows.select(FilteredRows(rows, {"times": times, "fails": fails}, {}).mask())
    late = may.select((may.at > to_micros(since)) & (may.at <= to_micros(until)))
    if not len(late):
        return set()
    wanted = array(late.number.tolist())
    with connection.cursor() as cursor:
        cursor.execute(
            _FLAPPING_OPEN, {"wanted": wanted, "since": since, "until": until, "flaps": FLAPPING_MIN_OPENINGS - 1}
        )
        return {number for (number,) in cursor.fetchall()}


def load_finding_course(
    scope: Scope, finding_id: int, known: Sequence[FindingRecord] | None = None
) -> FindingCourse | None:
    """Return a finding's course up to the scope's date.

    None where it never failed, or is out of scope.

    Its episodes are read where they are not `known`.
    """
    every = list_episodes(scope, finding_id) if known is None else known
    failing = [each for each in every if each.status == "fail"]
    if not failing:
        return None
    now, latest = scope.now, failing[0]
    last_seen, last_seen_in_full = _last_seen(scope, latest)
    recent = sum(each.opened_at > now - FLAPPING_WITHIN for each in failing)
    return FindingCourse(
        first_seen=min(each.opened_at for each in failing),
        last_seen=last_seen,
        last_seen_in_full=last_seen_in_full,
        episodes=len(failing),
        reopened=len(failing) - 1,
        lasted=sum((_get_visible_duration(each, now) for each in failing), timedelta()),
        current=_get_visible_duration(latest, now),
        is_flapping=recent >= FLAPPING_MIN_OPENINGS,
    )


def _get_visible_duration(episode: FindingRecord, now: datetime) -> timedelta:
    """Return how long an episode was seen to fail up to an instant."""
    end = min(episode.closed_at or now, now)
    if episode.open_stale_since and episode.open_stale_since < end and episode.closed_at is None:
        end = episode.open_stale_since
    hidden = sum((min(p.upper, end) - p.lower for p in episode.stale_periods or () if p.lower < end), timedelta())
    return max(end - episode.opened_at - hidden, timedelta())


def _last_seen(scope: Scope, episode: FindingRecord) -> tuple[datetime, datetime]:
    """Return the last sweep, and the last full reading, that saw it fail."""
    before = episode.open_stale_since if episode.closed_at is None else episode.closed_at
    swept = AccountSweep.objects.filter(
        account=episode.account_id, state=AccountSweep.State.DONE, snapshot__as_of__lte=scope.now
    )
    if before is not None and before <= scope.now:
        swept = swept.filter(snapshot__as_of__lt=before)
    in_full = Max(Coalesce("full_read_at", "snapshot__as_of"))
    found = swept.aggregate(last=Max("snapshot__as_of"), in_full=in_full)
    last, read = (max(at or episode.opened_at, episode.opened_at) for at in (found["last"], found["in_full"]))
    return last, read
