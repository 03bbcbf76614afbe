"""Queries of the network pages; VPCs are analyzed by `vpc_analysis`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet
from django.http import Http404

from posture.core.gap import ANY
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.history import query
from posture.history.query import GapRecord, ResourceRecord
from posture.history.scope import Scope
from posture.pages.network.inbound_sources import Sources, sources
from posture.pages.network.reachability_history import History
from posture.pages.network.vpc_analysis import ANALYSIS_SECONDS, VpcAnalysis, analyze
from posture.pages.network.vpc_resources import INTERFACE, NEEDED

VPC = "AWS::EC2::VPC"
VERSIONS_MAX = 2000
"""Maximum number of versions that the page looks back by, newest first."""
PAGE_SECONDS = 10.0
"""Maximum processor time for all VPCs of a page together."""
SHARE_SECONDS = 0.05
"""What each VPC adds to that: an export analyzes a thousand at once."""
LINKS = ("AWS::EC2::VPCPeeringConnection", "AWS::EC2::TransitGatewayAttachment", "AWS::EC2::VPCEndpoint")
"""Connections of a VPC to other networks and to AWS's services."""


def vpcs(scope: Scope) -> QuerySet[ResourceRecord]:
    """Return the VPCs in scope."""
    return query.resources(scope).filter(type=VPC).select_related("account")


def vpc_gaps(scope: Scope) -> list[GapRecord]:
    """Return the gaps in which VPCs could not be listed."""
    return list(query.gaps(scope).filter(blinds=True, resource_type__in=(ANY, VPC)).order_by("account__name", "region"))


def vpc(scope: Scope, resource_id: int) -> ResourceRecord:
    """Return one VPC; 404 if it is out of scope or not a VPC."""
    record = query.get_resource(scope, resource_id)
    if record.type != VPC:
        raise Http404("That is not a VPC.")
    return record


def analysis_and_sources(scope: Scope, record: ResourceRecord) -> tuple[VpcAnalysis, Sources]:
    """Analyze one VPC and the sources that can reach it."""
    around = _around(scope, {(record.account_id, record.region)})[record.account_id, record.region]
    analysis = analyze(record.as_resource(), around)
    return analysis, sources(analysis, around)


def analyses(scope: Scope, records: Sequence[ResourceRecord]) -> dict[int, VpcAnalysis]:
    """Analyze VPCs in two queries, by resource id."""
    locations = {(record.account_id, record.region) for record in records}
    around = _around(scope, locations)
    began, drawn = time.thread_time(), {}
    for record in records:
        left = PAGE_SECONDS + len(records) * SHARE_SECONDS - (time.thread_time() - began)
        here = around[record.account_id, record.region]
        drawn[record.resource_id] = analyze(record.as_resource(), here, min(ANALYSIS_SECONDS, left))
    return drawn


def _around(scope: Scope, locations: set[tuple[int, str]]) -> dict[tuple[int, str], Neighbourhood]:
    accounts, regions = {account for account, _ in locations}, {region for _, region in locations}
    listed = query.resources(scope).filter(type__in=NEEDED, account_id__in=accounts, region__in=regions)
    found: dict[tuple[int, str], list[Resource]] = {location: [] for location in locations}
    for record in listed.select_related(None):
        record.account = scope.by_pk[record.account_id]  # one object shared by all of its resources
        if (record.account_id, record.region) in found:
            found[record.account_id, record.region].append(record.as_resource())
    refused = [
        (gap.account_id, gap)
        for gap in query.gaps(scope).filter(account_id__in=accounts, blinds=True).select_related("account")
    ]
    return {
        (account, region): Neighbourhood(
            resources,
            [gap.as_gap() for owner, gap in refused if owner == account and gap.region in {ANY, region}],
        )
        for (account, region), resources in found.items()
    }


def history(scope: Scope, record: ResourceRecord, analysis: VpcAnalysis) -> History:
    """Return the versions of what a VPC's inbound paths pass, newest first."""
    reached = {path.inventory_arn for path in analysis.paths}
    if not reached:
        return History((), scope.now)
    kinds = [kind for kind in NEEDED if kind != INTERFACE]
    wanted = Q(type__in=kinds) | Q(type=INTERFACE, arn__in=reached)
    wanted |= Q(resource_id=record.resource_id)
    known = query.all_versions(scope).filter(wanted, account_id=record.account_id, region=record.region)
    found = list(known.order_by("-ends")[:VERSIONS_MAX])
    for one in found:
        one.account = record.account  # one object shared by all versions
    return History(found, scope.now, found[-1].ends if len(found) == VERSIONS_MAX else None)


def links(scope: Scope, record: ResourceRecord) -> list[ResourceRecord]:
    """Return the peerings, transit gateway attachments and endpoints of a VPC."""
    vpc_id = record.arn.rsplit("/", 1)[-1]
    listed = query.resources(scope).filter(type__in=LINKS, account_id=record.account_id, region=record.region)
    return [one for one in listed.select_related("account") if vpc_id in _vpc_ids(one)]


def unlisted_links(scope: Scope, record: ResourceRecord) -> set[str]:
    """Return types of `links` that could not be listed in a VPC's account and region."""
    gaps = query.gaps(scope).filter(account_id=record.account_id, blinds=True, region__in=(ANY, record.region))
    found = set(gaps.filter(resource_type__in=(ANY, *LINKS)).values_list("resource_type", flat=True))
    return set(LINKS) if ANY in found else found


def _vpc_ids(record: ResourceRecord) -> set[str]:
    config = record.config
    ends = [config.get(key) for key in ("RequesterVpcInfo", "AccepterVpcInfo")]
    ids = [end.get("VpcId") for end in ends if isinstance(end, dict)]
    return {str(one) for one in (config.get("VpcId"), config.get("ResourceId"), *ids) if isinstance(one, str)}


def names(scope: Scope, arns: Iterable[str]) -> dict[str, str]:
    """Return the names of resources by ARN."""
    return dict(query.resources(scope).filter(arn__in=set(arns)).values_list("arn", "name"))


def resource_ids(scope: Scope, arns: Iterable[str]) -> dict[str, int]:
    """Return ids of resources by ARN, for links to their pages."""
    return dict(query.resources(scope).filter(arn__in=set(arns)).values_list("arn", "resource_id"))
