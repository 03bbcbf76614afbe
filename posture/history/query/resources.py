"""Reads resources: as of a date, one through time, and counted by type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.http import Http404

from posture.history.models import AnyGap, GapRecord, ResourceRecord, StoredResource
from posture.history.models.lookups import of_accounts
from posture.history.models.periods import since
from posture.history.query.cache import date_key, get_or_compute
from posture.history.query.counts import count_types_at
from posture.history.scope import Scope

Record = TypeVar("Record", bound=Model)


@dataclass(frozen=True, slots=True)
class TypeCount:
    """A resource type: its number, the change since `compare_to`, and the unreadable."""

    type: str
    count: int
    change: int
    unseen: int


class VersionStep(StrEnum):
    """What happened to a resource where one of its versions began."""

    FIRST = "found"
    CHANGED = "changed"
    VISIBILITY = "sight"
    """AWS showed less or more of it than before, and what is known of it is the same."""
    BACK = "back"
    KEPT = "kept"
    """Unknown: the version before was dropped by retention."""


def narrow_to_instant(records: QuerySet[Record], at: datetime | None, start: str, end: str) -> QuerySet[Record]:
    """Narrow records to those current at an instant; None means now."""
    if at is None:
        return records.filter(**{f"{end}__isnull": True})
    return records.filter(Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": at}), **{f"{start}__lte": at})


def narrow_versions_to_instant(records: QuerySet[ResourceRecord], at: datetime | None) -> QuerySet[ResourceRecord]:
    """Narrow versions to those current at an instant; None means now.

    By `ends`, which is never null: an index looks no further than its own entries for what ends after a date.
    """
    if at is None:
        return records.filter(valid_to__isnull=True)
    return records.filter(valid_from__lte=at, ends__gt=at)


def resources(scope: Scope) -> QuerySet[ResourceRecord]:
    """Return the resources of a scope, each in its version as of the scope's date."""
    return _with_visibility(narrow_versions_to_instant(_all(scope), scope.as_of), scope.as_of)


def get_resource(scope: Scope, resource_id: int) -> ResourceRecord:
    """Return a resource as of the scope's date; a gone one in its last version.

    404 if out of scope.
    """
    found = list_versions(scope, resource_id, limit=1)
    if not found:
        raise Http404("No such resource.")
    return found[0]


def gone_resources(scope: Scope) -> QuerySet[StoredResource]:
    """Return the resources that are gone as of the scope's date.

    `versions` has how they were.
    """
    left = StoredResource.objects.filter(account__among=scope.among, gone_at__isnull=False)
    if scope.as_of is not None:
        left = left.filter(gone_at__lte=scope.as_of)
    return left.select_related("account")


def list_versions(scope: Scope, resource_id: int, limit: int = 500) -> list[ResourceRecord]:
    """Return the newest `limit` versions of a resource up to the scope's date."""
    known = narrow_to_resource(_all(scope), resource_id)
    if scope.as_of is not None:
        known = known.filter(valid_from__lte=scope.as_of)
    found = list(_with_visibility(known, scope.as_of).order_by("-valid_from")[:limit])
    for version in found:
        if scope.as_of is not None and version.valid_to is not None and version.valid_to > scope.as_of:
            version.valid_to = version.gone_at = None  # that lay in the future
    return found


def all_versions(scope: Scope) -> QuerySet[ResourceRecord]:
    """Return all versions up to the scope's date, those of deleted resources included."""
    known = _all(scope)
    return known if scope.as_of is None else known.filter(valid_from__lte=scope.as_of)


def label_versions(
    found: Sequence[ResourceRecord],
) -> Iterator[tuple[ResourceRecord, ResourceRecord | None, VersionStep]]:
    """Yield each version, newest first, with the one before it and the step between.

    The oldest has none: before it the resource was not known, or its earlier versions are not kept any more.
    """
    for version, before in zip(found, [*found[1:], None], strict=True):
        yield version, before, _step(version, before)


def _step(version: ResourceRecord, before: ResourceRecord | None) -> VersionStep:
    if version.valid_from == version.first_seen:
        return VersionStep.FIRST
    if before is None:
        return VersionStep.KEPT
    if before.gone_at:
        return VersionStep.BACK
    return VersionStep.VISIBILITY if bytes(before.known_hash) == bytes(version.known_hash) else VersionStep.CHANGED


def get_version_before(scope: Scope, record: ResourceRecord) -> ResourceRecord:
    """Return the version that a record of a comparison in `Changes` is compared with."""
    return narrow_to_resource(_all(scope), record.resource_id).get(id=record.before_id)


def count_types(scope: Scope) -> list[TypeCount]:
    """Return the types that are there, or were at `compare_to`, by name."""
    return get_or_compute(scope, "types", lambda: _type_counts(scope), date_key(scope, scope.compare_to))


def _type_counts(scope: Scope) -> list[TypeCount]:
    now = count_types_at(scope, scope.as_of)
    before = count_types_at(scope, scope.compare_to)
    return [
        TypeCount(each, now.get(each, (0, 0))[0], now.get(each, (0, 0))[0] - before.get(each, (0, 0))[0],
                  now.get(each, (0, 0))[1])
        for each in sorted(now.keys() | before.keys())
    ]  # fmt: skip


def gaps(scope: Scope) -> QuerySet[GapRecord]:
    """Return the unreadable listings as of the scope's date.

    `all_gaps` has fields as well.
    """
    mine = GapRecord.objects.filter(account__among=scope.among).select_related("account")
    return narrow_to_instant(mine, scope.as_of, "opened_at", "closed_at")


def all_gaps(scope: Scope) -> QuerySet[AnyGap]:
    """Return the gaps of listings and fields that are current as of the scope's date."""
    mine = AnyGap.objects.filter(account__among=scope.among).select_related("account")
    return narrow_to_instant(mine, scope.as_of, "valid_from", "valid_to")


def narrow_to_resource(records: QuerySet[Record], resource_id: int) -> QuerySet[Record]:
    """Narrow records to one resource; only those of its own account are read."""
    owner = StoredResource.objects.filter(pk=resource_id).values_list("account_id", flat=True)
    return of_accounts(records.filter(resource_id=resource_id), {*owner})


def _all(scope: Scope) -> QuerySet[ResourceRecord]:
    return ResourceRecord.objects.filter(account__among=scope.among).select_related("account")


def _with_visibility(records: QuerySet[ResourceRecord], at: datetime | None) -> QuerySet[ResourceRecord]:
    expression = F("open_unseen_since") if at is None else since("open_unseen_since", "unseen_periods", at)
    plain: Any = records  # the model declares the annotation, which the plugin takes for a second field
    sighted: QuerySet[ResourceRecord] = plain.annotate(unseen_since=expression)
    return sighted
