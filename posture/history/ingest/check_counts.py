"""Counts how each check stands in an account, what could not be seen included.

Resources that were seen count as judged now. For those out of sight, or not asked about, the last
known configuration is judged once more, for one thing alone: whether the check applies to them.
Findings, not this second judgement, say what fails; what is out of sight passes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.checks import all_checks, checks_of
from posture.core.check import Check
from posture.core.classification import Scheme, using
from posture.core.clock import Clock
from posture.core.gap import ANY, Gap
from posture.core.outcome import Outcome, Severity, Status
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.history.ingest.bulk import columns, execute, fetch
from posture.history.ingest.pipeline import Statement

COUNTS = ("passed", "failed", "unknown", "stale", "accepted", "not_applicable", "gap_units")
COLUMNS = ("account_id", "check_id", "check_version", "severity", "valid_from", *COUNTS)
assert Tally._fields[2:] == COUNTS  # noqa: S101 - at import
Stand = Mapping[str, tuple[Tally, int]]
"""Tallies by check, each with the version of the check that it is by."""
_SEVERITIES = {int(severity): severity for severity in Severity}


@dataclass(slots=True)
class Standing:
    """How one resource stands with one check after a result."""

    resource_type: str
    region: str
    check_id: str
    outcome: Outcome | None
    """As judged now; None for what was not seen."""
    finding: Status | None
    """Of the open finding, after the result."""
    stale: bool = False
    accepted: bool = False
    out_of_sight: bool = False
    applies: bool = True
    """Of what was not seen: whether the check applies to the last known configuration."""

    @property
    def count(self) -> str:
        """The field of `Tally` that counts it."""
        if self.finding is Status.FAIL:
            return "accepted" if self.accepted else "stale" if self.stale else "failed"
        if self.finding is Status.UNKNOWN:
            return "unknown" if self.outcome is None or self.outcome.moves_score else "not_applicable"
        if self.outcome is not None:
            return "passed" if self.outcome.status is Status.PASS else "not_applicable"
        if not self.applies:
            return "not_applicable"
        return "unknown" if self.out_of_sight else "passed"


def applying(
    carried: Sequence[Resource], chosen: Container[str], neighbours: Iterable[Resource], clock: Clock, scheme: Scheme
) -> dict[tuple[str, str, str], bool]:
    """Tell, by type, ARN and check, whether each of the chosen checks applies to resources not seen now."""
    asked = [(each, check) for each in carried for check in checks_of(each.type) if check.id in chosen]
    # Nearly every day something is missed, and few checks look around: then nobody is put in their places for it.
    looks_around = any("related" in check.takes for _, check in asked)
    neighbourhood = Neighbourhood([*neighbours, *carried] if looks_around else (), [])
    with using(scheme):
        return {(each.type, each.arn, check.id): _applies(check, each, neighbourhood, clock) for each, check in asked}


def _applies(check: Check, resource: Resource, neighbourhood: Neighbourhood, clock: Clock) -> bool:
    return check.judge(resource, neighbourhood, clock).status is not Status.NOT_APPLICABLE


def count(
    standings: Iterable[Standing], gaps: Sequence[Gap], swept_types: Container[str], severities: Mapping[str, Severity]
) -> list[Tally]:
    """Return a tally for each check that stands somehow; blind places are those of the open `gaps`."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    places: dict[str, set[str]] = defaultdict(set)
    for standing in standings:
        field = standing.count
        counts[standing.check_id][field] += 1
        if field != "not_applicable":
            places[standing.check_id].add(standing.region)
    for check_id, units in _gap_units(gaps, swept_types, places).items():
        counts[check_id]["gap_units"] = units
    return [Tally(check_id, severities[check_id], **numbers) for check_id, numbers in sorted(counts.items())]


def _gap_units(gaps: Sequence[Gap], swept_types: Container[str], places: Mapping[str, set[str]]) -> dict[str, int]:
    """Return, by check, in how many blind places no resource of it is known."""
    blind: dict[str, set[str]] = defaultdict(set)
    for gap in (gap for gap in gaps if gap.reason.moves_score):
        for check in _checks_behind(gap, swept_types):
            known = places.get(check.id, set())
            if not known if gap.region == ANY else gap.region not in known:
                blind[check.id].add(gap.region)
    return {check_id: 1 if ANY in regions else len(regions) for check_id, regions in blind.items()}


def _checks_behind(gap: Gap, swept_types: Container[str]) -> Iterable[Check]:
    if gap.resource_type != ANY:
        return checks_of(gap.resource_type)
    return (check for check in all_checks().values() if check.resource_type in swept_types)


def load(account_pk: int) -> dict[str, tuple[Tally, int]]:
    """Return the tallies that stand, each with the version of the check that it is by."""
    return loaded(fetch(*asking(account_pk)))


def asking(account_pk: int) -> Statement:
    """Return the query whose rows `loaded` takes; in one order, so that what is summed of them is the same to a bit."""
    names = ", ".join(("check_id", "severity", "check_version", *COUNTS))
    return f"SELECT {names} FROM history_tally WHERE account_id = %s ORDER BY check_id", [account_pk]  # noqa: S608 - constants


def loaded(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[Tally, int]]:
    """Return tallies as `load` does."""
    return {
        check_id: (Tally(check_id, _SEVERITIES[severity], *counts), version)
        for check_id, severity, version, *counts in rows
    }


def turned(before: Stand, after: Stand) -> list[str]:
    """Return the checks that stand otherwise than before, those that are new or gone among them, in their order."""
    # Most are one and the same, which need not be compared field by field.
    return sorted(
        check_id
        for check_id in before.keys() | after.keys()
        if (old := before.get(check_id)) is not (new := after.get(check_id)) and old != new
    )


def write(account_pk: int, at: datetime, before: Stand, after: Stand, moving: Sequence[str] | None = None) -> None:
    """Replace the tallies that moved, told by `moving` where that is known; those replaced are closed at `at`."""
    names = turned(before, after) if moving is None else moving
    close(account_pk, at, [check_id for check_id in names if check_id not in after])
    for statement, is_known in ((_REPLACING, True), (_WRITING, False)):
        moved = [after[check_id] for check_id in names if check_id in after and (check_id in before) is is_known]
        if moved:
            rows = [(tally.check_id, version, int(tally.severity), *tally[2:]) for tally, version in moved]
            given = zip(("check_id", *COLUMNS[2:4], *COUNTS), columns(rows), strict=True)
            execute(statement, {"account": account_pk, "at": at, **dict(given)})


_NEW = f"""unnest(%(check_id)s::text[], %(check_version)s::int[], %(severity)s::int[],
    {", ".join(f"%({name})s::int[]" for name in COUNTS)}) n (check_id, check_version, severity, {", ".join(COUNTS)})"""
_WRITING = f"""
INSERT INTO history_tally (account_id, valid_from, check_id, check_version, severity, {", ".join(COUNTS)})
SELECT %(account)s, %(at)s, n.* FROM {_NEW}
"""  # noqa: S608 - constants
# In its place: nothing that an index holds moves, so that no index is written, and an account's rows stay together.
_REPLACING = f"""
WITH ended AS (
    UPDATE history_tally t
    SET valid_from = %(at)s, {", ".join(f"{name} = n.{name}" for name in (*COLUMNS[2:4], *COUNTS))}
    FROM {_NEW} JOIN history_tally was ON was.account_id = %(account)s AND was.check_id = n.check_id
    WHERE t.account_id = %(account)s AND t.check_id = n.check_id
    RETURNING {", ".join(f"was.{name}" for name in COLUMNS)}
)
INSERT INTO history_tally_closed (valid_to, {", ".join(COLUMNS)}) SELECT %(at)s, * FROM ended
"""  # noqa: S608 - constants


def close(account_pk: int, at: datetime, check_ids: Sequence[str]) -> None:
    """Move tallies to the closed ones."""
    if check_ids:
        names = ", ".join(COLUMNS)
        execute(
            f"""
            WITH ended AS (DELETE FROM history_tally WHERE account_id = %s AND check_id = ANY(%s) RETURNING *)
            INSERT INTO history_tally_closed (valid_to, {names}) SELECT %s, {names} FROM ended
            """,  # noqa: S608 - constants
            [account_pk, list(check_ids), at],
        )


def overwrite(account_pk: int, tally: Tally) -> None:
    """Correct in place, after people set findings aside, a tally that stands since the last sweep."""
    execute(
        "UPDATE history_tally SET accepted = %s, stale = %s, failed = %s WHERE account_id = %s AND check_id = %s",
        [tally.accepted, tally.stale, tally.failed, account_pk, tally.check_id],
    )
