"""Judge route tables of transit gateways: routes that outlived their targets."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

TABLE = "AWS::EC2::TransitGatewayRouteTable"
MAX_NAMED = 5
"""How many routes an outcome names."""


def _route(state: str, *attachments: str) -> dict[str, Any]:
    targets = [{"TransitGatewayAttachmentId": each, "ResourceType": "vpc"} for each in attachments]
    return {
        "StaticRoutes": [
            {
                "DestinationCidrBlock": "10.9.0.0/16",
                "Type": "static",
                "State": state,
                "TransitGatewayAttachments": targets,
            }
        ]
    }


@check(
    resource_type=TABLE,
    title="Static transit gateway routes lead to attachments",
    problem="Static transit gateway route leads to an attachment that is gone",
    severity=Severity.LOW,
    controls=("practices:vpc", "practices:legacy"),
    remediation=Remediation(
        console="VPC → Transit gateway route tables → the table → Routes → the route in state blackhole → Delete, or "
        "replace its attachment.",
        cli="aws ec2 delete-transit-gateway-route --region {region} --transit-gateway-route-table-id {id} "
        "--destination-cidr-block <range>",
    ),
    examples=(
        passes(_route("active", "tgw-attach-1")),
        passes(_route("blackhole"), "a range that is dropped on purpose"),
        fails(_route("blackhole", "tgw-attach-1")),
        is_unknown({"StaticRoutes": denied("ec2:SearchTransitGatewayRoutes")}),
        does_not_apply({"StaticRoutes": []}, "all routes are learnt"),
    ),
)
def ec2_transit_gateway_route_table_routes_lead_somewhere(table: Resource) -> Outcome:
    """Traffic for the range is dropped, and a new attachment in its place would get what was meant for the old one.

    Such routes show that networks are taken down without what leads to them.
    """
    routes = table.config["StaticRoutes"]
    if not routes:
        return not_applicable("It has no static route.", "StaticRoutes")
    lost = [
        (index, each.get("DestinationCidrBlock") or each.get("PrefixListId"))
        for index, each in enumerate(routes)
        if each["State"] == "blackhole" and each.get("TransitGatewayAttachments")
    ]
    if not lost:
        return passed("Each static route leads to an attachment, or drops on purpose.", "StaticRoutes")
    named = ", ".join(str(range_) for _, range_ in lost[:MAX_NAMED])
    more = f" and {len(lost) - MAX_NAMED} more" if len(lost) > MAX_NAMED else ""
    paths = (f"StaticRoutes[{index}].State" for index, _ in lost[:MAX_NAMED])
    return failed(f"Nothing is attached any more behind {named}{more}.", *paths)
