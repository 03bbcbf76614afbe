"""Writes an account's roll-ups: its point, and the points of its practices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.sql import SQL, Composed, Identifier

from posture.checks import all_checks
from posture.core.attribution import Cause, Delta, Split
from posture.core.check import Check
from posture.core.gap import ANY, Gap
from posture.core.outcome import Severity
from posture.core.score import Tally, band, mean
from posture.history.ingest.bulk import columns, execute, fetch
from posture.history.ingest.check_registry import PerRegistry
from posture.history.ingest.pipeline import Statement
from posture.history.ingest.prior_reading import NO_FULL_READING, FullReading
from posture.history.models import AccountPoint, PracticePoint
from posture.responsibility.services import settled

PRACTICE_PREFIX = "practices:"
"""Prefix of the controls that are practices."""
RESPONSIBILITY = "responsibility"
"""The practice that every check serves: it is scored service by service."""


@dataclass(frozen=True, slots=True)
class ResourceTotals:
    """Numbers of known and of unseen resources of an account."""

    resources: int
    unseen: int
    empty_gaps: int
    """Blind account-regions in which no resource is known."""

    @property
    def blind_share(self) -> float:
        """Share of resources and empty gaps that could not be seen, 0 to 1."""
        whole = self.resources + self.empty_gaps
        return (self.unseen + self.empty_gaps) / whole if whole else 0.0


def count_empty_gaps(known: set[tuple[str, str]], open_gaps: Iterable[Gap]) -> int:
    """Count the gaps in which no resource is known.

    `known` are (region, type) of known resources.
    """
    blind = {(gap.region, gap.resource_type) for gap in open_gaps if gap.reason.blinds}
    return sum(not any(_is_inside(each, gap) for each in known) for gap in blind)


def _is_inside(known: tuple[str, str], gap: tuple[str, str]) -> bool:
    return all(hidden in {ANY, there} for hidden, there in zip(gap, known, strict=True))


def account_point(
    account_pk: int, at: datetime, tallies: Sequence[Tally], totals: ResourceTotals, opened: int = 0, resolved: int = 0
) -> AccountPoint:
    """Return the point with an account's figures."""
    found = band(tallies)
    failing, unknown, stale, accepted = [0] * (max(Severity) + 1), 0, 0, 0
    for tally in tallies:
        failing[tally.severity] += tally.failing
        unknown += tally.unknown
        stale += tally.stale
        accepted += tally.accepted
    return AccountPoint(
        account_id=account_pk,
        at=at,
        low=found.low if found else None,
        high=found.high if found else None,
        critical=failing[Severity.CRITICAL],
        high_open=failing[Severity.HIGH],
        medium=failing[Severity.MEDIUM],
        low_open=failing[Severity.LOW],
        unknown=unknown,
        stale=stale,
        accepted=accepted,
        opened=opened,
        resolved=resolved,
        resources=totals.resources,
        unseen=totals.unseen,
        empty_gaps=totals.empty_gaps,
        blind_share=totals.blind_share,
    )


LEVELS = (
    "low", "high", "critical", "high_open", "medium", "low_open", "unknown", "stale", "accepted",
    "resources", "unseen", "empty_gaps", "blind_share", "causes",
)  # fmt: skip
POINT_COLUMNS = ("account_id", "at", "opened", "resolved", *LEVELS)
"""Columns of a point. Each account reads and writes one at each sweep: without the ORM, in a fifth of the time."""


def _names(columns: Sequence[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))


def add(point: AccountPoint, last: AccountPoint | None, causes: Split | None = None) -> None:
    """Write a point, unless it repeats the `last` one on the same day.

    `causes` splits its step by cause.
    """
    point.causes = sum_causes(last, point, causes or {})
    if (
        last is None
        or point.opened
        or point.resolved
        or _levels(last) != _levels(point)
        or _day(last.at) != _day(point.at)
    ):
        _insert(point)


def sum_causes(last: AccountPoint | None, point: AccountPoint, causes: Split) -> list[float]:
    """Return by how much each cause has moved the score since the history began.

    This step is included.

    In the order of `Cause`, lower and upper end in turn. After a time without a score, the difference to the last score
    is attributed to the account's return.
    """
    sums = list(last.causes or NO_CAUSES) if last else list(NO_CAUSES)
    if last is None or point.low is None:
        return sums
    for number, cause in enumerate(Cause):
        delta = causes.get(cause, Delta())
        sums[2 * number] += delta.low
        sums[2 * number + 1] += delta.high
    if last.low is None:
        _add_return(sums, point)
    return sums


NO_CAUSES = (0.0,) * 2 * len(Cause)


def _add_return(sums: list[float], point: AccountPoint) -> None:
    """Attribute the difference to the account's last score to its return."""
    scored = AccountPoint.objects.filter(account=point.account_id, low__isnull=False, at__lt=point.at)
    then = scored.order_by("-at").first()
    if then is None or then.low is None or then.high is None or point.low is None or point.high is None:
        return
    causes, place = then.causes or NO_CAUSES, 2 * list(Cause).index(Cause.ACCOUNTS)
    sums[place] += point.low - then.low - (sum(sums[::2]) - sum(causes[::2]))
    sums[place + 1] += point.high - then.high - (sum(sums[1::2]) - sum(causes[1::2]))


def repeat(account_pk: int, at: datetime, full_reading: FullReading = NO_FULL_READING) -> int:
    """Record that an account has not changed, with the day's first point.

    Return its number of resources.
    """
    rows = fetch(_REPEAT, [at, *full_reading, account_pk, at, account_pk, at])
    if rows:
        return int(rows[0][0])
    last = latest(account_pk)
    return last.resources if last else 0


_REPEAT = (
    SQL("""
WITH moved_on AS (
    UPDATE history_accountstate
    SET last_at = %s, full_read_at = coalesce(%s, full_read_at),
        full_read_regions = coalesce(%s::varchar[], full_read_regions), full_read_by = coalesce(%s, full_read_by)
    WHERE account_id = %s
)
INSERT INTO history_accountpoint (account_id, at, opened, resolved, {levels})
SELECT account_id, %s, 0, 0, {levels}
FROM (SELECT * FROM history_accountpoint WHERE account_id = %s ORDER BY at DESC LIMIT 1) last
WHERE (last.at AT TIME ZONE 'UTC')::date <> (%s AT TIME ZONE 'UTC')::date
RETURNING resources
""")
    .format(levels=_names(LEVELS))
    .as_string()
)
_LATEST = (
    SQL("""
SELECT id, {columns} FROM history_accountpoint WHERE account_id = %s ORDER BY at DESC LIMIT 1
""")
    .format(columns=_names(POINT_COLUMNS))
    .as_string()
)
_INSERT = (
    SQL("INSERT INTO history_accountpoint ({columns}) VALUES ({values})")
    .format(columns=_names(POINT_COLUMNS), values=SQL(", ").join([SQL("%s")] * len(POINT_COLUMNS)))
    .as_string()
)


def latest(account_pk: int) -> AccountPoint | None:
    """Return an account's last point."""
    return as_point(fetch(*query(account_pk)))


def query(account_pk: int) -> Statement:
    """Return the query whose row `as_point` takes."""
    return _LATEST, [account_pk]


def as_point(rows: Sequence[tuple[Any, ...]]) -> AccountPoint | None:
    """Return the point; None without a row."""
    return AccountPoint(**dict(zip(("id", *POINT_COLUMNS), rows[0], strict=True))) if rows else None


def _insert(point: AccountPoint) -> None:
    execute(_INSERT, [getattr(point, name) for name in POINT_COLUMNS])


def _levels(point: AccountPoint) -> tuple[object, ...]:
    return tuple(getattr(point, name) for name in LEVELS)


def _day(at: datetime) -> object:
    return at.astimezone(UTC).date()


def practices_of(check_id: str) -> tuple[str, ...]:
    """Return the practices that a check serves."""
    return _served.of(all_checks()).get(check_id, ())


def _practices(check: Check) -> tuple[str, ...]:
    return tuple(
        control.removeprefix(PRACTICE_PREFIX) for control in check.controls if control.startswith(PRACTICE_PREFIX)
    )


def _service(check: Check) -> str:
    return settled(check.resource_type).id


_services = PerRegistry(lambda checks: {check_id: _service(check) for check_id, check in checks.items()})
"""The service that each check looks at."""
_served = PerRegistry(lambda checks: {check_id: _practices(check) for check_id, check in checks.items()})
"""Practices that each check serves."""


def by_practice(tallies: Iterable[Tally], only: AbstractSet[str] | None = None) -> dict[str, list[Tally]]:
    """Group counts by the practices that their checks serve, all or `only` some."""
    grouped: dict[str, list[Tally]] = {}
    serving = _served.of(all_checks())
    for tally in tallies:
        for practice in serving.get(tally.check_id, ()):
            if only is None or practice in only:
                grouped.setdefault(practice, []).append(tally)
    return grouped


def add_practices(
    account_pk: int,
    at: datetime,
    tallies: Sequence[Tally],
    before: Sequence[Tally] | None = None,
    changed: Iterable[str] = (),
) -> None:
    """Write the practices whose scores changed.

    One that no check serves any more gets a point without a score.

    `before` are the counts of the last points by the same rules, of which those of the `changed` checks are others now;
    without them the last points are read.
    """
    if before is None:
        now = score_practices(tallies)
        last = {point.practice_id: _score_of(point) for point in latest_practices([account_pk], at)}
    else:
        moving = {practice for check_id in changed for practice in practices_of(check_id)}
        moving |= {RESPONSIBILITY} if moving else set()
        now, last = score_practices(tallies, moving), score_practices(before, moving)
    now |= {practice: score_practice([]) for practice in last if practice not in now}
    moved = [(practice, *each) for practice, each in now.items() if last.get(practice) != each]
    if moved:
        execute(
            """
            INSERT INTO history_practicepoint (account_id, at, practice_id, low, high, passed, failed, unknown)
            SELECT %s, %s, * FROM unnest(%s::text[], %s::float[], %s::float[], %s::int[], %s::int[], %s::int[])
            ON CONFLICT (account_id, practice_id, at) DO UPDATE
            SET low = excluded.low, high = excluded.high, passed = excluded.passed, failed = excluded.failed,
                unknown = excluded.unknown
            """,
            [account_pk, at, *columns(moved)],
        )


def latest_practices(account_pks: Sequence[int], at: datetime) -> Iterable[PracticePoint]:
    """Return the last point of each practice of each account up to an instant.

    Each is found by one index lookup.
    """
    rows = fetch(_LATEST_PRACTICES, {"accounts": list(account_pks), "at": at})
    return [PracticePoint(**dict(zip(PRACTICE_POINT_COLUMNS, row, strict=True))) for row in rows]


PRACTICE_POINT_COLUMNS = ("account_id", "practice_id", "at", "low", "high", "passed", "failed", "unknown")
# A loose index scan: one lookup for each practice that an account has points of.
_LATEST_PRACTICES = """
WITH RECURSIVE used (account_id, practice_id) AS (
    SELECT a.id, (SELECT min(practice_id) FROM history_practicepoint WHERE account_id = a.id)
    FROM unnest(%(accounts)s::bigint[]) a (id)
    UNION ALL
    SELECT account_id, (SELECT min(p.practice_id) FROM history_practicepoint p
                        WHERE p.account_id = used.account_id AND p.practice_id > used.practice_id)
    FROM used WHERE practice_id IS NOT NULL
)
SELECT p.account_id, p.practice_id, p.at, p.low, p.high, p.passed, p.failed, p.unknown
FROM used CROSS JOIN LATERAL (
    SELECT * FROM history_practicepoint p
    WHERE p.account_id = used.account_id AND p.practice_id = used.practice_id AND at <= %(at)s
    ORDER BY at DESC LIMIT 1
) p
"""


PracticeScore = tuple[float | None, float | None, int, int, int]
"""Both ends of a practice's band, and how many resources passed, failed and were unknown."""


def score_practices(tallies: Iterable[Tally], only: AbstractSet[str] | None = None) -> dict[str, PracticeScore]:
    """Return the scores of practices, all or `only` some."""
    counted = list(tallies)
    scores = {practice: score_practice(of) for practice, of in by_practice(counted, only).items()}
    if counted and (only is None or RESPONSIBILITY in only):
        scores[RESPONSIBILITY] = score_responsibility(counted)
    return scores


def score_responsibility(tallies: Iterable[Tally]) -> PracticeScore:
    """Return the score of the customer's duties: the mean of the services in use.

    Each service is scored by the checks of the layers that are the customer's, and counts as much as any other. What
    AWS does is no part of it, since no check looks at that.
    """
    by_service: dict[str, list[Tally]] = {}
    services = _services.of(all_checks())
    for tally in tallies:
        if tally.check_id in services:
            by_service.setdefault(services[tally.check_id], []).append(tally)
    _, _, passed, failing, unknown = score_practice([tally for each in by_service.values() for tally in each])
    found = mean((band(each), 1.0) for each in by_service.values())
    return found.low if found else None, found.high if found else None, passed, failing, unknown


def score_practice(tallies: Sequence[Tally]) -> PracticeScore:
    """Return the score of one practice."""
    found, passed, failing, unknown = band(tallies), 0, 0, 0
    for tally in tallies:
        passed += tally.passed
        failing += tally.failing
        unknown += tally.undetermined
    return found.low if found else None, found.high if found else None, passed, failing, unknown


def _score_of(point: PracticePoint) -> PracticeScore:
    return point.low, point.high, point.passed, point.failed, point.unknown
