"""Tells what became of each known resource: seen, out of sight, gone, or not asked about.

Nothing inside a gap is ever taken as gone, and what a full listing lacks is gone only at the second
miss, or when a read by id confirmed it: pagination is no snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from posture.core.gap import Gap
from posture.core.sweep import AccountResult
from posture.history.ingest import fingerprint
from posture.history.ingest.bulk import fetch, fetch_each
from posture.history.ingest.fingerprint import Worded
from posture.history.ingest.pipeline import Statement
from posture.history.ingest.swept_state import Mark, Seen, Sighting, Uid


class Fate(Enum):
    """What this result makes of a known resource."""

    SEEN = auto()
    BLIND = auto()
    """Inside a gap."""
    MISSED = auto()
    """Absent from a full listing for the first time."""
    GONE = auto()
    FOLDED = auto()
    """Seen, but as a member of a population, in which it is kept from now on."""
    UNASKED = auto()
    """Its region or type was not asked about: it stands as it stood."""


@dataclass(slots=True)
class Known:
    """A resource that the store holds as present."""

    id: int
    uid: Uid
    type: str
    region: str
    arn: str
    name: str
    hash: bytes
    observed: bytes
    classification: str
    missed_at: datetime | None
    unseen_since: datetime | None
    members: int | None = None
    """Of a population."""
    content: Sequence[Any] = ()
    """Name, configuration, tags, what was last known, and what was observed, as stored; where that was read along."""
    fate: Fate = Fate.UNASKED

    @property
    def out_of_sight(self) -> bool:
        """Tell whether it could not be seen when it was last asked about."""
        fate = self.fate
        return fate is Fate.BLIND or fate is Fate.MISSED or (fate is Fate.UNASKED and self.unseen_since is not None)

    @property
    def blind(self) -> bool:
        """Tell whether a gap hides it; what is merely missed waits for its second miss and is no loss of sight."""
        return self.out_of_sight and self.fate is not Fate.MISSED and self.missed_at is None

    @property
    def present(self) -> bool:
        """Tell whether it is still taken to be there after this result."""
        return self.fate is not Fate.GONE and self.fate is not Fate.FOLDED


def unsettled(known: Iterable[Known]) -> list[Known]:
    """Return those that are not simply there as they were there before: out of sight, gone, or back in sight."""
    return [each for each in known if each.fate is not Fate.SEEN or each.unseen_since or each.missed_at]


@dataclass(frozen=True, slots=True)
class Present:
    """What stands in an account, compared with what was seen."""

    known: dict[Uid, Known]
    """All that does not simply stand as it stood, by uid; or everything."""
    seen: dict[Uid, Seen]
    """What was seen, but for what is `still`."""
    still: dict[Mark, int] = field(default_factory=dict)
    """Ids of what was seen as it stood, where that could be told without reading it."""
    identities: Mapping[Uid, int] = field(default_factory=dict)
    """Ids of what was `seen`, as far as it was ever known."""
    worded: Worded = field(default_factory=dict)
    """What was said of the open findings, where that `is_compared`."""
    is_compared: bool = False
    """What stands as it stood was told apart; else it is among what is known."""


def asking(account_pk: int) -> Statement:
    """Return the query whose one value `compare` takes."""
    return "SELECT fingerprint FROM history_accountstate WHERE account_id = %s", [account_pk]


def compare(account_pk: int, packed_value: bytes, said: bytes, sighting: Sighting) -> Present:
    """Compare what stands after the result of digest `said` with what was seen, and set the fates."""
    compared = fingerprint.compare(packed_value, said, sighting.marked)
    if compared is None:
        return everything(account_pk, sighting)
    still = compared.still
    seen = sighting.seen(sighting.marked.keys() - still.keys())
    known, identities = load(account_pk, compared.rest, seen)
    if len(known) != len(compared.rest):
        return everything(account_pk, sighting)
    decide(known, sighting, seen)
    return Present(known, seen, still, identities, compared.worded, is_compared=True)


def everything(account_pk: int, sighting: Sighting) -> Present:
    """Load all that stands, and set the fates."""
    (known, _), seen = load(account_pk), sighting.seen(sighting.marked)
    decide(known, sighting, seen)
    fresh = [uid for uid in seen if uid not in known]
    return Present(known, seen, identities=dict(fetch(*_asking_who(account_pk, fresh))) if fresh else {})


def load(
    account_pk: int, ids: Sequence[int] | None = None, uids: Collection[Uid] = ()
) -> tuple[dict[Uid, Known], dict[Uid, int]]:
    """Return the present resources of an account by their uid, or those of some of its ids, with what is stored.

    Besides, the ids of some `uids`, as far as they were ever known.
    """
    asked = [_asking_for(account_pk, ids)] if ids is None or ids else []
    asked += [_asking_who(account_pk, uids)] if uids else []
    answers = iter(fetch_each(*asked) if asked else [])
    known = _loaded(next(answers)) if ids is None or ids else {}
    return known, dict(next(answers, []))


def _asking_who(account_pk: int, uids: Iterable[Uid]) -> Statement:
    """Return the query for the ids of what is, or was at some time, known."""
    return "SELECT uid, id FROM history_resource WHERE account_id = %s AND uid = ANY(%s::bytea[])", [
        account_pk,
        list(uids),
    ]


def _asking_for(account_pk: int, ids: Sequence[int] | None = None) -> Statement:
    """Return the query for the present resources of an account, or for some by their ids, with what is stored."""
    return (
        f"""
        SELECT r.id, r.uid, r.type, r.region, r.arn, r.name, v.hash, coalesce(o.digest, ''::bytea), v.classification,
               r.missed_at, r.unseen_since, o.members
               {"" if ids is None else ", v.name, v.config, v.tags::text, v.known, o.observed"}
        FROM history_version v
        JOIN history_resource r ON r.id = v.resource_id
        LEFT JOIN history_observed o ON o.resource_id = v.resource_id
        WHERE {"v.account_id = %s" if ids is None else "v.resource_id = ANY(%s::bigint[])"}
        """,  # noqa: S608 - constants
        [account_pk if ids is None else list(ids)],
    )


def _loaded(rows: Sequence[tuple[Any, ...]]) -> dict[Uid, Known]:
    """Return resources by their uid."""
    known = {row[1]: Known(*row[:12]) for row in rows}
    for row in rows:
        known[row[1]].content = row[12:]
    return known


def decide(known: dict[Uid, Known], sighting: Sighting, seen: Container[Uid]) -> None:
    """Set the fate of every known resource; `seen` are those that do not stand as they stood."""
    blinding = blinding_gaps(sighting.result)
    for uid, each in known.items():
        if uid in seen:
            each.fate = Fate.SEEN
        elif (each.type, each.arn) in sighting.folded:
            each.fate = Fate.FOLDED
        else:
            each.fate = _fate_of_absent(each, sighting.result, blinding)


def blinding_gaps(result: AccountResult) -> list[Gap]:
    """Return the gaps behind which something may lie; a type listed once is blind in every region."""
    return [gap for gap in result.gaps if gap.reason.blinds]


def covers(gap: Gap, region: str, resource_type: str, result: AccountResult) -> bool:
    """Tell whether a gap hides a resource of this region and type."""
    return gap.covers(region, resource_type) or (gap.resource_type == resource_type in result.global_types)


def _fate_of_absent(each: Known, result: AccountResult, blinding: list[Gap]) -> Fate:
    if any(covers(gap, each.region, each.type, result) for gap in blinding):
        return Fate.BLIND
    if not result.asked(each.region, each.type):
        return Fate.UNASKED
    if each.missed_at is not None or each.arn in result.confirmed_gone:
        return Fate.GONE
    return Fate.MISSED
