"""Judges transit gateways, each in its owner's account."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource

GATEWAY = "AWS::EC2::TransitGateway"
CLOSED = {
    "AutoAcceptSharedAttachments": "disable",
    "DefaultRouteTableAssociation": "disable",
    "DefaultRouteTablePropagation": "disable",
}
FLAT = {**CLOSED, "DefaultRouteTableAssociation": "enable", "DefaultRouteTablePropagation": "enable"}


def _gateway(options: object, owner: str = "111122223333") -> dict[str, object]:
    return {"TransitGatewayId": "tgw-1", "OwnerId": owner, "Options": options}


@check(
    resource_type=GATEWAY,
    title="Transit gateway accepts no attachment by itself",
    problem="Transit gateway accepts attachments automatically",
    severity=Severity.HIGH,
    controls=("practices:vpc", "practices:accounts", "aws_fsbp:EC2.23"),
    aliases=("prowler:ec2_transitgateway_auto_accept_vpc_attachments", "securityhub:EC2.23"),
    remediation=Remediation(
        console="VPC → Transit gateways → the gateway → Actions → Modify → clear “Auto accept shared attachments”.",
        cli="aws ec2 modify-transit-gateway --region {region} --transit-gateway-id {id} "
        "--options AutoAcceptSharedAttachments=disable",
        terraform='resource "aws_ec2_transit_gateway" "this" {\n  auto_accept_shared_attachments = "disable"\n}',
    ),
    examples=(
        passes(_gateway(CLOSED)),
        fails(_gateway({**CLOSED, "AutoAcceptSharedAttachments": "enable"})),
        is_unknown(_gateway(denied("ec2:DescribeTransitGateways"))),
        does_not_apply(_gateway({**CLOSED, "AutoAcceptSharedAttachments": "enable"}, "444455556666")),
    ),
)
def ec2_transit_gateway_no_auto_accept(gateway: Resource) -> Outcome:
    """Every account that the gateway is shared with can plug any of its VPCs into your core network unasked.

    One careless or broken-into account is then a way into all the others. Let somebody look at each request.
    """
    shared = owned_elsewhere(gateway)
    if shared:
        return shared
    if gateway.config["Options"].get("AutoAcceptSharedAttachments") == "enable":
        return failed("Attachments of other accounts are accepted unseen.", "Options.AutoAcceptSharedAttachments")
    return passed("Attachments of other accounts wait to be accepted.", "Options.AutoAcceptSharedAttachments")


@check(
    resource_type=GATEWAY,
    title="Transit gateway does not join every attachment to every other",
    problem="Transit gateway joins every attachment to every other",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "practices:accounts"),
    remediation=Remediation(
        console="Make a route table for each environment and associate the attachments on purpose; then VPC → Transit "
        "gateways → Actions → Modify → clear default association and default propagation.",
        cli="aws ec2 modify-transit-gateway --region {region} --transit-gateway-id {id} "
        "--options DefaultRouteTableAssociation=disable,DefaultRouteTablePropagation=disable",
    ),
    examples=(
        passes(_gateway(CLOSED)),
        passes(_gateway({**FLAT, "DefaultRouteTablePropagation": "disable"}), "routes are added by hand"),
        fails(_gateway(FLAT)),
        is_unknown(_gateway(denied("ec2:DescribeTransitGateways"))),
        does_not_apply(_gateway(FLAT, "444455556666")),
    ),
)
def ec2_transit_gateway_default_routing_off(gateway: Resource) -> Outcome:
    """With both defaults on, each new attachment reaches, and is reached by, everything attached before.

    Production, development and the data centre become one flat network without a decision. Separate route
    tables keep environments apart even though they share the hub.
    """
    shared = owned_elsewhere(gateway)
    if shared:
        return shared
    keys = ("DefaultRouteTableAssociation", "DefaultRouteTablePropagation")
    paths = tuple(f"Options.{key}" for key in keys)
    if all(gateway.config["Options"].get(key) == "enable" for key in keys):
        return failed("Each new attachment can reach every other by default.", *paths)
    return passed("A new attachment reaches only what somebody routes to it.", *paths)
