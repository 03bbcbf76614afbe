"""VPCs with their tiers, security groups, peerings."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import Name
from devtools.simulator.kinds import kind, removal, tags_of

ANYWHERE = "0.0.0.0/0"
RULE = re.compile(r"(?P<protocol>tcp|udp|all)(?: (?P<low>\d+)(?:-(?P<high>\d+))?)? (?:from|to) (?P<peer>\S+)")


@kind("default-vpc", 12)
def make_default_vpc(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Delete the VPC that AWS puts into every region, unless it is kept.

    `keep` alone says so.
    """
    if now["keep"]:
        return
    ec2 = builder.client("ec2", name.region)
    for vpc in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
        here = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
        for subnet in ec2.describe_subnets(Filters=here)["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc["VpcId"])


@kind("vpc", 20)
def make_vpc(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a VPC with `cidr`, `tiers` of subnets in `zones` zones, `nat`, `endpoints`.

    `flow_logs` is '', s3, ….
    """
    ec2 = builder.client("ec2", name.region)
    if not builder.recall(name):
        vpc_id = ec2.create_vpc(CidrBlock=now["cidr"], TagSpecifications=_tagged("vpc", now, name.name))["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
        subnets = _make_subnets(ec2, vpc_id, name, now)
        builder.remember(name, vpc=vpc_id, subnets=subnets)
        _make_routes(ec2, vpc_id, subnets, name, now)
        if now.get("closed_default_group", True):
            _close_default_group(ec2, vpc_id)
    vpc_id = builder.recall(name)["vpc"]
    if now.get("flow_logs") and not before.get("flow_logs"):
        _make_flow_logs(builder, ec2, vpc_id, name, now["flow_logs"])
    for service in set(now.get("endpoints", [])) - set(before.get("endpoints", [])):
        _make_endpoint(ec2, vpc_id, builder.recall(name), service, name.region)


def _tagged(resource: str, settings: dict[str, Any], label: str) -> list[dict[str, Any]]:
    return [{"ResourceType": resource, "Tags": tags_of(settings, label)}]


def _make_subnets(ec2: Any, vpc_id: str, name: Name, now: dict[str, Any]) -> dict[str, list[str]]:
    blocks = ipaddress.ip_network(now["cidr"]).subnets(new_prefix=20)
    subnets: dict[str, list[str]] = {}
    for tier in now.get("tiers", ["public", "private", "data"]):
        for zone in "abc"[: now.get("zones", 2)]:
            subnet = ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=str(next(blocks)),
                AvailabilityZone=f"{name.region}{zone}",
                TagSpecifications=_tagged("subnet", now, f"{name.name}-{tier}-{zone}"),
            )["Subnet"]["SubnetId"]
            if tier == "public" and now.get("public_addresses", False):
                ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
            elif tier != "public":
                # moto takes a VPC's first subnets for those of a default VPC, which give public addresses.
                ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})
            subnets.setdefault(tier, []).append(subnet)
    return subnets


def _make_routes(ec2: Any, vpc_id: str, subnets: dict[str, list[str]], name: Name, now: dict[str, Any]) -> None:
    gateway = nat = None
    if "public" in subnets:
        gateway = ec2.create_internet_gateway(TagSpecifications=_tagged("internet-gateway", now, name.name))
        gateway = gateway["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
        if now.get("nat"):
            address = ec2.allocate_address(
                Domain="vpc", TagSpecifications=_tagged("elastic-ip", now, f"{name.name}-nat")
            )
            nat = ec2.create_nat_gateway(
                SubnetId=subnets["public"][0],
                AllocationId=address["AllocationId"],
                TagSpecifications=_tagged("natgateway", now, name.name),
            )["NatGateway"]["NatGatewayId"]
    for tier, members in subnets.items():
        table = ec2.create_route_table(
            VpcId=vpc_id, TagSpecifications=_tagged("route-table", now, f"{name.name}-{tier}")
        )["RouteTable"]["RouteTableId"]
        if tier == "public":
            ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
        elif tier == "private" and nat:
            ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, NatGatewayId=nat)
        for subnet in members:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def _close_default_group(ec2: Any, vpc_id: str) -> None:
    here = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    for group in ec2.describe_security_groups(Filters=here)["SecurityGroups"]:
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        if group["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])


def _make_flow_logs(builder: Builder, ec2: Any, vpc_id: str, name: Name, destination: str) -> None:
    if destination == "s3":
        bucket = builder.declared.organization["flow_log_bucket"]
        where = {"LogDestinationType": "s3", "LogDestination": f"arn:aws:s3:::{bucket}/{name.account}/"}
        where["LogDestination"] = f"arn:aws:s3:::{bucket}"
    else:
        group = f"/vpc/{name.name}"
        logs = builder.client("logs", name.region)
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
        role = f"arn:aws:iam::{name.account}:role/vpc-flow-logs"
        where = {"LogGroupName": group, "DeliverLogsPermissionArn": role}
    ec2.create_flow_logs(ResourceIds=[vpc_id], ResourceType="VPC", TrafficType="ALL", **where)


def _make_endpoint(ec2: Any, vpc_id: str, ids: dict[str, Any], service: str, region: str) -> None:
    kind_of = "Gateway" if service in {"s3", "dynamodb"} else "Interface"
    extra = {} if kind_of == "Gateway" else {"SubnetIds": ids["subnets"]["private"], "PrivateDnsEnabled": True}
    ec2.create_vpc_endpoint(
        VpcId=vpc_id, VpcEndpointType=kind_of, ServiceName=f"com.amazonaws.{region}.{service}", **extra
    )


@kind("security-group", 25)
def make_security_group(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a security group with `ingress` rules.

    A rule is `tcp 443 from 0.0.0.0/0` or `tcp 5432 from group:app`.
    """
    ec2 = builder.client("ec2", name.region)
    if not builder.recall(name):
        group = ec2.create_security_group(
            GroupName=name.name,
            Description=now.get("description", name.name),
            VpcId=builder.known("vpc", name, now["vpc"])["vpc"],
            TagSpecifications=_tagged("security-group", now, name.name),
        )["GroupId"]
        builder.remember(name, group=group)
    group = builder.recall(name)["group"]
    wanted, there = now.get("ingress", []), before.get("ingress", [])
    if gone := [_rule(builder, name, text) for text in there if text not in wanted]:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=gone)
    if added := [_rule(builder, name, text) for text in wanted if text not in there]:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=added)


def _rule(builder: Builder, name: Name, text: str) -> dict[str, Any]:
    found = RULE.fullmatch(text)
    if found is None:
        raise ValueError(f"{name}: {text!r} is no rule; write as 'tcp 443 from 10.0.0.0/8'.")
    rule: dict[str, Any] = {"IpProtocol": "-1" if found["protocol"] == "all" else found["protocol"]}
    if found["low"]:
        rule |= {"FromPort": int(found["low"]), "ToPort": int(found["high"] or found["low"])}
    peer = found["peer"]
    if peer.startswith("group:"):
        group = builder.known("security-group", name, peer.removeprefix("group:"))["group"]
        return rule | {"UserIdGroupPairs": [{"GroupId": group, "UserId": name.account}]}
    if ":" in peer:
        return rule | {"Ipv6Ranges": [{"CidrIpv6": peer}]}
    return rule | {"IpRanges": [{"CidrIp": peer}]}


@kind("peering", 27)
def make_peering(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Peer `vpc` with `peer_vpc` of `peer_account`, accepted and routed both ways."""
    if builder.recall(name):
        return
    ec2 = builder.client("ec2", name.region)
    peer = builder.declared.by_name[now["peer_account"]].id
    vpc = builder.known("vpc", name, now["vpc"])["vpc"]
    other = builder.recall(Name("vpc", peer, name.region, now["peer_vpc"]))["vpc"]
    peering = ec2.create_vpc_peering_connection(
        VpcId=vpc,
        PeerVpcId=other,
        PeerOwnerId=peer,
        PeerRegion=name.region,
        TagSpecifications=_tagged("vpc-peering-connection", now, name.name),
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    with builder.at(peer):
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    builder.remember(name, peering=peering)


@removal("peering")
def remove_peering(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    builder.client("ec2", name.region).delete_vpc_peering_connection(
        VpcPeeringConnectionId=builder.recall(name)["peering"]
    )
    builder.forget(name)


@kind("transit-gateway", 26)
def make_transit_gateway(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a transit gateway with an attachment to each of `vpcs`."""
    if builder.recall(name):
        return
    ec2 = builder.client("ec2", name.region)
    gateway = ec2.create_transit_gateway(
        Description=name.name,
        Options={"AutoAcceptSharedAttachments": now.get("auto_accept", "disable")},
        TagSpecifications=_tagged("transit-gateway", now, name.name),
    )["TransitGateway"]["TransitGatewayId"]
    for label in now.get("vpcs", []):
        ids = builder.known("vpc", name, label)
        ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway, VpcId=ids["vpc"], SubnetIds=ids["subnets"]["private"]
        )
    builder.remember(name, gateway=gateway)
