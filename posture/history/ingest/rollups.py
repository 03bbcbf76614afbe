"""Writes an account's roll-ups: its point after a sweep, and the points of its practices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from posture.checks import all_checks
from posture.core.bridge import Cause, Delta, Split
from posture.core.check import Check
from posture.core.gap import ANY, Gap
from posture.core.outcome import Severity
from posture.core.score import Tally, band
from posture.history.ingest.bulk import columns, execute, fetch
from posture.history.ingest.check_registry import Once
from posture.history.ingest.pipeline import Statement
from posture.history.models import AccountPoint, PracticePoint

PRACTICE = "practices:"
"""Prefix of the controls that are practices."""


@dataclass(frozen=True, slots=True)
class Estate:
    """How much of an account is known, and how much of that was out of sight."""

    resources: int
    unseen: int
    empty_gaps: int

    @property
    def blind_share(self) -> float:
        """Unseen resources and blind empty places, as a share of all: 0 to 1."""
        whole = self.resources + self.empty_gaps
        return (self.unseen + self.empty_gaps) / whole if whole else 0.0


def empty_gaps(places: set[tuple[str, str]], open_gaps: Iterable[Gap]) -> int:
    """Count the blind places in which nothing is known; `places` are (region, type) of known resources."""
    blind = {(gap.region, gap.resource_type) for gap in open_gaps if gap.reason.blinds}
    return sum(not any(_inside(place, known) for known in places) for place in blind)


def _inside(blind: tuple[str, str], known: tuple[str, str]) -> bool:
    return all(hidden in {ANY, there} for hidden, there in zip(blind, known, strict=True))


def account_point(
    account_pk: int, at: datetime, tallies: Sequence[Tally], estate: Estate, opened: int = 0, resolved: int = 0
) -> AccountPoint:
    """Return the point that says how an account stands."""
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
        resources=estate.resources,
        unseen=estate.unseen,
        empty_gaps=estate.empty_gaps,
        blind_share=estate.blind_share,
    )


LEVELS = (
    "low", "high", "critical", "high_open", "medium", "low_open", "unknown", "stale", "accepted",
    "resources", "unseen", "empty_gaps", "blind_share", "causes",
)  # fmt: skip
POINT = ("account_id", "at", "opened", "resolved", *LEVELS)
"""The columns of a point. Every account gets one at every sweep: it goes in and out without the ORM, at a fifth."""


def add(point: AccountPoint, last: AccountPoint | None, why: Split | None = None) -> None:
    """Write a point, unless it repeats the `last` one on the same day; `why` splits its step by cause."""
    point.causes = summed_causes(last, point, why or {})
    if (
        last is None
        or point.opened
        or point.resolved
        or _levels(last) != _levels(point)
        or _day(last.at) != _day(point.at)
    ):
        _insert(point)


def summed_causes(last: AccountPoint | None, point: AccountPoint, why: Split) -> list[float]:
    """Return what each cause has moved the account's score by since its history began, this step included.

    In the order of `Cause`, the lower end and the upper one in turn. An account that had no score for a
    time takes the jump over it as the account's own coming back.
    """
    sums = list(last.causes or NO_CAUSES) if last else list(NO_CAUSES)
    if last is None or point.low is None:
        return sums
    for number, cause in enumerate(Cause):
        delta = why.get(cause, Delta())
        sums[2 * number] += delta.low
        sums[2 * number + 1] += delta.high
    if last.low is None:
        _come_back(sums, point)
    return sums


NO_CAUSES = (0.0,) * 2 * len(Cause)


def _come_back(sums: list[float], point: AccountPoint) -> None:
    """Put the difference to the last score that the account had down to its return."""
    scored = AccountPoint.objects.filter(account=point.account_id, low__isnull=False, at__lt=point.at)
    then = scored.order_by("-at").first()
    if then is None or then.low is None or then.high is None or point.low is None or point.high is None:
        return
    told, place = then.causes or NO_CAUSES, 2 * list(Cause).index(Cause.ACCOUNTS)
    sums[place] += point.low - then.low - (sum(sums[::2]) - sum(told[::2]))
    sums[place + 1] += point.high - then.high - (sum(sums[1::2]) - sum(told[1::2]))


def repeat(account_pk: int, at: datetime) -> int:
    """Say that an account has not changed up to `at`, with the day's first point; return how many resources it has."""
    rows = fetch(_REPEATING, [at, account_pk, at, account_pk, at])
    if rows:
        return int(rows[0][0])
    last = latest(account_pk)
    return last.resources if last else 0


_REPEATING = f"""
WITH moved_on AS (UPDATE history_accountstate SET last_at = %s WHERE account_id = %s)
INSERT INTO history_accountpoint (account_id, at, opened, resolved, {", ".join(LEVELS)})
SELECT account_id, %s, 0, 0, {", ".join(LEVELS)}
FROM (SELECT * FROM history_accountpoint WHERE account_id = %s ORDER BY at DESC LIMIT 1) last
WHERE (last.at AT TIME ZONE 'UTC')::date <> (%s AT TIME ZONE 'UTC')::date
RETURNING resources
"""  # noqa: S608 - constants


def latest(account_pk: int) -> AccountPoint | None:
    """Return an account's last point."""
    return loaded(fetch(*asking(account_pk)))


def asking(account_pk: int) -> Statement:
    """Return the query whose rows `loaded` takes."""
    names = ", ".join(POINT)
    return f"SELECT id, {names} FROM history_accountpoint WHERE account_id = %s ORDER BY at DESC LIMIT 1", [account_pk]  # noqa: S608 - constants


def loaded(rows: Sequence[tuple[Any, ...]]) -> AccountPoint | None:
    """Return a point as `latest` does."""
    return AccountPoint(**dict(zip(("id", *POINT), rows[0], strict=True))) if rows else None


def _insert(point: AccountPoint) -> None:
    execute(
        f"INSERT INTO history_accountpoint ({', '.join(POINT)}) VALUES ({', '.join(['%s'] * len(POINT))})",  # noqa: S608 - constants
        [getattr(point, name) for name in POINT],
    )


def _levels(point: AccountPoint) -> tuple[object, ...]:
    return tuple(getattr(point, name) for name in LEVELS)


def _day(at: datetime) -> object:
    return at.astimezone(UTC).date()


def practices_of(check_id: str) -> tuple[str, ...]:
    """Return the practices that a check serves."""
    return _serving.of(all_checks()).get(check_id, ())


def _practices(check: Check) -> tuple[str, ...]:
    return tuple(control.removeprefix(PRACTICE) for control in check.controls if control.startswith(PRACTICE))


_serving = Once(lambda checks: {check_id: _practices(check) for check_id, check in checks.items()})
"""The practices that each check serves."""


def by_practice(tallies: Iterable[Tally], only: AbstractSet[str] | None = None) -> dict[str, list[Tally]]:
    """File tallies by the practices that their checks serve, all or `only` some."""
    filed: dict[str, list[Tally]] = {}
    serving = _serving.of(all_checks())
    for tally in tallies:
        for practice in serving.get(tally.check_id, ()):
            if only is None or practice in only:
                filed.setdefault(practice, []).append(tally)
    return filed


def add_practices(
    account_pk: int,
    at: datetime,
    tallies: Sequence[Tally],
    before: Sequence[Tally] | None = None,
    turned: Iterable[str] = (),
) -> None:
    """Write the practices that moved; one that fell out of use gets a point without a score.

    `before` are the tallies that the last points are of, by the same rules, of which those of the `turned` checks are
    otherwise; without them the points are read.
    """
    if before is None:
        now = stands(tallies)
        last = {point.practice_id: _stand(point) for point in latest_practices([account_pk], at)}
    else:
        moving = {practice for check_id in turned for practice in practices_of(check_id)}
        now, last = stands(tallies, moving), stands(before, moving)
    now |= {practice: stand([]) for practice in last if practice not in now}
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
    """Return the last point up to an instant of each practice of each account; each is found by a step in the index."""
    rows = fetch(_LATEST_PRACTICES, {"accounts": list(account_pks), "at": at})
    return [PracticePoint(**dict(zip(PRACTICE_POINT, row, strict=True))) for row in rows]


PRACTICE_POINT = ("account_id", "practice_id", "at", "low", "high", "passed", "failed", "unknown")
_LATEST_PRACTICES = f"""
WITH RECURSIVE used (account_id, practice_id) AS (
    SELECT a.id, (SELECT min(practice_id) FROM history_practicepoint WHERE account_id = a.id)
    FROM unnest(%(accounts)s::bigint[]) a (id)
    UNION ALL
    SELECT account_id, (SELECT min(p.practice_id) FROM history_practicepoint p
                        WHERE p.account_id = used.account_id AND p.practice_id > used.practice_id)
    FROM used WHERE practice_id IS NOT NULL
)
SELECT {", ".join(f"p.{name}" for name in PRACTICE_POINT)} FROM used CROSS JOIN LATERAL (
    SELECT * FROM history_practicepoint p
    WHERE p.account_id = used.account_id AND p.practice_id = used.practice_id AND at <= %(at)s
    ORDER BY at DESC LIMIT 1
) p
"""  # noqa: S608 - constants


Stand = tuple[float | None, float | None, int, int, int]
"""How a practice stands: its band, and how many passed, failed and could not be told."""


def stands(tallies: Iterable[Tally], only: AbstractSet[str] | None = None) -> dict[str, Stand]:
    """Return how practices stand, all or `only` some."""
    return {practice: stand(of) for practice, of in by_practice(tallies, only).items()}


def stand(tallies: Sequence[Tally]) -> Stand:
    """Return how one practice stands."""
    found, passed, failing, untold = band(tallies), 0, 0, 0
    for tally in tallies:
        passed += tally.passed
        failing += tally.failing
        untold += tally.untold
    return found.low if found else None, found.high if found else None, passed, failing, untold


def _stand(point: PracticePoint) -> Stand:
    return point.low, point.high, point.passed, point.failed, point.unknown
