"""EC2, with regions, account-wide defaults, Outposts and local gateways."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import Any

from moto.ec2.models import ec2_backends
from moto.utilities.utils import get_partition

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.identity import closed_regions
from devtools.simulator.overlay.terms import DATABASE_INTERFACE, Reply
from devtools.simulator.overlay.wire import paged

CLOSED_REGIONS = ("af-south-1", "ap-east-1", "eu-central-2", "eu-south-1", "me-central-1")
"""Opt-in regions that the organization has not opted into."""


@answers("ec2")
def describe_regions(call: Call) -> dict[str, Any]:
    closed = closed_regions(call.world, call.account)
    regions = [_region(name, "opt-in-not-required") for name in _home_regions(call) if name not in closed]
    if call.params.get("AllRegions"):
        regions += [_region(name, "not-opted-in") for name in (*closed, *CLOSED_REGIONS)]
    names = call.params.get("RegionNames")
    return {"Regions": [r for r in filtered(call, regions) if not names or r["RegionName"] in names]}


def _home_regions(call: Call) -> list[str]:
    """Return the organization's regions, which are those of its partition."""
    return [name for name in call.world.regions if get_partition(name) == get_partition(call.region)]


def _region(name: str, opt_in: str) -> dict[str, str]:
    return {"RegionName": name, "OptInStatus": opt_in, "Endpoint": f"ec2.{name}.amazonaws.com"}


def filtered(call: Call, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items that pass the call's filters, by field name or tag."""
    kept = items
    for rule in call.params.get("Filters") or []:
        values = rule.get("Values") or []
        kept = [i for i in kept if any(fnmatchcase(_field(i, rule["Name"]), value) for value in values)]
    return kept


def _field(item: dict[str, Any], name: str) -> str:
    if name.startswith("tag:"):
        return next((str(t["Value"]) for t in item.get("Tags", []) if t["Key"] == name[4:]), "")
    return str(item.get("".join(part.capitalize() for part in name.split("-")), ""))


@answers("ec2")
def describe_security_groups(call: Call) -> dict[str, Any] | Reply:
    """Answer with as many generated groups as the shelf asks for, page by page."""
    many = int(call.shelf().get("many_security_groups", 0))
    if not many:
        return call.beneath()
    # Written by hand: the serializer takes seconds for a page of a thousand.
    page = paged(call, "SecurityGroups", range(many), most=1000)
    groups = "".join(NUMBERED_GROUP.format(number=number, owner=call.account) for number in page["SecurityGroups"])
    token = f"<nextToken>{page['NextToken']}</nextToken>" if "NextToken" in page else ""
    body = f"<securityGroupInfo>{groups}</securityGroupInfo>{token}"
    answer = f'<DescribeSecurityGroupsResponse xmlns="{NAMESPACE}">{body}</DescribeSecurityGroupsResponse>'
    return Reply.of(200, [("Content-Type", "text/xml;charset=UTF-8")], answer)


NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
NUMBERED_GROUP = """<item><ownerId>{owner}</ownerId><groupId>sg-{number:017x}</groupId>
<groupName>group-{number}</groupName><vpcId>vpc-00000000000000001</vpcId><ipPermissions><item><ipProtocol>tcp</ipProtocol>
<fromPort>22</fromPort><toPort>22</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>
</ipPermissions><tagSet><item><key>number</key><value>{number}</value></item></tagSet></item>"""


@answers("ec2")
def describe_network_interfaces(call: Call) -> dict[str, Any]:
    answer = with_outposts(call)
    for interface in answer.get("NetworkInterfaces", []):
        attachment = interface.get("Attachment")
        if not attachment and not interface.get("TagSet"):
            interface.update(_service_s_own(interface))
        elif attachment and attachment.get("InstanceId"):
            # An instance's first interface goes with it.
            attachment["DeleteOnTermination"] = attachment.get("DeviceIndex") == 0
    return answer


def _service_s_own(interface: dict[str, Any]) -> dict[str, Any]:
    """Return what AWS says of an interface that a service made.

    Moto leaves it loose, as nobody's.
    """
    described = interface.get("Description") == DATABASE_INTERFACE
    kind = "interface" if described else "nat_gateway" if interface.get("Association") else "vpc_endpoint"
    attachment = {
        "InstanceOwnerId": "amazon-rds" if described else "amazon-aws",
        "DeviceIndex": 1,
        "Status": "attached",
    }
    return {"InterfaceType": kind, "RequesterManaged": True, "Status": "in-use", "Attachment": attachment}


@answers("ec2")
def describe_volumes(call: Call) -> dict[str, Any]:
    """Say which disks go with their instance: those that it was started with."""
    answer = with_outposts(call)
    backend = ec2_backends[call.account][call.region]
    for volume in answer.get("Volumes", []):
        for attachment in volume.get("Attachments", []):
            devices = backend.get_instance(attachment["InstanceId"]).block_device_mapping
            attachment["DeleteOnTermination"] = bool(devices[attachment["Device"]].delete_on_termination)
    return answer


@answers("ec2", "DescribeSubnets")
def with_outposts(call: Call) -> dict[str, Any]:
    """Add a resource's Outpost, which moto forgets."""
    answer = call.beneath()
    placed = call.shelf().get("outposts", {})
    for items in answer.values():
        for item in items if isinstance(items, list) else []:
            _location(item, placed)
    return answer


@answers("ec2")
def describe_instances(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    placed = call.shelf().get("outposts", {})
    for reservation in answer.get("Reservations", []):
        for instance in reservation["Instances"]:
            _location(instance, placed)
            # Of an image that it does not know, moto makes what AWS sold before 2014.
            instance["VirtualizationType"] = "hvm"
            if profile := instance.get("IamInstanceProfile"):
                # moto gives the association's id, which each instance has of its own.
                profile["Id"] = f"AIPA{hashlib.sha256(profile['Arn'].encode()).hexdigest()[:17].upper()}"
    return answer


PREVIOUS_FAMILIES = frozenset(
    ("a1", "c1", "c3", "c4", "d2", "g2", "g3", "i2", "m1", "m2", "m3", "m4", "p2", "r3", "r4", "t1")
)


@answers("ec2")
def describe_instance_types(call: Call) -> dict[str, Any]:
    """Correct the generation, which moto has wrong for sizes of current families."""
    answer = call.beneath()
    for info in answer.get("InstanceTypes", []):
        info["CurrentGeneration"] = info["InstanceType"].split(".")[0] not in PREVIOUS_FAMILIES
    return answer


@answers("ec2")
def describe_network_acls(call: Call) -> dict[str, Any]:
    """Leave out the default ACLs that moto keeps when their VPC is deleted."""
    answer = call.beneath()
    vpcs = ec2_backends[call.account][call.region].vpcs
    return {**answer, "NetworkAcls": [acl for acl in answer.get("NetworkAcls", []) if acl["VpcId"] in vpcs]}


def _location(item: dict[str, Any], placed: dict[str, str]) -> None:
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


SHELVED_LISTS = {
    "DescribeClientVpnEndpoints": "ClientVpnEndpoints",
    "DescribeOutpostLags": "OutpostLags",
    "DescribeServiceLinkVirtualInterfaces": "ServiceLinkVirtualInterfaces",
    "DescribeVpcBlockPublicAccessExclusions": "VpcBlockPublicAccessExclusions",
    "DescribeLocalGateways": "LocalGateways",
    "DescribeLocalGatewayRouteTables": "LocalGatewayRouteTables",
    "DescribeLocalGatewayRouteTableVpcAssociations": "LocalGatewayRouteTableVpcAssociations",
    "DescribeLocalGatewayRouteTableVirtualInterfaceGroupAssociations": (
        "LocalGatewayRouteTableVirtualInterfaceGroupAssociations"
    ),
    "DescribeLocalGatewayVirtualInterfaceGroups": "LocalGatewayVirtualInterfaceGroups",
    "DescribeLocalGatewayVirtualInterfaces": "LocalGatewayVirtualInterfaces",
}


@answers("ec2", *SHELVED_LISTS)
def shelved(call: Call) -> dict[str, Any]:
    key = SHELVED_LISTS[call.operation]
    return paged(call, key, filtered(call, call.shelf().get(key, [])))


@answers("ec2")
def search_local_gateway_routes(call: Call) -> dict[str, Any]:
    table = call.params["LocalGatewayRouteTableId"]
    routes = [r for r in call.shelf().get("LocalGatewayRoutes", []) if r["LocalGatewayRouteTableId"] == table]
    return paged(call, "Routes", filtered(call, routes))
