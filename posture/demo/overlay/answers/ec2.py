"""EC2: what moto lacks of regions, account-wide defaults, Outposts and local gateways."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from posture.demo.overlay.answers import answers
from posture.demo.overlay.calls import Call
from posture.demo.overlay.wire import paged

CLOSED_REGIONS = ("af-south-1", "ap-east-1", "eu-central-2", "eu-south-1", "me-central-1")
"""Opt-in regions that the organization has not opted into."""


@answers("ec2")
def describe_regions(call: Call) -> dict[str, Any]:
    regions = [_region(name, "opt-in-not-required") for name in call.world.regions]
    if call.params.get("AllRegions"):
        regions += [_region(name, "not-opted-in") for name in CLOSED_REGIONS]
    names = call.params.get("RegionNames")
    return {"Regions": [r for r in filtered(call, regions) if not names or r["RegionName"] in names]}


def _region(name: str, opt_in: str) -> dict[str, str]:
    return {"RegionName": name, "OptInStatus": opt_in, "Endpoint": f"ec2.{name}.amazonaws.com"}


def filtered(call: Call, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items that pass the call's filters, whose names are the fields' in kebab case; tags included."""
    kept = items
    for rule in call.params.get("Filters") or []:
        values = rule.get("Values") or []
        kept = [i for i in kept if any(fnmatchcase(_field(i, rule["Name"]), value) for value in values)]
    return kept


def _field(item: dict[str, Any], name: str) -> str:
    if name.startswith("tag:"):
        return next((str(t["Value"]) for t in item.get("Tags", []) if t["Key"] == name[4:]), "")
    return str(item.get("".join(part.capitalize() for part in name.split("-")), ""))


@answers("ec2", "DescribeSubnets", "DescribeVolumes", "DescribeNetworkInterfaces")
def with_outposts(call: Call) -> dict[str, Any]:
    """Add the Outpost that a resource stands on, which moto forgets."""
    answer = call.beneath()
    placed = call.shelf().get("outposts", {})
    for items in answer.values():
        for item in items if isinstance(items, list) else []:
            _place(item, placed)
    return answer


@answers("ec2")
def describe_instances(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    placed = call.shelf().get("outposts", {})
    for reservation in answer.get("Reservations", []):
        for instance in reservation["Instances"]:
            _place(instance, placed)
    return answer


def _place(item: dict[str, Any], placed: dict[str, str]) -> None:
    for key in ("InstanceId", "VolumeId", "NetworkInterfaceId", "SubnetId"):
        if item.get(key) in placed:
            item["OutpostArn"] = placed[item[key]]
            return


@answers("ec2")
def describe_vpc_block_public_access_options(call: Call) -> dict[str, Any]:
    mode = call.shelf().get("vpc_block_public_access", "off")
    return {
        "VpcBlockPublicAccessOptions": {
            "AwsAccountId": call.account,
            "AwsRegion": call.region,
            "State": "default-state" if mode == "off" else "update-complete",
            "InternetGatewayBlockMode": mode,
            "ExclusionsAllowed": "allowed",
            "ManagedBy": "account",
        }
    }


@answers("ec2")
def get_ebs_default_kms_key_id(call: Call) -> dict[str, Any]:
    return {"KmsKeyId": call.shelf().get("ebs_kms_key", "alias/aws/ebs")}


@answers("ec2")
def get_snapshot_block_public_access_state(call: Call) -> dict[str, Any]:
    return {"State": call.shelf().get("snapshot_block_public_access", "unblocked"), "ManagedBy": "account"}


@answers("ec2")
def get_image_block_public_access_state(call: Call) -> dict[str, Any]:
    state = call.shelf().get("image_block_public_access", "unblocked")
    return {"ImageBlockPublicAccessState": state, "ManagedBy": "account"}


@answers("ec2")
def get_instance_metadata_defaults(call: Call) -> dict[str, Any]:
    return {"AccountLevel": {**call.shelf().get("metadata_defaults", {}), "ManagedBy": "account"}}


LOCAL_GATEWAY_LISTS = {
    "DescribeLocalGateways": "LocalGateways",
    "DescribeLocalGatewayRouteTables": "LocalGatewayRouteTables",
    "DescribeLocalGatewayRouteTableVpcAssociations": "LocalGatewayRouteTableVpcAssociations",
    "DescribeLocalGatewayRouteTableVirtualInterfaceGroupAssociations": (
        "LocalGatewayRouteTableVirtualInterfaceGroupAssociations"
    ),
    "DescribeLocalGatewayVirtualInterfaceGroups": "LocalGatewayVirtualInterfaceGroups",
    "DescribeLocalGatewayVirtualInterfaces": "LocalGatewayVirtualInterfaces",
}


@answers("ec2", *LOCAL_GATEWAY_LISTS)
def describe_local_gateways(call: Call) -> dict[str, Any]:
    key = LOCAL_GATEWAY_LISTS[call.operation]
    return paged(call, key, filtered(call, call.shelf().get(key, [])))


@answers("ec2")
def search_local_gateway_routes(call: Call) -> dict[str, Any]:
    table = call.params["LocalGatewayRouteTableId"]
    routes = [r for r in call.shelf().get("LocalGatewayRoutes", []) if r["LocalGatewayRouteTableId"] == table]
    return paged(call, "Routes", filtered(call, routes))
