"""Resources in the palette: by id, ARN, name, tag and address, in scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpRequest

from posture.history import query
from posture.history.query import ResourceRecord
from posture.pages.inventory import search
from posture.pages.inventory.names import type_title
from posture.web.palette import ENTRIES_PER_SOURCE_MAX, EXACT, WITHIN, PaletteEntry, rank_match, source
from posture.web.parameters import integers
from posture.web.resource_names import name_of
from posture.web.scoping import scope_of, url_in_scope

ADDRESSES_SEARCHED_MAX = 3_000
"""Resources searched for an address while typing; the search page searches more."""


@source("resource", "Resources")
class Resources:
    """The resources of the scope at its date."""

    def find(self, request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
        """Return resources with each word, an exact name first.

        Words without an index are left to the search page.
        """
        scope = scope_of(request)
        address = search.address_of(text)
        if address is not None:
            found, _ = search.by_address(scope, address, ADDRESSES_SEARCHED_MAX)
            return [_entry(request, one.record, one.why) for one in found[:ENTRIES_PER_SOURCE_MAX]]
        if not query.is_indexed(text):
            return []
        only = search.exact(scope, text)
        first = search.first(scope, text, ENTRIES_PER_SOURCE_MAX)
        records = {one.resource_id: one for one in ([only] if only else []) + first}
        return [_entry(request, one, rank=EXACT if one is only else _rank(text, one)) for one in records.values()]

    def load(self, request: HttpRequest, ids: Sequence[str]) -> Iterable[PaletteEntry]:
        """Return resources by their ids, as of the scope's date."""
        found = query.resources(scope_of(request)).filter(resource_id__in=integers(ids)).select_related("account")
        return [_entry(request, one) for one in found]


def _rank(text: str, record: ResourceRecord) -> int:
    rank = rank_match(text, record.name or record.arn)
    return WITHIN if rank is None else rank


def _entry(request: HttpRequest, record: ResourceRecord, why: str = "", rank: int = WITHIN) -> PaletteEntry:
    url = url_in_scope(request, "inventory:resource", {"resource_id": record.resource_id})
    where = ", ".join(part for part in (type_title(record.type), record.account.name, record.region) if part)
    detail = f"{where}, {why}" if why else where
    return PaletteEntry(f"resource:{record.resource_id}", name_of(record), "stack-2", url, detail, rank)
