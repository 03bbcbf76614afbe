"""EC2 instances, also those of services and groups; no terminated ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.container_tools import container_tools
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Group, Groups, Population
from posture.core.resource import Resource
from posture.core.values import Unknown

_GONE = {"shutting-down", "terminated"}
_AT_ONCE = 200
"""Values of a filter, as EC2 takes them."""
_EC2 = "arn:{partition}:ec2:{region}:{account}:"


def group_of(instance: Resource, _: Groups) -> Group | None:
    """Return the group that starts and ends an instance; None where people do."""
    if group := _launching_group(instance.tags, is_spot=_is_spot(instance.config)):
        return group
    request = _is_spot(instance.config) and instance.config.get("SpotInstanceRequestId")
    return Group(f"spot/{request}", str(request)) if request else None


def _launching_group(tags: Mapping[str, str], *, is_spot: bool) -> Group | None:
    """Return the group that starts an instance by its own template or configuration.

    A node group of EKS is made of an Auto Scaling group, and Karpenter of fleets of one instance each: what
    people know comes first.
    """
    if node_group := tags.get("eks:nodegroup-name"):
        return Group(f"eks/{tags.get('eks:cluster-name', '')}/{node_group}", node_group)
    if pool := tags.get("karpenter.sh/nodepool"):
        return Group(f"karpenter/{tags.get('eks:eks-cluster-name', '')}/{pool}", pool)
    if scaling := tags.get("aws:autoscaling:groupName"):
        return Group(f"asg/{scaling}", scaling)
    fleet = tags.get("aws:ec2spot:fleet-request-id") or tags.get("aws:ec2:fleet-id")
    return Group(f"{'spot' if is_spot else 'fleet'}/{fleet}", fleet) if fleet else None


def _is_spot(config: Mapping[str, Any]) -> bool:
    return bool(config.get("InstanceLifecycle") == "spot")


@collector(
    resource_type="AWS::EC2::Instance",
    title="EC2 instance",
    plural="EC2 instances",
    service="ec2",
    family=Family.COMPUTE,
    actions=("ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeInstanceAttribute"),
    columns=(
        Column("InstanceId", "Instance"),
        Column("InstanceType", "Type"),
        Column("observed.State.Name", "State"),
        Column("VpcId", "VPC"),
        Column("observed.PublicIpAddress", "Public address"),
        Column("MetadataOptions.HttpTokens", "IMDSv2"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("SubnetId", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("SecurityGroups.GroupId", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
        Relation("BlockDeviceMappings.Ebs.VolumeId", "AWS::EC2::Volume", _EC2 + "volume/{id}"),
        Relation("IamInstanceProfile.Arn", "AWS::IAM::InstanceProfile"),
        Relation("OutpostArn", "AWS::Outposts::Outpost"),
    ),
    ignored=(
        "ClientToken",
        "StateReason",
        "UsageOperationUpdateTime",
        "MetadataOptions.State",
        "PublicDnsName",
        "BlockDeviceMappings.Ebs.AttachTime",
        "BlockDeviceMappings.Ebs.Status",
        "NetworkInterfaces.Status",
        "NetworkInterfaces.Attachment.AttachTime",
        "NetworkInterfaces.Attachment.Status",
        "NetworkInterfaces.Association.PublicDnsName",
        "NetworkInterfaces.PrivateIpAddresses.Association.PublicDnsName",
        "SecondaryInterfaces.Status",
        "SecondaryInterfaces.Attachment.AttachTime",
        "SecondaryInterfaces.Attachment.Status",
        "ElasticInferenceAcceleratorAssociations",
        "ElasticGpuAssociations",
    ),
    # People write passwords into scripts that run at the first start.
    secret=("UserData.Value",),
    # That there is a public address is hashed (Association stays); which one it is moves at every start.
    observed=(
        "ContainerTools",
        "LaunchTime",
        "State",
        "StateTransitionReason",
        "PublicIpAddress",
        "NetworkInterfaces.Association.PublicIp",
        "NetworkInterfaces.PrivateIpAddresses.Association.PublicIp",
    ),
    unordered=(
        "BlockDeviceMappings",
        "NetworkInterfaces",
        "NetworkInterfaces.Groups",
        "NetworkInterfaces.Ipv6Addresses",
        "NetworkInterfaces.PrivateIpAddresses",
        "SecurityGroups",
        "ProductCodes",
        "Licenses",
    ),
    population=Population(
        group_of,
        since="LaunchTime",
        # In which of its subnets a group starts an instance is left to chance.
        apart=(
            "InstanceId",
            "AmiLaunchIndex",
            "PrivateDnsName",
            "PrivateIpAddress",
            "Ipv6Address",
            "SubnetId",
            "Placement.AvailabilityZone",
            "Placement.AvailabilityZoneId",
            "CapacityReservationId",
            "SpotInstanceRequestId",
            "BlockDeviceMappings.Ebs.VolumeId",
            "NetworkInterfaces.NetworkInterfaceId",
            "NetworkInterfaces.SubnetId",
            "NetworkInterfaces.MacAddress",
            "NetworkInterfaces.PrivateDnsName",
            "NetworkInterfaces.PrivateIpAddress",
            "NetworkInterfaces.PrivateIpAddresses",
            "NetworkInterfaces.Ipv6Addresses",
            "NetworkInterfaces.Ipv4Prefixes",
            "NetworkInterfaces.Ipv6Prefixes",
            "NetworkInterfaces.Description",
            "NetworkInterfaces.Attachment.AttachmentId",
            "NetworkInterfaces.Association.CarrierIp",
            "tags.Name",
            "tags.aws:ec2:fleet-id",
            "tags.karpenter.sh/nodeclaim",
        ),
    ),
)
def instances(ask: Ask) -> Iterator[Resource]:
    """A virtual server: whatever it runs, its operating system and its doors are the customer's to keep.

    Those that a group starts and ends by itself are kept as the group, with its distinct configurations.
    `InstanceTypeInfo.CurrentGeneration` is what AWS says of the instance type today. `UserData` is read where
    no template or configuration of a group gives it, and only its fingerprint is kept, with the names of the
    container tools that it calls.
    """
    listed = ask.pages("ec2", "describe_instances", "Reservations", MaxResults=1000, IncludeManagedResources=True)
    found = [raw for reservation in listed for raw in reservation["Instances"] if raw["State"]["Name"] not in _GONE]
    generations = _generations(ask, {raw["InstanceType"] for raw in found})
    for raw, user_data in zip(found, ask.each(partial(_user_data, ask), found), strict=True):
        full = {**raw, "InstanceTypeInfo": generations.get(raw["InstanceType"]), **user_data}
        yield ask.resource(full, arn=ask.arn("ec2", f"instance/{raw['InstanceId']}"), tags=raw.get("Tags"))


def _user_data(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return an instance's UserData, empty for a member of a launching group.

    The field is an empty mapping where the instance has no user data, as AWS answers.
    """
    tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags") or ()}
    if _launching_group(tags, is_spot=_is_spot(raw)):
        return {}
    asked = {"InstanceId": raw["InstanceId"], "Attribute": "userData"}
    found = ask.field("ec2", "describe_instance_attribute", "UserData", **asked)
    if isinstance(found, Unknown):
        return {"UserData": found, "ContainerTools": found}
    return {"UserData": found, "ContainerTools": container_tools(str((found or {}).get("Value") or ""))}


def _generations(ask: Ask, kinds: Iterable[str]) -> dict[str, dict[str, Any] | Unknown]:
    """Return what AWS says of each instance type that the region still offers."""
    known: dict[str, dict[str, Any] | Unknown] = {}
    ordered = sorted(kinds)
    for names in (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)):
        wanted = [{"Name": "instance-type", "Values": names}]
        answer = ask.listing("ec2", "describe_instance_types", "InstanceTypes", Filters=wanted, MaxResults=100)
        if isinstance(answer, Unknown):
            known.update(dict.fromkeys(names, answer))
            continue
        known.update({info["InstanceType"]: _generation(info) for info in answer or []})
    return known


def _generation(info: Mapping[str, Any]) -> dict[str, Any]:
    return {"CurrentGeneration": info.get("CurrentGeneration")}
