"""Judges NAT gateways."""

from __future__ import annotations

from posture.core.check import Remediation, check, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import Resource

TABLE = "AWS::EC2::RouteTable"
NAT = {"NatGatewayId": "nat-1", "VpcId": "vpc-1"}


def _table(nat: str, state: str = "active") -> Resource:
    route = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat, "State": state}
    return neighbour(TABLE, {"RouteTableId": "rtb-1", "Routes": [route]}, name="rtb-1")


@check(
    resource_type="AWS::EC2::NatGateway",
    title="NAT gateway is used",
    problem="NAT gateway is not used",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    needs=(TABLE,),
    remediation=Remediation(
        console="VPC → NAT gateways → the gateway → Actions → Delete NAT gateway; then release its Elastic IP.",
        cli="aws ec2 delete-nat-gateway --region {region} --nat-gateway-id {id}",
    ),
    reads_observed=True,
    examples=(
        passes(NAT, observed={"State": "available"}, related=(_table("nat-1"),)),
        fails(NAT, observed={"State": "available"}, related=(_table("nat-2"),)),
        is_unknown(NAT, observed={"State": "available"}, gaps=(TABLE,)),
        does_not_apply(NAT, "it was never made", observed={"State": "failed"}),
    ),
)
def ec2_nat_gateway_used(gateway: Resource, related: Related) -> Outcome:
    """A NAT gateway that no route leads to is paid by the hour, and is a way out that nobody watches.

    It often stays behind when private subnets were given endpoints or another gateway.
    """
    if gateway.observed.get("State") == "failed":
        return not_applicable("AWS could not make this gateway; it vanishes by itself.", "observed.State")
    own = gateway.config["NatGatewayId"]
    for table in related.here(TABLE):
        if any(route.get("NatGatewayId") == own for route in table.config.items_of("Routes")):
            return passed(f"{table.config['RouteTableId']} routes to it.", "NatGatewayId")
    return failed("No route table leads to this gateway.", "NatGatewayId")
