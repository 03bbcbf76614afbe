"""References from and to a resource, by the relations that collectors declare."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from posture.collectors import all_collectors
from posture.core.arn import Arn
from posture.core.collector import Relation
from posture.core.resource import GLOBAL
from posture.history import query
from posture.history.query import ResourceRecord
from posture.history.scope import Scope
from posture.pages.inventory.config_cells import values_at
from posture.pages.inventory.names import counted, type_plural, type_title

SEARCHED_MAX = 4000
"""Resources of an account that are searched for references to one."""
GROUP_SHOWN = 6
"""Resources that a group shows at once; the rest is unfolded."""


@dataclass(frozen=True, slots=True)
class RelationTarget:
    """What a resource points to; `record` is None if nothing has that ARN."""

    path: str
    title: str
    arn: str
    record: ResourceRecord | None


@dataclass(frozen=True, slots=True)
class RelationGroup:
    """Resources of one type that point to a resource."""

    words: str
    records: list[ResourceRecord]

    @property
    def first(self) -> list[ResourceRecord]:
        """The resources that are shown at once."""
        return self.records[:GROUP_SHOWN]

    @property
    def rest(self) -> list[ResourceRecord]:
        """The resources that are unfolded."""
        return self.records[GROUP_SHOWN:]


@dataclass(frozen=True, slots=True)
class Pointing:
    """What points to a resource, by type; `is_partial` if not all could be searched."""

    groups: list[RelationGroup]
    is_partial: bool


def targets(scope: Scope, record: ResourceRecord) -> list[RelationTarget]:
    """Return what a resource points to, in the order of its type's relations.

    A member of a population is returned as its population.
    """
    named = list(dict.fromkeys(_named(record)))
    found = query.resources(scope).filter(arn__in=[arn for _, _, arn in named])
    # Several accounts may see a shared resource: the account's own record comes last, and wins.
    known = {one.arn: one for one in sorted(found, key=lambda one: one.account_id == record.account_id)}
    missing = {(kind, arn) for _, kind, arn in named if arn not in known}
    known |= _populations_of(scope, record, missing)
    found_targets: dict[tuple[str, str], RelationTarget] = {}
    for path, kind, arn in named:
        target = known.get(arn)
        found_targets.setdefault(
            (path, target.arn if target else arn), RelationTarget(path, type_title(kind), arn, target)
        )
    return list(found_targets.values())


def _named(record: ResourceRecord) -> Iterator[tuple[str, str, str]]:
    collector = all_collectors().get(record.type)
    configs = _configs(record)
    for relation in collector.relations if collector else ():
        for config in configs:
            for arn in arns(record, config, relation):
                yield relation.path, relation.resource_type, arn


def _configs(record: ResourceRecord) -> list[Mapping[str, Any]]:
    """Return the configuration of a resource, or of each named member of a population."""
    return [each.raw_config for each in record.unfolded()]


def _populations_of(
    scope: Scope, record: ResourceRecord, missing: Collection[tuple[str, str]]
) -> dict[str, ResourceRecord]:
    """Return populations of the same account-region by the ARNs of their members."""
    if not missing:
        return {}
    near = query.populations(scope).filter(
        account_id=record.account_id, region=record.region, type__in={kind for kind, _ in missing}
    )
    return {member.arn: found for found, member in query.find_members(near, {arn for _, arn in missing})}


def arns(record: ResourceRecord, config: Mapping[str, Any], relation: Relation) -> Iterator[str]:
    """Yield the ARNs that a relation leads to; unread values lead nowhere."""
    for value in values_at(config, {}, relation.path):
        if isinstance(value, str) and value:
            yield value if value.startswith("arn:") else _made(record, relation.arn, value)


def _made(record: ResourceRecord, template: str, value: str) -> str:
    partition = Arn.parse(record.arn).partition if record.arn.startswith("arn:") else "aws"
    region = "" if record.region == GLOBAL else record.region
    return template.format(partition=partition, region=region, account=record.account.account_id, id=value)


def pointing(scope: Scope, record: ResourceRecord) -> Pointing:
    """Return resources of the same account-region that point to a resource."""
    sources = {
        kind: known
        for kind, one in all_collectors().items()
        if (known := [each for each in one.relations if each.resource_type == record.type])
    }
    if not sources:
        return Pointing([], is_partial=False)
    near = query.resources(scope).filter(account_id=record.account_id, type__in=sources)
    if record.region != GLOBAL:
        near = near.filter(region=record.region)
    searched = list(near.order_by()[: SEARCHED_MAX + 1])
    mine = {record.arn, *(each.arn for each in record.unfolded())}
    found = [one for one in searched[:SEARCHED_MAX] if not mine.isdisjoint(_all_arns(one, sources[one.type]))]
    return Pointing(_grouped(found), is_partial=len(searched) > SEARCHED_MAX)


def _all_arns(record: ResourceRecord, relations: Iterable[Relation]) -> set[str]:
    configs = _configs(record)
    return {arn for relation in relations for config in configs for arn in arns(record, config, relation)}


def _grouped(records: Iterable[ResourceRecord]) -> list[RelationGroup]:
    groups: dict[str, list[ResourceRecord]] = {}
    for one in sorted(records, key=lambda each: (type_plural(each.type), each.name)):
        groups.setdefault(one.type, []).append(one)
    return [RelationGroup(counted(len(found), kind), found) for kind, found in groups.items()]
