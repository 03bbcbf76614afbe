"""Queries of the Outposts pages: Outposts and what belongs to each."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Count, Q
from django.http import Http404

from accounts.models import AwsAccount
from posture.collectors import all_collectors
from posture.core.gap import ANY
from posture.core.population import configurations
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import FindingRecord, GapRecord, ResourceRecord, Triage
from posture.history.scope import Scope

OUTPOST, SITE = "AWS::Outposts::Outpost", "AWS::Outposts::Site"
SUBNET, INSTANCE, VOLUME = "AWS::EC2::Subnet", "AWS::EC2::Instance", "AWS::EC2::Volume"
GATEWAY, ROUTES = "AWS::EC2::LocalGateway", "AWS::EC2::LocalGatewayRouteTable"
GROUP = "AWS::EC2::LocalGatewayVirtualInterfaceGroup"

Positions = dict[tuple[int, str, str], int]
"""Index of a resource on its Outpost, by the Outpost's id, its type and its ARN."""


@dataclass(slots=True)
class Rack:
    """An Outpost with its site and resources by type.

    `record` is the owner's if that account is in scope; `seen_by` are other accounts' records.
    """

    record: ResourceRecord
    config: dict[str, Any]
    observed: dict[str, Any]
    site: ResourceRecord | None = None
    placed: dict[str, list[ResourceRecord]] = field(default_factory=dict)
    seen_by: list[ResourceRecord] = field(default_factory=list)
    findings: int = 0

    @property
    def resource_id(self) -> int:
        """The resource id of the Outpost."""
        return self.record.resource_id

    @property
    def name(self) -> str:
        """Its name, or its AWS id."""
        return self.record.name or str(self.config.get("OutpostId", ""))

    @property
    def is_own(self) -> bool:
        """Return True if its owner is in scope: AWS reports hardware only to the owner."""
        return _is_owners(self.record, self.config)

    @property
    def is_past(self) -> bool:
        """Return True for a past date: only the latest observed fields are stored."""
        return self.is_own and self.record.packed_observed is None

    @property
    def all(self) -> list[ResourceRecord]:
        """The Outpost, its site and everything on it."""
        own = [self.record, *([self.site] if self.site else [])]
        return own + [one for records in self.placed.values() for one in records]

    def of(self, resource_type: str) -> list[ResourceRecord]:
        """Return what of a type belongs to it."""
        if resource_type == OUTPOST:
            return [self.record]
        if resource_type == SITE:
            return [self.site] if self.site else []
        return self.placed.get(resource_type, [])

    def number_of(self, resource_type: str) -> int:
        """Return how many of a type belong to it, the members of populations one by one."""
        return sum(record.members or 1 for record in self.of(resource_type))


def racks(scope: Scope) -> list[Rack]:
    """Return the Outposts of a scope by name, each once; cached for large scopes."""
    return query.get_or_compute(scope, "outposts", lambda: _racks(scope))


def _racks(scope: Scope) -> list[Rack]:
    found = _filled(scope, query.resources(scope).filter(type=OUTPOST))
    return sorted(found, key=lambda one: one.name.lower())


def rack(scope: Scope, resource_id: int) -> Rack:
    """Return one Outpost; 404 if it is out of scope or not an Outpost."""
    asked = query.get_resource(scope, resource_id)
    if asked.type != OUTPOST:
        raise Http404("That is not an Outpost.")
    same = [one for one in query.resources(scope).filter(type=OUTPOST, arn=asked.arn) if one.id != asked.id]
    return _filled(scope, [asked, *same])[0]


def _filled(scope: Scope, records: Iterable[ResourceRecord]) -> list[Rack]:
    by_arn = _once(records)
    if by_arn:
        _assign(scope, by_arn)
        _count_findings(scope, by_arn.values())
    return list(by_arn.values())


def _once(records: Iterable[ResourceRecord]) -> dict[str, Rack]:
    found: dict[str, Rack] = {}
    for record in records:
        config = record.config
        known = found.get(record.arn)
        if known is None:
            found[record.arn] = Rack(record, config, record.observed)
        elif _is_owners(record, config):
            found[record.arn] = Rack(record, config, record.observed, seen_by=[*known.seen_by, known.record])
        else:
            known.seen_by.append(record)
    return found


def _is_owners(record: ResourceRecord, config: dict[str, Any]) -> bool:
    return bool(config.get("OwnerId") == record.account.account_id)


def types_placed() -> list[str]:
    """Return the types with a relation to an Outpost by `OutpostArn`."""
    return [
        kind
        for kind, one in all_collectors().items()
        if any(each.resource_type == OUTPOST and each.path == "OutpostArn" for each in one.relations)
    ]


def _assign(scope: Scope, found: dict[str, Rack]) -> None:
    """Assign resources of accounts that see an Outpost, or have a subnet on it."""
    regions = {one.record.region for one in found.values()}
    accounts = {record.account_id: record.account for one in found.values() for record in (one.record, *one.seen_by)}
    others = {
        account_pk
        for region in sorted(regions)
        for arn, on_it in query.get_or_compute(
            scope, "on_outposts", partial(_with_subnets_on, scope, region), region
        ).items()
        if arn in found
        for account_pk in on_it
    }
    # One object per account; not the scope's, whose organization would be cached with them.
    accounts |= AwsAccount.objects.in_bulk(others - accounts.keys())
    kinds = [*types_placed(), GROUP, SITE]
    near = query.resources(scope).filter(account_id__among=[*accounts], region__in=regions, type__in=kinds)
    records = list(near.select_related(None).order_by("name", "arn"))
    for one in records:
        one.account = accounts[one.account_id]
    _sort(records, found)


def _with_subnets_on(scope: Scope, region: str) -> dict[str, set[int]]:
    """Return accounts with a subnet on each Outpost; reads all subnets of a region."""
    on_it: dict[str, set[int]] = {}
    for one in query.resources(scope).select_related(None).filter(type=SUBNET, region=region):
        if isinstance(arn := one.config.get("OutpostArn"), str) and arn:
            on_it.setdefault(arn, set()).add(one.account_id)
    return on_it


def _sort(records: list[ResourceRecord], found: dict[str, Rack]) -> None:
    # Members of a population may be on several racks: it belongs to the first.
    configs = {one.id: _placed_config(one, found) for one in records}
    by_site = {str(one.config.get("SiteArn")): one for one in found.values()}
    positions: Positions = {}
    gateways: dict[str, Rack] = {}
    for one in records:
        of = found.get(str(configs[one.id].get("OutpostArn")))
        if of is not None:
            _add(of, one, configs[one.id], positions)
            if one.type == GATEWAY:
                gateways[str(configs[one.id].get("LocalGatewayId"))] = of
    for one in records:
        if one.type == GROUP and (of := gateways.get(str(configs[one.id].get("LocalGatewayId")))):
            _add(of, one, configs[one.id], positions)
        elif one.type == SITE and (of := by_site.get(one.arn)):
            of.site = one if of.site is None or configs[one.id].get("AccountId") == one.account.account_id else of.site


def _placed_config(record: ResourceRecord, found: Container[str]) -> dict[str, Any]:
    configs = configurations(record.config)
    return next((each for each in configs if str(each.get("OutpostArn")) in found), configs[0])


def _add(to: Rack, record: ResourceRecord, config: dict[str, Any], positions: Positions) -> None:
    """Add a resource once, as its owner sees it."""
    known = to.placed.setdefault(record.type, [])
    twin = positions.setdefault((to.resource_id, record.type, record.arn), len(known))
    if twin == len(known):
        known.append(record)
    elif _is_owners(record, config):
        known[twin] = record


def _count_findings(scope: Scope, found: Iterable[Rack]) -> None:
    ids = {record.resource_id for one in found for record in one.all}
    rows = query.findings(scope).filter(resource_id__in=ids).exclude(triage__in=Triage.SET_ASIDE)
    numbers = dict(rows.order_by().values_list("resource_id").annotate(number=Count("pk")))
    for one in found:
        one.findings = sum(numbers.get(record.resource_id, 0) for record in one.all)


def findings_on(scope: Scope, one: Rack) -> list[FindingRecord]:
    """Return the open findings of an Outpost, its site and resources, worst first."""
    ids = {record.resource_id for record in one.all}
    return list(query.findings(scope).filter(resource_id__in=ids).order_by("-severity", "opened_at"))


def gaps_of(scope: Scope, one: Rack | None = None) -> list[GapRecord]:
    """Return gaps in listing Outposts, or in listing what belongs to one."""
    kinds = [OUTPOST, SITE] if one is None else [OUTPOST, SITE, GROUP, *types_placed()]
    gaps = query.gaps(scope).filter(blinds=True, resource_type__in=(ANY, *kinds))
    if one is not None:
        accounts = {record.account_id for record in one.all}
        gaps = gaps.filter(Q(region=ANY) | Q(region=one.record.region), account_id__in=accounts)
    return list(gaps.order_by("account__name", "region"))


def known(value: Any) -> list[Any]:
    """Return a list, empty if it is unknown or absent."""
    return [] if value is None or isinstance(value, Unknown) else list(value)
