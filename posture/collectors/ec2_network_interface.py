"""Network interfaces: the customer's own one by one, service-made as populations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Group, Groups, Population, merged
from posture.core.resource import Resource

INSTANCE = "AWS::EC2::Instance"
_EC2 = "arn:{partition}:ec2:{region}:{account}:"


def group_of(interface: Resource, groups: Groups) -> Group | None:
    """Return what makes and removes an interface: a service in a subnet, or a group.

    The group is that of the interface's instance.

    A service's interface with a public address is one of its own, since exposure is shown for each.
    """
    config = interface.config
    if config.get("RequesterManaged"):
        kind, subnet = config.get("InterfaceType", "interface"), config["SubnetId"]
        is_own = is_public(merged(interface.raw_config, interface.raw_observed))
        return None if is_own else Group(f"{subnet}/{kind}", f"{kind} interfaces in {subnet}")
    instance = config.at("Attachment", "InstanceId")
    return groups.of(INSTANCE, instance) if instance and config.at("Attachment", "DeleteOnTermination") else None


def is_public(raw: Mapping[str, Any]) -> bool:
    """Whether an interface has a public IPv4 address; IPv6 depends on its subnet.

    An address of the customer's own pool, on an Outpost, is none: its Association names no PublicIp.
    """
    addresses: Iterable[Mapping[str, Any]] = raw.get("PrivateIpAddresses") or []
    return any((place.get("Association") or {}).get("PublicIp") for place in (raw, *addresses))


@collector(
    resource_type="AWS::EC2::NetworkInterface",
    title="Network interface",
    plural="Network interfaces",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeNetworkInterfaces",),
    columns=(
        Column("InterfaceType", "Kind"),
        Column("VpcId", "VPC"),
        Column("SubnetId", "Subnet"),
        Column("Attachment.InstanceId", "Instance"),
        Column("observed.Association.PublicIp", "Public address"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("SubnetId", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("Groups.GroupId", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
        Relation("Attachment.InstanceId", INSTANCE, _EC2 + "instance/{id}"),
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
    observed=("Status", "Association.PublicIp", "PrivateIpAddresses.Association.PublicIp"),
    unordered=("Groups", "PrivateIpAddresses", "Ipv6Addresses", "Ipv4Prefixes", "Ipv6Prefixes", "AssociatedSubnets"),
    population=Population(
        group_of,
        after=(INSTANCE,),
        # The subnet stays: routes and exposure hang on it.
        apart=(
            "NetworkInterfaceId",
            "MacAddress",
            "Description",
            "RequesterId",
            "PrivateDnsName",
            "PrivateIpAddress",
            "PrivateIpAddresses",
            "Ipv6Address",
            "Ipv6Addresses",
            "Ipv4Prefixes",
            "Ipv6Prefixes",
            "Association.AllocationId",
            "Association.AssociationId",
            "Association.CarrierIp",
            "Attachment.AttachmentId",
            "Attachment.DeviceIndex",
            "Attachment.InstanceId",
            "tags.*",
        ),
    ),
)
def network_interfaces(ask: Ask) -> Iterator[Resource]:
    """Where a workload meets its network: its addresses, its security groups and the subnet that it is in.

    Interfaces which a service (a load balancer, Lambda, a task of ECS) or a group of instances makes and removes
    by itself come and go by the hundred: they are kept by subnet and kind, or by group, with their number.
    """
    listed = ask.pages(
        "ec2", "describe_network_interfaces", "NetworkInterfaces", MaxResults=1000, IncludeManagedResources=True
    )
    for raw in listed:
        arn = ask.arn("ec2", f"network-interface/{raw['NetworkInterfaceId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("TagSet"))
