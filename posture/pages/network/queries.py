"""What the network's pages show, read from history and drawn by `posture.pages.network.isolation`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet
from django.http import Http404

from posture.core.gap import ANY
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.history import query
from posture.history.query import ResourceRecord
from posture.history.scope import Scope
from posture.pages.network.inbound_sources import Sources, sources
from posture.pages.network.isolation import DRAW_SECONDS, INTERFACE, NEEDED, VpcPicture, draw
from posture.pages.network.reachability_history import History

VPC = "AWS::EC2::VPC"
VERSIONS_MAX = 2000
"""Versions by which the page looks back, those that ended last first."""
PAGE_SECONDS = 10.0
"""Processor time that all pictures of a page may take together."""
SHARE_SECONDS = 0.05
"""What each picture adds to that: an export draws a thousand at once."""
LINKS = ("AWS::EC2::VPCPeeringConnection", "AWS::EC2::TransitGatewayAttachment", "AWS::EC2::VPCEndpoint")
"""What ties a VPC to other networks and to AWS's services."""


def vpcs(scope: Scope) -> QuerySet[ResourceRecord]:
    """Return the VPCs in scope."""
    return query.resources(scope).filter(type=VPC).select_related("account")


def vpc(scope: Scope, resource_id: int) -> ResourceRecord:
    """Return one VPC; 404 where it is not the user's to see, or is something else."""
    record = query.get_resource(scope, resource_id)
    if record.type != VPC:
        raise Http404("That is not a VPC.")
    return record


def picture_and_sources(scope: Scope, record: ResourceRecord) -> tuple[VpcPicture, Sources]:
    """Draw one VPC, and work out who reaches in besides the internet."""
    around = _around(scope, {(record.account_id, record.region)})[record.account_id, record.region]
    picture = draw(record.as_resource(), around)
    return picture, sources(picture, around)


def pictures(scope: Scope, records: Sequence[ResourceRecord]) -> dict[int, VpcPicture]:
    """Draw the given VPCs, by resource id, in two queries however many they are."""
    places = {(record.account_id, record.region) for record in records}
    around = _around(scope, places)
    began, drawn = time.thread_time(), {}
    for record in records:
        left = PAGE_SECONDS + len(records) * SHARE_SECONDS - (time.thread_time() - began)
        here = around[record.account_id, record.region]
        drawn[record.resource_id] = draw(record.as_resource(), here, min(DRAW_SECONDS, left))
    return drawn


def _around(scope: Scope, places: set[tuple[int, str]]) -> dict[tuple[int, str], Neighbourhood]:
    accounts, regions = {place[0] for place in places}, {place[1] for place in places}
    listed = query.resources(scope).filter(type__in=NEEDED, account_id__in=accounts, region__in=regions)
    found: dict[tuple[int, str], list[Resource]] = {place: [] for place in places}
    for record in listed.select_related(None):
        record.account = scope.by_pk[record.account_id]  # at hand, and one object for all of its resources
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


def history(scope: Scope, record: ResourceRecord, picture: VpcPicture) -> History:
    """Return the versions of what a VPC's ways in pass, newest first."""
    reached = {way.kept_as for way in picture.ways}
    if not reached:
        return History((), scope.now)
    kinds = [kind for kind in NEEDED if kind != INTERFACE]
    wanted = Q(type__in=kinds) | Q(type=INTERFACE, arn__in=reached)
    wanted |= Q(resource_id=record.resource_id)
    known = query.all_versions(scope).filter(wanted, account_id=record.account_id, region=record.region)
    found = list(known.order_by("-ends")[:VERSIONS_MAX])
    for one in found:
        one.account = record.account  # at hand, and one object for all
    return History(found, scope.now, found[-1].ends if len(found) == VERSIONS_MAX else None)


def links(scope: Scope, record: ResourceRecord) -> list[ResourceRecord]:
    """Return the peerings, transit gateway attachments and endpoints of a VPC."""
    vpc_id = record.arn.rsplit("/", 1)[-1]
    listed = query.resources(scope).filter(type__in=LINKS, account_id=record.account_id, region=record.region)
    return [one for one in listed.select_related("account") if vpc_id in _vpc_ids(one)]


def unlisted_links(scope: Scope, record: ResourceRecord) -> set[str]:
    """Return the types of `links` that could not be listed in a VPC's account and region."""
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
    """Return the history's ids of resources by ARN, for links to their pages."""
    return dict(query.resources(scope).filter(arn__in=set(arns)).values_list("arn", "resource_id"))
