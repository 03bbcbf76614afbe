"""Reads populations: how many members each type has, and which holds a member."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from django.db.models import Count, QuerySet, Sum

from posture.core.resource import Resource
from posture.history.models import ResourceRecord
from posture.history.query.cache import get_or_compute
from posture.history.query.resources import resources
from posture.history.scope import Scope

SEARCHED_POPULATIONS_MAX = 2000
"""Populations that are looked through for a member."""


def populations(scope: Scope) -> QuerySet[ResourceRecord]:
    """Return the populations of a scope.

    Their members are known as of the last sweep alone.
    """
    return resources(scope).filter(members__isnull=False)


def count_members(scope: Scope) -> dict[str, tuple[int, int]]:
    """Return by type the number of populations, and of all their members."""

    def count() -> dict[str, tuple[int, int]]:
        rows = populations(scope).order_by().values_list("type").annotate(Count("pk"), Sum("members"))
        return {kind: (number, members) for kind, number, members in rows}

    return get_or_compute(scope, "members", count)


def find_members(rows: QuerySet[ResourceRecord], names: Collection[str]) -> Iterator[tuple[ResourceRecord, Resource]]:
    """Yield populations with each member that has one of the names.

    A name is the member's ARN, its name, or its id.
    """
    wanted = set(names)
    for record in rows.order_by("account_id", "type", "name")[:SEARCHED_POPULATIONS_MAX].iterator(chunk_size=200):
        listed = record.observed.get("Members") or ()
        found = [index for index, each in enumerate(listed) if not wanted.isdisjoint(_names(each))]
        # Made only where one is found: most populations hold none, and each many.
        members = record.unfolded() if found else ()
        yield from ((record, members[index]) for index in found)


def _names(listed: Mapping[str, str]) -> tuple[str, str, str]:
    return listed["Arn"], listed["Name"], listed["Arn"].rsplit("/", 1)[-1]
