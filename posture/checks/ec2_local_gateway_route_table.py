"""Judges the route tables of local gateways, each in its owner's account."""

from __future__ import annotations

from functools import partial
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.network import PREFIX_LIST, EntriesOf, is_internet, network_of, prefix_list_entries
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.ownership import owned_elsewhere
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.routing import destination, networks_of
from posture.core.values import Fields, all_found

TABLE = "AWS::EC2::LocalGatewayRouteTable"
VPCS = "LocalGatewayRouteTableVpcAssociations"
OWN = {"LocalGatewayRouteTableId": "lgw-rtb-1", "OwnerId": "111122223333", VPCS: [{"VpcId": "vpc-1"}]}
UNSEEN = denied("ec2:SearchLocalGatewayRoutes")


def _to_plant(cidr: str, state: str = "active") -> dict[str, Any]:
    return {"DestinationCidrBlock": cidr, "LocalGatewayVirtualInterfaceGroupId": "lgw-vif-grp-1", "State": state}


LISTED = {"DestinationPrefixListId": "pl-1", "LocalGatewayVirtualInterfaceGroupId": "lgw-vif-grp-1", "State": "active"}
TO_APPLIANCE = {"DestinationCidrBlock": "0.0.0.0/0", "NetworkInterfaceId": "eni-1", "State": "active"}


def _prefix_list(cidr: str) -> Resource:
    return neighbour(PREFIX_LIST, {"PrefixListId": "pl-1", "Entries": [{"Cidr": cidr}]}, name="pl-1")


@check(
    resource_type=TABLE,
    title="Local gateway routes lead only to the networks that are needed",
    problem="Local gateway routes lead to more networks than needed",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid", "practices:vpc"),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(
        console="VPC → Local gateway route tables → the table → Routes → Edit: replace 0.0.0.0/0 by the networks of "
        "the site that the workloads on the rack talk to.",
        cli="aws ec2 create-local-gateway-route --region {region} --local-gateway-route-table-id {id} "
        "--destination-cidr-block YOUR-NETWORK --local-gateway-virtual-interface-group-id YOUR-GROUP",
    ),
    examples=(
        passes({**OWN, "Routes": [_to_plant("192.168.10.0/24")]}),
        fails({**OWN, "Routes": [_to_plant("0.0.0.0/0")]}),
        passes({**OWN, "Routes": [LISTED]}, "a prefix list of one network", related=(_prefix_list("192.168.10.0/24"),)),
        fails({**OWN, "Routes": [LISTED]}, "a prefix list that holds everything", related=(_prefix_list("0.0.0.0/0"),)),
        passes({**OWN, "Routes": [TO_APPLIANCE]}, "to an appliance on the rack"),
        is_unknown({**OWN, "Routes": [LISTED]}, "an unread prefix list", gaps=(PREFIX_LIST,)),
        is_unknown({**OWN, "Routes": UNSEEN}),
        is_unknown({**OWN, VPCS: UNSEEN, "Routes": [_to_plant("0.0.0.0/0")]}),
        does_not_apply({**OWN, VPCS: [], "Routes": [_to_plant("0.0.0.0/0")]}, "no VPC follows it"),
        does_not_apply({**OWN, "OwnerId": "444455556666", "Routes": [_to_plant("0.0.0.0/0")]}),
    ),
)
def ec2_local_gateway_route_table_routes_specific(table: Resource, related: Related) -> Outcome:
    """A default route over the local gateway joins the rack to all of the customer's network, and to its way out.

    No internet gateway, VPC flow of the region or Block Public Access is there: the site's own firewall is
    the only one. Routes to the networks in use keep a break-in on either side from spreading to the other.
    """
    shared = owned_elsewhere(table)
    if shared:
        return shared
    if not table.config[VPCS]:
        return not_applicable("No VPC follows this route table.", VPCS)
    routes = enumerate(table.config["Routes"])
    entries_of = prefix_list_entries(related)
    broad = all_found(*(partial(_broad, index, route, entries_of) for index, route in routes))
    for index, route in broad:
        group = route.get("LocalGatewayVirtualInterfaceGroupId") or "the local gateway"
        return failed(f"{destination(route)} leads to the customer's network by {group}.", f"Routes[{index}]")
    return passed("Routes name the networks that they lead to.", "Routes")


def _broad(index: int, route: Fields, entries_of: EntriesOf) -> list[tuple[int, Fields]]:
    """Return a route everywhere over the local gateway, and its index, or nothing."""
    if route.get("NetworkInterfaceId"):
        return []
    is_listed = route.get("DestinationPrefixListId")
    ranges = networks_of(route, entries_of, index) if is_listed else [network_of(route["DestinationCidrBlock"])]
    return [(index, route)] if any(map(is_internet, ranges)) else []


@check(
    resource_type=TABLE,
    title="Local gateway route table has no dead routes",
    problem="Local gateway route table has dead routes",
    severity=Severity.LOW,
    controls=("practices:hybrid",),
    remediation=Remediation(
        console="VPC → Local gateway route tables → the table → Routes: remove those with the state Blackhole.",
        cli="aws ec2 delete-local-gateway-route --region {region} --local-gateway-route-table-id {id} "
        "--destination-cidr-block YOUR-NETWORK",
    ),
    examples=(
        passes({**OWN, "Routes": [_to_plant("192.168.10.0/24")]}),
        fails({**OWN, "Routes": [_to_plant("192.168.10.0/24", "blackhole")]}),
        is_unknown({**OWN, "Routes": UNSEEN}),
        does_not_apply({**OWN, "OwnerId": "444455556666", "Routes": [_to_plant("192.168.10.0/24", "blackhole")]}),
    ),
)
def ec2_local_gateway_route_table_routes_alive(table: Resource) -> Outcome:
    """A route whose target is gone swallows what the plant sends to the rack, or the rack to the plant.

    Production lines notice first. It happens when an interface or a virtual interface group is taken down.
    """
    shared = owned_elsewhere(table)
    if shared:
        return shared
    dead = [(index, route) for index, route in enumerate(table.config["Routes"]) if route["State"] == "blackhole"]
    if not dead:
        return passed("Every route leads somewhere.", "Routes")
    named = ", ".join(destination(route) for _, route in dead)
    return failed(f"Routes to {named} lead to something that is gone.", *(f"Routes[{i}].State" for i, _ in dead))
