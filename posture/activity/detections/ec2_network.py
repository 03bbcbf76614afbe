"""Networks that are opened or joined to others."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from posture.activity.detection import detection
from posture.activity.events import Event, pick
from posture.core.outcome import Severity
from posture.core.well_known_ports import ADMIN_PORTS

WIDE_PREFIX = 7
"""Networks this wide are the world: two halves of it are a known way around equality with 0.0.0.0/0."""
MODIFY_RULES = "ec2:ModifySecurityGroupRules"


def is_world(cidr: Any) -> bool:
    """Return True for a network of much of the internet."""
    try:
        return ip_network(str(cidr), strict=False).prefixlen <= WIDE_PREFIX
    except ValueError:
        return False


def _items(value: Any) -> list[Any]:
    """Return a list out of the wrappers that EC2 puts around it."""
    inner = pick(value, "items") if pick(value, "items") is not None else value
    if inner is None:
        return []
    return inner if isinstance(inner, list) else [inner]


def _rules(event: Event) -> Iterator[tuple[Any, Any, Any, list[Any]]]:
    """Yield protocol, first and last port, and networks of what a request lets in."""
    if event.key == MODIFY_RULES:
        for outer in _items(event.get("requestParameters.ModifySecurityGroupRulesRequest.SecurityGroupRule")):
            rule = pick(outer, "SecurityGroupRule") or outer
            cidrs = [pick(rule, "CidrIpv4"), pick(rule, "CidrIpv6")]
            yield pick(rule, "IpProtocol"), pick(rule, "FromPort"), pick(rule, "ToPort"), cidrs
        return
    flat = event.get("requestParameters")
    for rule in (*_items(pick(flat, "ipPermissions")), flat):
        cidrs = [pick(one, "cidrIp") for one in _items(pick(rule, "ipRanges"))]
        cidrs += [pick(one, "cidrIpv6") for one in _items(pick(rule, "ipv6Ranges"))]
        yield pick(rule, "ipProtocol"), pick(rule, "fromPort"), pick(rule, "toPort"), [*cidrs, pick(rule, "cidrIp")]


def _admin_ports(protocol: Any, first: Any, last: Any) -> list[int]:
    if str(protocol) == "-1":
        return list(ADMIN_PORTS)
    if str(protocol) not in {"tcp", "6"} or not str(first).isdecimal() or not str(last).isdecimal():
        return []
    return [port for port in ADMIN_PORTS if int(first) <= port <= int(last)]


def _ingress(cidr: str, port: int, **more: Any) -> dict[str, Any]:
    rule = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipRanges": {"items": [{"cidrIp": cidr}]}}
    return {
        "event": "ec2:AuthorizeSecurityGroupIngress",
        "requestParameters": {"groupId": "sg-1", "ipPermissions": {"items": [rule]}, **more},
    }


@detection(
    id="ec2_security_group_opened_to_world",
    title="Administration port opened to the internet",
    severity=Severity.HIGH,
    attack=("T1562.007",),
    events=("ec2:AuthorizeSecurityGroupIngress", MODIFY_RULES),
    fires=(
        _ingress("0.0.0.0/0", 22),
        _ingress("128.0.0.0/1", 3389),
        {"event": MODIFY_RULES, "requestParameters": {"ModifySecurityGroupRulesRequest": {
            "GroupId": "sg-1", "SecurityGroupRule": {"SecurityGroupRule": {"IpProtocol": "-1", "CidrIpv6": "::/0"}},
        }}},
        {"event": "ec2:AuthorizeSecurityGroupIngress", "requestParameters": {
            "groupId": "sg-1", "ipProtocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrIp": "0.0.0.0/0",
        }},
    ),
    quiet=(_ingress("0.0.0.0/0", 443), _ingress("198.51.100.0/24", 22), _ingress("broken", 22)),
)  # fmt: skip
def opened_to_world(event: Event) -> str | None:
    """Return a sentence for ports of administration that much of the internet reaches."""
    rules = [(_admin_ports(*rule[:3]), rule[3]) for rule in _rules(event)]
    ports = {port for ports, cidrs in rules for port in ports if any(is_world(cidr) for cidr in cidrs)}
    group = event.parameter("groupId") or event.parameter("ModifySecurityGroupRulesRequest.GroupId")
    names = ", ".join(sorted({ADMIN_PORTS[port] for port in ports}))
    return f"Security group {group} lets the internet in by {names}." if ports else None


ENTRY = {"networkAclId": "acl-1", "cidrBlock": "0.0.0.0/0", "egress": False, "ruleAction": "allow"}


@detection(
    id="ec2_network_acl_opened_to_world",
    title="Network ACL lets in the internet",
    severity=Severity.MEDIUM,
    attack=("T1562.007",),
    events=("ec2:CreateNetworkAclEntry", "ec2:ReplaceNetworkAclEntry"),
    fires=({"event": "ec2:CreateNetworkAclEntry", "requestParameters": ENTRY},),
    quiet=(
        {"event": "ec2:CreateNetworkAclEntry", "requestParameters": {**ENTRY, "ruleAction": "deny"}},
        {"event": "ec2:CreateNetworkAclEntry", "requestParameters": {**ENTRY, "cidrBlock": "10.0.0.0/8"}},
        {"event": "ec2:CreateNetworkAclEntry", "requestParameters": {**ENTRY, "egress": True}},
    ),
)
def acl_opened(event: Event) -> str | None:
    """Return a sentence for entries that let in much of the internet."""
    is_in = not event.flag("requestParameters.egress") and event.parameter("ruleAction") == "allow"
    is_wide = is_world(event.parameter("cidrBlock")) or is_world(event.parameter("ipv6CidrBlock"))
    return f"Network ACL {event.parameter('networkAclId')} lets in the internet." if is_in and is_wide else None


@detection(
    id="ec2_internet_gateway_attached",
    title="VPC connected to the internet",
    severity=Severity.MEDIUM,
    attack=("T1562.007",),
    events=("ec2:AttachInternetGateway",),
    fires=({"event": "ec2:AttachInternetGateway", "requestParameters": {"vpcId": "vpc-1"}},),
    quiet=({"event": "ec2:DetachInternetGateway", "requestParameters": {"vpcId": "vpc-1"}},),
)
def gateway_attached(event: Event) -> str | None:
    """Return a sentence for each VPC that gets a gateway."""
    return f"Attached an internet gateway to {event.parameter('vpcId')}."


@detection(
    id="ec2_route_to_internet_gateway",
    title="Subnets routed to the internet",
    severity=Severity.MEDIUM,
    attack=("T1562.007",),
    events=("ec2:CreateRoute", "ec2:ReplaceRoute"),
    fires=({"event": "ec2:CreateRoute", "requestParameters": {
        "routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1",
    }},),
    quiet=({"event": "ec2:CreateRoute", "requestParameters": {
        "routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1",
    }},),
)  # fmt: skip
def internet_route(event: Event) -> str | None:
    """Return a sentence for routes by which the internet reaches in."""
    is_out = event.parameter("gatewayId").startswith("igw-")
    return f"Route table {event.parameter('routeTableId')} leads to an internet gateway." if is_out else None


@detection(
    id="ec2_vpc_peering_accepted",
    title="VPC peering accepted",
    severity=Severity.MEDIUM,
    attack=("T1599",),
    events=("ec2:AcceptVpcPeeringConnection",),
    fires=({"event": "ec2:AcceptVpcPeeringConnection", "requestParameters": {"vpcPeeringConnectionId": "pcx-1"}},),
    quiet=({"event": "ec2:RejectVpcPeeringConnection", "requestParameters": {"vpcPeeringConnectionId": "pcx-1"}},),
)
def peering_accepted(event: Event) -> str | None:
    """Return a sentence for each network that is joined."""
    return f"Accepted peering {event.parameter('vpcPeeringConnectionId')}."


@detection(
    id="ec2_traffic_mirrored",
    title="Network traffic mirrored",
    severity=Severity.HIGH,
    attack=("T1040", "T1020.001"),
    events=("ec2:CreateTrafficMirrorSession",),
    fires=({"event": "ec2:CreateTrafficMirrorSession"},),
    quiet=({"event": "ec2:DeleteTrafficMirrorSession"},),
)
def traffic_mirrored(event: Event) -> str | None:
    """Return a sentence for each copy of traffic."""
    return "Copies an interface's traffic to another."


@detection(
    id="ec2_flow_logs_deleted",
    title="Flow logs deleted",
    severity=Severity.HIGH,
    attack=("T1562.008",),
    events=("ec2:DeleteFlowLogs",),
    fires=({"event": "ec2:DeleteFlowLogs"},),
    quiet=({"event": "ec2:CreateFlowLogs"},),
)
def flow_logs_deleted(event: Event) -> str | None:
    """Return a sentence where traffic is recorded no more."""
    found = event.get("requestParameters.DeleteFlowLogsRequest.FlowLogId.content")
    return f"Deleted flow log {found}." if isinstance(found, str) else "Deleted flow logs."
