"""Judges subnets, each in its owner's account."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource

SUBNET = "AWS::EC2::Subnet"

OWN = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "111122223333", "MapPublicIpOnLaunch": False}


@check(
    resource_type=SUBNET,
    title="Subnet gives no public addresses by itself",
    problem="Subnet assigns public addresses automatically",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:EC2.15"),
    aliases=("prowler:vpc_subnet_no_public_ip_by_default", "securityhub:EC2.15"),
    version=2,
    remediation=Remediation(
        console="VPC → Subnets → the subnet → Actions → Edit subnet settings → clear “Enable auto-assign public IPv4 "
        "address”. What runs there keeps its address.",
        cli="aws ec2 modify-subnet-attribute --region {region} --subnet-id {id} --no-map-public-ip-on-launch",
        terraform='resource "aws_subnet" "this" {\n  map_public_ip_on_launch = false\n}',
    ),
    examples=(
        passes(OWN),
        fails({**OWN, "MapPublicIpOnLaunch": True}, "whether or not anything is in it"),
        is_unknown({**OWN, "MapPublicIpOnLaunch": denied("ec2:DescribeSubnets")}),
        does_not_apply({**OWN, "OwnerId": "444455556666", "MapPublicIpOnLaunch": True}),
    ),
)
def ec2_subnet_no_auto_assigned_public_address(subnet: Resource) -> Outcome:
    """Where a subnet hands out public addresses, whoever starts an instance puts it on the internet unasked.

    Then a single open port in its security group is all that an attacker needs. Give a public address to the
    load balancer or gateway that needs one, on purpose, and let the rest have none.
    """
    shared = owned_elsewhere(subnet)
    if shared:
        return shared
    if subnet.config["MapPublicIpOnLaunch"]:
        return failed("Whatever starts in this subnet gets a public IPv4 address.", "MapPublicIpOnLaunch")
    return passed("Public IPv4 addresses are given only on request.", "MapPublicIpOnLaunch")
