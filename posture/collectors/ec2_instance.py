"""EC2 instances, also those that a service or an Auto Scaling group runs; terminated ones are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_GONE = {"shutting-down", "terminated"}
_AT_ONCE = 200
"""Values of a filter, as EC2 takes them."""
_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::Instance",
    title="EC2 instance",
    plural="EC2 instances",
    service="ec2",
    actions=("ec2:DescribeInstances", "ec2:DescribeInstanceTypes"),
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
    # That there is a public address is hashed (Association stays); which one it is moves at every start.
    observed=(
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
)
def instances(ask: Ask) -> Iterator[Resource]:
    """A virtual server: whatever it runs, its operating system and its doors are the customer's to keep.

    User data is never asked for, since people put secrets there. `InstanceTypeInfo.CurrentGeneration` is
    what AWS says of the instance type today.
    """
    listed = ask.pages("ec2", "describe_instances", "Reservations", MaxResults=1000, IncludeManagedResources=True)
    found = [raw for reservation in listed for raw in reservation["Instances"] if raw["State"]["Name"] not in _GONE]
    generations = _generations(ask, {raw["InstanceType"] for raw in found})
    for raw in found:
        full = {**raw, "InstanceTypeInfo": generations.get(raw["InstanceType"])}
        yield ask.resource(full, arn=ask.arn("ec2", f"instance/{raw['InstanceId']}"), tags=raw.get("Tags"))


def _generations(ask: Ask, kinds: Iterable[str]) -> dict[str, dict[str, Any] | Unknown]:
    """Return what AWS says of each instance type; one that the region no longer offers is left out."""
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
