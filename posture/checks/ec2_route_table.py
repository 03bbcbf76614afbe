"""Judges route tables, each in its owner's account."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from functools import partial

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.network import PREFIX_LIST, EntriesOf, Network, prefix_list_entries, vpcs_in_use
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.ownership import owned_elsewhere
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.routing import destination, internet_route, networks_of
from posture.core.values import Fields, all_found

TABLE = "AWS::EC2::RouteTable"
PEERING = "AWS::EC2::VPCPeeringConnection"
INTERFACE = "AWS::EC2::NetworkInterface"

MAIN = {"Main": True, "RouteTableAssociationId": "rtbassoc-1"}
LOCAL = {"DestinationCidrBlock": "10.20.0.0/16", "GatewayId": "local", "State": "active"}
TO_IGW = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
LISTED = {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"}
TO_NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
OWN = {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "OwnerId": "111122223333", "Associations": [MAIN]}
USED = neighbour(INTERFACE, {"VpcId": "vpc-1"}, name="eni-1")
PEER = neighbour(
    PEERING,
    {
        "VpcPeeringConnectionId": "pcx-1",
        "RequesterVpcInfo": {"VpcId": "vpc-1", "CidrBlock": "10.20.0.0/16"},
        "AccepterVpcInfo": {
            "VpcId": "vpc-2",
            "CidrBlock": "10.30.0.0/16",
            "CidrBlockSet": [{"CidrBlock": "10.30.0.0/16"}],
            "Ipv6CidrBlockSet": [{"Ipv6CidrBlock": "2a05:d014:77:8b00::/56"}],
        },
    },
    name="pcx-1",
)


def _prefix_list(*ranges: str) -> Resource:
    config = {"PrefixListId": "pl-1", "Entries": [{"Cidr": cidr} for cidr in ranges]}
    return neighbour(PREFIX_LIST, config, name="pl-1")


def _to_peer(cidr: str, key: str = "DestinationCidrBlock") -> dict[str, str]:
    return {key: cidr, "VpcPeeringConnectionId": "pcx-1", "State": "active"}


@check(
    resource_type=TABLE,
    title="Peering routes lead only to the subnets that are needed",
    problem="Peering routes lead to more than the needed subnets",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "cis_aws_7:6.6"),
    aliases=("prowler:vpc_peering_routing_tables_with_least_privilege",),
    version=2,
    needs=(PEERING, PREFIX_LIST),
    remediation=Remediation(
        console="VPC → Route tables → the table → Routes → Edit routes: replace the route to the whole peer VPC by "
        "routes to those of its subnets that are needed.",
        cli="aws ec2 create-route --region {region} --route-table-id {id} --vpc-peering-connection-id YOUR-PEERING "
        "--destination-cidr-block YOUR-PEER-SUBNET",
    ),
    examples=(
        passes({**OWN, "Routes": [LOCAL, _to_peer("10.30.4.0/24")]}, related=(PEER,)),
        fails({**OWN, "Routes": [LOCAL, _to_peer("10.30.0.0/16")]}, "the whole peer VPC", related=(PEER,)),
        fails({**OWN, "Routes": [_to_peer("0.0.0.0/0")]}, "everything", related=(PEER,)),
        fails(
            {**OWN, "Routes": [_to_peer("2a05:d014:77:8b00::/56", "DestinationIpv6CidrBlock")]},
            "the whole peer VPC, in IPv6",
            related=(PEER,),
        ),
        passes(
            {**OWN, "Routes": [_to_peer("pl-1", "DestinationPrefixListId")]},
            "a prefix list of one subnet",
            related=(PEER, _prefix_list("10.30.4.0/24")),
        ),
        fails(
            {**OWN, "Routes": [_to_peer("pl-1", "DestinationPrefixListId")]},
            "a prefix list that holds the whole peer VPC",
            related=(PEER, _prefix_list("10.30.0.0/16")),
        ),
        is_unknown({**OWN, "Routes": [_to_peer("10.30.0.0/16")]}, gaps=(PEERING,)),
        is_unknown(
            {**OWN, "Routes": [_to_peer("pl-1", "DestinationPrefixListId")]},
            "the prefix lists may not be read",
            related=(PEER,),
            gaps=(PREFIX_LIST,),
        ),
        is_unknown({**OWN, "Routes": denied("ec2:DescribeRouteTables")}),
        does_not_apply({**OWN, "Routes": [LOCAL]}, "no peering"),
        does_not_apply({**OWN, "OwnerId": "444455556666", "Routes": [_to_peer("10.30.0.0/16")]}, related=(PEER,)),
    ),
)
def ec2_route_table_peering_least_access(table: Resource, related: Related) -> Outcome:
    """A peering joins two networks; the routes say how much of the other one is joined.

    Where the route covers the whole of it, whoever gets into one VPC can try every address of the other.
    Routes to the few subnets that are needed keep the rest apart even if a security group slips.
    """
    shared = owned_elsewhere(table)
    if shared:
        return shared
    routes = [(i, r) for i, r in enumerate(table.config.items_of("Routes")) if r.get("VpcPeeringConnectionId")]
    if not routes:
        return not_applicable("No route of this table leads to a peering.", "Routes")
    peerings = {peering.config["VpcPeeringConnectionId"]: peering for peering in related.here(PEERING)}
    entries_of = prefix_list_entries(related)
    broad = all_found(*(partial(_broad, index, route, peerings, entries_of) for index, route in routes))
    if not broad:
        return passed("Routes to peerings lead to parts of the peer's network only.", *_paths(routes))
    named = ", ".join(f"{destination(route)} by {route['VpcPeeringConnectionId']}" for _, route in broad)
    return failed(f"A route covers a whole peer VPC: {named}.", *_paths(broad))


def _paths(routes: list[tuple[int, Fields]]) -> list[str]:
    return [f"Routes[{index}]" for index, _ in routes]


def _broad(index: int, route: Fields, peerings: dict[str, Resource], entries_of: EntriesOf) -> list[tuple[int, Fields]]:
    """Return a route and its index where it covers a whole peer VPC, or nothing."""
    networks = networks_of(route, entries_of, index)
    return [(index, route)] if _covers_peer(networks, peerings.get(route["VpcPeeringConnectionId"])) else []


def _covers_peer(networks: Sequence[Network], peering: Resource | None) -> bool:
    """Return True where a range covers a network of the peering, or leads everywhere."""
    blocks = [ipaddress.ip_network(block) for block in _blocks(peering)] if peering else []
    return any(
        wanted.prefixlen == 0 or any(block.version == wanted.version and block.subnet_of(wanted) for block in blocks)  # type: ignore[arg-type]
        for wanted in networks
    )


def _blocks(peering: Resource) -> Iterator[str]:
    for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
        info = peering.config.get(side) or {}
        yield from (entry["CidrBlock"] for entry in info.get("CidrBlockSet") or [])
        yield from (entry["Ipv6CidrBlock"] for entry in info.get("Ipv6CidrBlockSet") or [])
        if info.get("CidrBlock"):
            yield info["CidrBlock"]


@check(
    resource_type=TABLE,
    title="VPC's main route table does not lead to the internet",
    problem="VPC's main route table leads to the internet",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    version=2,
    needs=(INTERFACE, PREFIX_LIST),
    remediation=Remediation(
        console="VPC → Route tables: give the public subnets a table of their own that routes to the internet gateway, "
        "then remove that route from the main table.",
        cli="aws ec2 delete-route --region {region} --route-table-id {id} --destination-cidr-block 0.0.0.0/0",
    ),
    examples=(
        passes({**OWN, "Routes": [LOCAL, TO_NAT]}, related=(USED,)),
        fails({**OWN, "Routes": [LOCAL, TO_IGW]}, related=(USED,)),
        fails(
            {**OWN, "Routes": [LOCAL, LISTED]},
            "a prefix list that holds the internet",
            related=(USED, _prefix_list("0.0.0.0/1", "128.0.0.0/1")),
        ),
        passes({**OWN, "Routes": [LOCAL, LISTED]}, "a known network", related=(USED, _prefix_list("203.0.113.0/24"))),
        is_unknown({**OWN, "Routes": [LOCAL, LISTED]}, "an unread prefix list", related=(USED,), gaps=(PREFIX_LIST,)),
        is_unknown({**OWN, "Routes": denied("ec2:DescribeRouteTables")}, related=(USED,)),
        is_unknown({**OWN, "Routes": [LOCAL, TO_IGW]}, gaps=(INTERFACE,)),
        does_not_apply({**OWN, "Associations": [{"Main": False, "SubnetId": "s-1"}], "Routes": [TO_IGW]}, "not main"),
        does_not_apply({**OWN, "Routes": [LOCAL, TO_IGW]}, "nothing is in the VPC"),
        does_not_apply({**OWN, "OwnerId": "444455556666", "Routes": [LOCAL, TO_IGW]}, related=(USED,)),
    ),
)
def ec2_route_table_main_private(table: Resource, related: Related) -> Outcome:
    """A subnet that names no route table follows the main one, so each new subnet starts out as it says.

    If it leads to the internet gateway, a subnet is public because somebody forgot a step. If it does not, a
    subnet is public because somebody decided so.
    """
    shared = owned_elsewhere(table)
    if shared:
        return shared
    if not any(association.get("Main") for association in table.config.items_of("Associations")):
        return not_applicable("This is not the main route table of its VPC.", "Associations")
    if table.config["VpcId"] not in vpcs_in_use(related.here(INTERFACE)):
        return not_applicable("Nothing is in this table's VPC.", "VpcId")
    routes = table.config.items_of("Routes")
    index = internet_route(routes, prefix_list_entries(related))
    if index is None:
        return passed("A subnet without a table of its own is not public.", "Routes")
    return failed(
        f"A subnet without a table of its own is public, by the route to {routes[index].get('GatewayId')}.",
        f"Routes[{index}].GatewayId",
    )


@check(
    resource_type=TABLE,
    title="Route table has no dead routes",
    problem="Route table has dead routes",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    remediation=Remediation(
        console="VPC → Route tables → the table → Routes: remove those with the state Blackhole, or redirect them.",
        cli="aws ec2 delete-route --region {region} --route-table-id {id} --destination-cidr-block YOUR-DESTINATION",
    ),
    examples=(
        passes({**OWN, "Routes": [LOCAL, TO_NAT]}),
        fails({**OWN, "Routes": [LOCAL, {**TO_NAT, "State": "blackhole"}]}),
        is_unknown({**OWN, "Routes": denied("ec2:DescribeRouteTables")}),
        does_not_apply({**OWN, "OwnerId": "444455556666", "Routes": [{**TO_NAT, "State": "blackhole"}]}),
    ),
)
def ec2_route_table_routes_alive(table: Resource) -> Outcome:
    """A route whose target is gone swallows packets without a word, until somebody debugs it at night.

    It also shows a network that was taken down in part, where the rest of the plan is worth a look.
    """
    shared = owned_elsewhere(table)
    if shared:
        return shared
    routes = list(enumerate(table.config.items_of("Routes")))
    dead = [(index, route) for index, route in routes if route.get("State") == "blackhole"]
    if not dead:
        return passed("Every route leads somewhere.", "Routes")
    named = ", ".join(destination(route) for _, route in dead)
    return failed(f"Routes to {named} lead to something that is gone.", *(f"Routes[{i}].State" for i, _ in dead))
