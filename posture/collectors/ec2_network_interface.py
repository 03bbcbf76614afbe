"""Network interfaces: each of the customer's own and each with a public address; the rest as populations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.resource import Resource

_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::NetworkInterface",
    title="Network interface",
    plural="Network interfaces",
    service="ec2",
    actions=("ec2:DescribeNetworkInterfaces",),
    columns=(
        Column("InterfaceType", "Kind"),
        Column("VpcId", "VPC"),
        Column("SubnetId", "Subnet"),
        Column("Attachment.InstanceId", "Instance"),
        Column("observed.Association.PublicIp", "Public address"),
        Column("observed.Count", "How many"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("SubnetId", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("Groups.GroupId", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
        Relation("Attachment.InstanceId", "AWS::EC2::Instance", _EC2 + "instance/{id}"),
        Relation("OutpostArn", "AWS::Outposts::Outpost"),
    ),
    ignored=(
        "Attachment.AttachTime",
        "Attachment.Status",
        "PublicDnsName",
        "PublicIpDnsNameOptions",
        "Association.PublicDnsName",
        "PrivateIpAddresses.Association.PublicDnsName",
    ),
    # That there is a public address is hashed (Association stays); which one it is moves at every start.
    observed=("Status", "Association.PublicIp", "PrivateIpAddresses.Association.PublicIp", "Count"),
    unordered=("Groups", "PrivateIpAddresses", "Ipv6Addresses", "Ipv4Prefixes", "Ipv6Prefixes", "AssociatedSubnets"),
)
def network_interfaces(ask: Ask) -> Iterator[Resource]:
    """Where a workload meets its network: its addresses, its security groups and the subnet it stands in.

    Interfaces which a service (a load balancer, Lambda, a task of ECS) makes and removes by itself come and
    go by the hundred. Those with a public address are kept one by one, because exposure needs them; of the
    others one entry is kept for each subnet and kind, with their security groups and their number.
    """
    populations: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    listed = ask.pages(
        "ec2", "describe_network_interfaces", "NetworkInterfaces", MaxResults=1000, IncludeManagedResources=True
    )
    for raw in listed:
        if raw.get("RequesterManaged") and not is_public(raw):
            populations.setdefault((raw["SubnetId"], raw.get("InterfaceType", "interface")), []).append(raw)
            continue
        arn = ask.arn("ec2", f"network-interface/{raw['NetworkInterfaceId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("TagSet"))
    for (subnet, kind), members in sorted(populations.items()):
        arn = ask.arn("ec2", f"network-interface/{subnet}/{kind}")
        yield ask.resource(_population(kind, members), arn=arn, name=f"{kind} interfaces in {subnet}")


def is_public(raw: Mapping[str, Any]) -> bool:
    """Tell whether an interface has a public IPv4 address; an IPv6 one takes the subnet's routes to tell.

    An address of the customer's own pool, on an Outpost, is none: its Association names no PublicIp.
    """
    addresses: Iterable[Mapping[str, Any]] = raw.get("PrivateIpAddresses") or []
    return any((place.get("Association") or {}).get("PublicIp") for place in (raw, *addresses))


def _population(kind: str, members: list[Mapping[str, Any]]) -> dict[str, Any]:
    groups = {group["GroupId"]: group for member in members for group in member.get("Groups") or []}
    return {
        "InterfaceType": kind,
        "RequesterManaged": True,
        "VpcId": members[0].get("VpcId"),
        "SubnetId": members[0]["SubnetId"],
        "Groups": list(groups.values()),
        "Count": len(members),
    }
