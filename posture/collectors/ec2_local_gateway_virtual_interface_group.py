"""Virtual interface groups: a local gateway's links to the customer's network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

_INTERFACES = "LocalGatewayVirtualInterfaces"


@collector(
    resource_type="AWS::EC2::LocalGatewayVirtualInterfaceGroup",
    title="Local gateway virtual interface group",
    plural="Local gateway virtual interface groups",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeLocalGatewayVirtualInterfaceGroups", "ec2:DescribeLocalGatewayVirtualInterfaces"),
    columns=(
        Column("LocalGatewayVirtualInterfaceGroupId", "Group"),
        Column("LocalGatewayId", "Local gateway"),
        Column(_INTERFACES, "Interfaces"),
        Column("OwnerId", "Owner"),
    ),
    relations=(
        Relation(
            "LocalGatewayId", "AWS::EC2::LocalGateway", "arn:{partition}:ec2:{region}:{account}:local-gateway/{id}"
        ),
    ),
    ignored=("ConfigurationState", f"{_INTERFACES}.Tags"),
    observed=(f"{_INTERFACES}.ConfigurationState",),
    unordered=("LocalGatewayVirtualInterfaceIds", _INTERFACES),
)
def local_gateway_virtual_interface_groups(ask: Ask) -> Iterator[Resource]:
    """The cables, so to speak, from a rack to the customer's network: with only one, one failure cuts it off."""
    groups = list(
        ask.pages(
            "ec2",
            "describe_local_gateway_virtual_interface_groups",
            "LocalGatewayVirtualInterfaceGroups",
            MaxResults=1000,
        )
    )
    if not groups:
        return
    interfaces = ask.listing("ec2", "describe_local_gateway_virtual_interfaces", _INTERFACES, MaxResults=1000)
    for raw in groups:
        identity = raw["LocalGatewayVirtualInterfaceGroupId"]
        members: Any = interfaces
        if isinstance(interfaces, list):
            ids = set(raw.get("LocalGatewayVirtualInterfaceIds") or [])
            members = [entry for entry in interfaces if entry["LocalGatewayVirtualInterfaceId"] in ids]
        arn = raw.get("LocalGatewayVirtualInterfaceGroupArn") or ask.arn(
            "ec2", f"local-gateway-virtual-interface-group/{identity}", account_id=raw.get("OwnerId")
        )
        yield ask.resource({**raw, _INTERFACES: members}, arn=arn, tags=raw.get("Tags"))
