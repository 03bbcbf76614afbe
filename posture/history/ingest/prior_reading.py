"""Loads what a sweep need not read again, and notes when everything was read.

Types that are read once a day are kept between as they were last read. Only whole listings are: one that failed, or
of which a resource is missed or lacks a field, is asked again at the next sweep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from posture.core.gap import ANY
from posture.core.prior_reading import Listing, PriorReading
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.unread import unread
from posture.history.canonical import digest
from posture.history.ingest.bulk import fetch
from posture.history.ingest.stored_state import KnownResource, load_contents, load_resources_of
from posture.history.ingest.swept_state import uid_of
from posture.history.models import AccountState

FullReading = tuple[datetime | None, list[str] | None, str | None]
"""When every type was read, in which regions and by which code; nothing where not every type was read."""
NO_FULL_READING: FullReading = (None, None, None)


def full_reading(at: datetime, result: AccountResult) -> FullReading:
    """Return what to note of a result for which every type was read."""
    if result.refused or result.reused or not result.reader:
        return NO_FULL_READING
    return at, list(result.regions), result.reader


def load(state: AccountState, account_id: str, regional: Iterable[str], once: Collection[str]) -> PriorReading | None:
    """Return what an account's last full reading found; None where there was none.

    `regional` are the types that are listed in each region, `once` those that are listed once in an account.
    """
    if state.full_read_at is None:
        return None
    listings = {(kind, region) for kind in regional for region in state.full_read_regions}
    listings |= {(kind, ANY) for kind in once}
    found, doubtful = _load_listings(state.pk, account_id, sorted({kind for kind, _ in listings}), frozenset(once))
    gaps = _open_gaps(state.pk)
    whole = {each for each in listings - doubtful if not any(_is_in(gap, each) for gap in gaps)}
    return PriorReading(state.full_read_at, {each: found.get(each, ()) for each in whole})


def _load_listings(
    account_pk: int, account_id: str, kinds: list[str], once: AbstractSet[str]
) -> tuple[Mapping[Listing, list[Resource]], AbstractSet[Listing]]:
    """Return resources by listing, and the listings that were not whole."""
    known = load_resources_of(account_pk, kinds)
    contents = load_contents(account_id, known)
    found, doubtful = dict[Listing, list[Resource]](), set[Listing]()
    for each in known:
        listing, resource = (each.type, ANY if each.type in once else each.region), contents[each.id].last_seen
        found.setdefault(listing, []).append(resource)
        if each.unseen_since or each.missed_at or unread(resource) or not _is_exact(each, resource):
            doubtful.add(listing)
    return found, doubtful


def _is_exact(each: KnownResource, resource: Resource) -> bool:
    """Return True if a stored resource is what was read.

    It is not where PostgreSQL could not store what AWS wrote, as a name with a NUL.
    """
    return (
        each.uid == uid_of(resource.type, resource.arn)
        and each.hash == digest([resource.name, resource.raw_config, resource.raw_tags])
        and each.observed == (digest(resource.raw_observed) if resource.raw_observed else b"")
    )


def _open_gaps(account_pk: int) -> list[Listing]:
    """Return type and region of what could not be read, or is not there to be read."""
    sql = "SELECT resource_type, region FROM history_gap WHERE account_id = %s AND closed_at IS NULL"
    return [(kind, region) for kind, region in fetch(sql, [account_pk])]


def _is_in(gap: Listing, listing: Listing) -> bool:
    return all(missing in {ANY, asked} for missing, asked in zip(gap, listing, strict=True))
