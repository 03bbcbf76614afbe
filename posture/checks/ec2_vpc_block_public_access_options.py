"""Judges VPC Block Public Access, region by region, also where nothing runs yet."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

MODE = "InternetGatewayBlockMode"


@check(
    resource_type="AWS::EC2::VPCBlockPublicAccessOptions",
    title="VPC Block Public Access is on",
    problem="VPC Block Public Access is off",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:EC2.172"),
    aliases=("securityhub:EC2.172",),
    version=2,
    remediation=Remediation(
        console="VPC → Settings → Block public access → Edit: Ingress-only or Bidirectional; exempt the VPCs or "
        "subnets that serve the public first. Network Access Analyzer shows what it would cut off.",
        cli="aws ec2 modify-vpc-block-public-access-options --region {region} "
        "--internet-gateway-block-mode block-ingress",
        terraform='resource "aws_vpc_block_public_access_options" "this" {\n'
        '  internet_gateway_block_mode = "block-ingress"\n}',
    ),
    examples=(
        passes({MODE: "block-ingress"}),
        passes({MODE: "block-bidirectional"}),
        fails({MODE: "off"}, "whether or not anything runs in the region"),
        is_unknown({MODE: denied("ec2:DescribeVpcBlockPublicAccessOptions")}),
    ),
)
def ec2_vpc_block_public_access_on(options: Resource) -> Outcome:
    """One switch for each region keeps the internet out of every VPC, whatever a route or security group says.

    A wrong rule, a default VPC or an experiment then exposes nothing. VPCs and subnets that serve the public are
    exempted by name, so that being public becomes a decision.
    """
    mode = options.config[MODE]
    if mode == "off":
        return failed("Internet gateways of this region are open to every VPC.", MODE)
    return passed(f"Internet gateways are blocked ({mode}).", MODE)
