"""Judges whether network interfaces may forward the traffic of others."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CHECKED = "SourceDestCheck"
KINDS = {"aws_codestar_connections_managed", "branch", "efa", "interface", "lambda", "quicksight"}
"""Of interfaces, that EC2.180 judges: those of gateways and load balancers forward by nature."""
_DENIED = denied("ec2:DescribeNetworkInterfaces")


@check(
    resource_type="AWS::EC2::NetworkInterface",
    title="Network interface takes only traffic of its own",
    problem="Network interface forwards traffic of others",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:EC2.180"),
    aliases=("securityhub:EC2.180",),
    remediation=Remediation(
        console="EC2 → Network interfaces → the interface → Actions → Change source/dest. check: Enable. A NAT "
        "instance, firewall or VPN server needs it off: accept the risk for those.",
        cli="aws ec2 modify-network-interface-attribute --region {region} --network-interface-id {id} "
        "--source-dest-check",
    ),
    examples=(
        passes({"InterfaceType": "interface", CHECKED: True}),
        fails({"InterfaceType": "interface", CHECKED: False}),
        does_not_apply({"InterfaceType": "nat_gateway", CHECKED: False}, "a NAT gateway"),
        is_unknown({"InterfaceType": "interface", CHECKED: _DENIED}),
    ),
)
def ec2_network_interface_own_traffic(interface: Resource) -> Outcome:
    """With the check off, an instance can pass on traffic between networks that nothing else connects.

    Somebody who took it over uses it as a router, past the rules for either side.
    """
    if interface.config["InterfaceType"] not in KINDS:
        return not_applicable("AWS manages the interface.", "InterfaceType")
    if interface.config[CHECKED]:
        return passed("It takes only traffic from or to its own addresses.", CHECKED)
    return failed("It takes traffic from and to any address.", CHECKED)
