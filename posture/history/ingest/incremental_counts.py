"""Counts anew only what moved: the tallies of checks that stand, from how they stood before.

A check of which nothing that it looks at around its resource has moved says of an unchanged resource what
it said before. So its tally moves by the resources that changed, came, went, or fell out of sight or back into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from posture.checks import all_checks, checks_of
from posture.core.check import Check
from posture.core.classification import Scheme, using
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Status
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.history.ingest.check_counts import COUNTS, Standing
from posture.history.ingest.findings import Key, Open, Said
from posture.history.ingest.last_known import Stored
from posture.history.ingest.resource_diff import Fate, Known

_NOBODY = Neighbourhood((), ())


@dataclass(frozen=True, slots=True)
class Moved:
    """A resource that does not stand as it stood: how it was known before, if it was, and what is said of it now."""

    id: int
    type: str
    region: str
    before: Known | None
    was: Stored | None
    """As it stood before."""


@dataclass(frozen=True, slots=True)
class Books:
    """What is open before and after a result, what people set aside, and what was said."""

    before: Mapping[Key, Open]
    after: Mapping[Key, Open]
    aside: AbstractSet[int]
    said: Mapping[Key, Said]
    then: datetime
    """By which checks that read the clock judged before."""
    now: datetime
    scheme: Scheme
    standing: AbstractSet[str]
    """The checks that stand."""
    around: Callable[[], Neighbourhood]
    """What is around all resources: before as now, as far as the checks that stand look."""

    def judge(self, check: Check, resource: Resource, at: datetime) -> Outcome:
        """Judge a resource as it stood before, by the clock of then or of now."""
        return check.judge(resource, self.around() if check.needs else _NOBODY, Clock(at))


def recounted(tallies: Mapping[str, tuple[Tally, int]], moved: Sequence[Moved], books: Books) -> list[Tally]:
    """Return the tallies of the checks that stand, after the resources that moved."""
    checks, standing = all_checks(), books.standing
    counts: dict[str, dict[str, int]] = {}
    with using(books.scheme):
        for each in moved:
            for check in checks_of(each.type):
                if check.id in standing:
                    _move(counts.setdefault(check.id, _counts(tallies.get(check.id))), each, check, books)
    still = [tally for check_id, (tally, _) in tallies.items() if check_id in standing and check_id not in counts]
    turned = [
        Tally(name, checks[name].severity, **numbers) for name, numbers in counts.items() if any(numbers.values())
    ]
    return still + turned


def _counts(before: tuple[Tally, int] | None) -> dict[str, int]:
    return {name: getattr(before[0], name) if before else 0 for name in COUNTS}


def _move(counts: dict[str, int], each: Moved, check: Check, books: Books) -> None:
    for standing, step in ((_stood(each, check, books), -1), (_stands(each, check, books), 1)):
        if standing is not None:
            counts[standing.count] += step


def _stood(each: Moved, check: Check, books: Books) -> Standing | None:
    if each.before is None or each.was is None:
        return None
    standing = _standing(each, check, books.before.get((each.id, check.id)), books)
    if each.before.unseen_since is None:
        return replace(standing, outcome=books.judge(check, each.was.told, books.then))
    return replace(standing, out_of_sight=True, applies=_applies(each.was, check, books, books.then))


def _stands(each: Moved, check: Check, books: Books) -> Standing | None:
    standing = _standing(each, check, books.after.get((each.id, check.id)), books)
    word = books.said.get((each.id, check.id))
    if word is not None:
        return replace(standing, outcome=word.outcome)
    if each.before is None or each.was is None or not each.before.present:
        return None
    return replace(standing, out_of_sight=each.before.out_of_sight, applies=_applies(each.was, check, books, books.now))


def _applies(stored: Stored, check: Check, books: Books, at: datetime) -> bool:
    return books.judge(check, stored.known, at).status is not Status.NOT_APPLICABLE


def _standing(each: Moved, check: Check, finding: Open | None, books: Books) -> Standing:
    return Standing(
        each.type,
        each.region,
        check.id,
        None,
        finding.status if finding else None,
        stale=bool(finding and finding.stale_since),
        accepted=bool(finding and finding.id in books.aside),
    )


def moved(
    known: Mapping[bytes, Known],
    ids: Mapping[bytes, int],
    stored: Mapping[int, Stored],
    touched: Mapping[bytes, tuple[str, str]],
) -> Iterator[Moved]:
    """Yield the resources that moved: those touched, by their type and region, and those that the result lacks."""
    for uid, place in touched.items():
        each = known.get(uid)
        yield Moved(ids[uid], *place, each, stored.get(each.id) if each else None)
    for uid, each in known.items():
        if uid not in touched and (each.fate is Fate.MISSED or not each.present):
            yield Moved(each.id, each.type, each.region, each, stored.get(each.id))
