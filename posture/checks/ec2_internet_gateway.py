"""Judges internet gateways."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource


@check(
    resource_type="AWS::EC2::InternetGateway",
    title="Internet gateway is attached",
    problem="Internet gateway is not attached",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    remediation=Remediation(
        console="VPC → Internet gateways → the gateway → Actions → Delete internet gateway.",
        cli="aws ec2 delete-internet-gateway --region {region} --internet-gateway-id {id}",
    ),
    examples=(
        passes({"Attachments": [{"VpcId": "vpc-1"}]}),
        fails({"Attachments": []}),
        is_unknown({"Attachments": denied("ec2:DescribeInternetGateways")}),
    ),
)
def ec2_internet_gateway_attached(gateway: Resource) -> Outcome:
    """A loose gateway is one call away from opening a VPC to the internet, and nobody remembers what it is for.

    AWS allows only a handful in each region, and they cost nothing to make again.
    """
    attachments = gateway.config.items_of("Attachments")
    if attachments:
        return passed(f"Attached to {attachments[0].get('VpcId')}.", "Attachments")
    return failed("The gateway is attached to no VPC.", "Attachments")
