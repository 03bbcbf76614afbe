"""Counts how every check stands after a result: all anew, or only what moved where the rest is known to stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from posture.checks import all_checks, checks_of
from posture.core.check import Check
from posture.core.gap import Gap
from posture.core.score import Tally
from posture.history.ingest import check_counts, incremental_counts
from posture.history.ingest.check_counts import Standing
from posture.history.ingest.check_registry import Once
from posture.history.ingest.findings import Key, Open, Said
from posture.history.ingest.last_known import Stored, last_known_resources
from posture.history.ingest.resource_diff import Fate, Known, Present
from posture.history.ingest.resources import Written
from posture.history.ingest.swept_state import Seen, Sighting, Touched, Uid

Before = Mapping[str, tuple[Tally, int]]
"""Tallies by check, each with the version of the check that it is by."""


def touched(
    present: Present, sighting: Sighting, before: Before, open_gaps: Sequence[Gap], *, same_gaps: bool, holds: bool
) -> Touched | None:
    """Return what was seen otherwise than before; None where nothing can be taken as it stood.

    That is where what stands as it stood could not be told apart, or where something is out of sight or was not asked
    about: blind places move tallies by themselves.
    `same_gaps` tells that the result has the gaps of the account's last one, by which some checks judge; `holds`, that
    no check says otherwise only because time has gone by.
    """
    known, seen = present.known, present.seen
    if (
        not present.is_compared
        or any(gap.reason.blinds for gap in open_gaps)
        or any(tally.gap_units for tally, _ in before.values())
    ):
        return None
    if any(each.fate is Fate.BLIND or each.fate is Fate.UNASKED for each in known.values()):
        return None
    moved = {each.type for uid, each in known.items() if uid not in seen or each.observed != seen[uid].observed}
    moved |= {each.resource.type for uid, each in seen.items() if _differs(known.get(uid), each)}
    unsteady = _unsteady.of(all_checks())
    kinds = {check.resource_type for check in unsteady}
    folded = {each.type for each in sighting.populations.values() if each.type in kinds}
    folded |= {each.type for each in known.values() if each.members is not None}
    moving = {
        check.id
        for check in unsteady
        if check.resource_type in folded or not _stands(check, moved, same_gaps=same_gaps, holds=holds)
    }
    return Touched(seen, all_checks().keys() - moving)


_unsteady = Once(lambda checks: [check for check in checks.values() if check.judges_members])
"""The checks that may say otherwise of a resource that was not touched; all others stand."""


def _stands(check: Check, moved: AbstractSet[str], *, same_gaps: bool, holds: bool) -> bool:
    """Tell whether a check says the same of a resource that was not touched; `moved` are types of which some was."""
    if check.reads_clock and not holds:
        return False
    return not check.needs or (same_gaps and moved.isdisjoint(check.needs))


def _differs(before: Known | None, now: Seen) -> bool:
    if before is None or before.unseen_since is not None or before.missed_at is not None:
        return True
    if before.region != now.resource.region:
        return True
    # What is said of a population names its members, who are observed.
    return before.hash != now.hash or (now.resource.is_population and before.observed != now.observed)


@dataclass(frozen=True, slots=True)
class Counting:
    """What counting takes."""

    sighting: Sighting
    known: Mapping[Uid, Known]
    written: Written
    said: Mapping[Key, Said]
    open_before: Mapping[Key, Open]
    open_now: Mapping[Key, Open]
    aside: AbstractSet[int]
    last_at: datetime | None
    """Of the account's result before."""
    at: datetime
    was: Mapping[int, Stored]
    """Resources that moved as they stood before, by id."""
    open_gaps: Sequence[Gap]
    """The gaps that are open after the result."""

    def all(self) -> list[Tally]:
        """Count everything."""
        return self._count(lambda _: True)

    def moved(self, before: Before, touched: Touched) -> list[Tally]:
        """Count what moved."""
        books = incremental_counts.Books(
            self.open_before, self.open_now, self.aside, self.said, self.last_at or self.at, self.at,
            self.sighting.scheme, touched.standing, self.sighting.neighbourhood,
        )  # fmt: skip
        places = {uid: (each.resource.type, each.resource.region) for uid, each in touched.seen.items()}
        moved = [*incremental_counts.moved(self.known, self.written.ids, self.was, places)]
        counted = incremental_counts.recounted(before, moved, books)
        counted += self._count(lambda check: check.id not in touched.standing)
        return sorted(counted, key=lambda tally: tally.check_id)

    def _count(self, only: Callable[[Check], bool]) -> list[Tally]:
        severities = {check.id: check.severity for check in all_checks().values()}
        chosen = {check.id for check in all_checks().values() if only(check)}
        swept_types = self.sighting.result.swept_types
        return check_counts.count(self._standings(chosen), self.open_gaps, swept_types, severities)

    def _standings(self, chosen: AbstractSet[str]) -> Iterator[Standing]:
        for key, word in self.said.items():
            if key[1] in chosen:
                resource, finding = word.resource, self.open_now.get(key)
                yield Standing(
                    resource.type,
                    resource.region,
                    key[1],
                    word.outcome,
                    finding.status if finding else None,
                    stale=bool(finding and finding.stale_since),
                    accepted=bool(finding and finding.id in self.aside),
                )
        yield from self._carried(chosen)

    def _carried(self, chosen: AbstractSet[str]) -> Iterator[Standing]:
        """Yield how what is still there stands although it was not seen."""
        kinds = {check.resource_type for check in all_checks().values() if check.id in chosen}
        carried = [
            each
            for each in self.written.unsettled
            if each.fate is not Fate.SEEN and each.present and each.type in kinds
        ]
        stored = {each.id: self.was[each.id].known for each in carried if each.id in self.was}
        unread = [each for each in carried if each.id not in stored]
        stored |= last_known_resources(self.sighting.result.account_id, unread)
        seen = self.sighting.resources if carried else []
        applying = check_counts.applying(list(stored.values()), chosen, seen, self.sighting.clock, self.sighting.scheme)
        for each in carried:
            for check in checks_of(each.type):
                if check.id in chosen:
                    finding = self.open_now.get((each.id, check.id))
                    yield Standing(
                        each.type,
                        each.region,
                        check.id,
                        None,
                        finding.status if finding else None,
                        stale=bool(finding and finding.stale_since),
                        accepted=bool(finding and finding.id in self.aside),
                        out_of_sight=each.out_of_sight,
                        applies=applying[each.type, each.arn, check.id],
                    )
