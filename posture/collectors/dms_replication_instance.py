"""Replication instances of the Database Migration Service."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.dms_listing import replication_instances, tags_of
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::DMS::ReplicationInstance",
    title="DMS replication instance",
    plural="DMS replication instances",
    service="dms",
    family=Family.DATABASES,
    arn_names=("dms:rep",),
    actions=("dms:DescribeReplicationInstances", "dms:ListTagsForResource"),
    columns=(
        Column("ReplicationInstanceClass", "Class"),
        Column("EngineVersion", "Version"),
        Column("PubliclyAccessible", "Public"),
        Column("MultiAZ", "Multi-AZ"),
        Column("observed.ReplicationInstanceStatus", "Status"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation(
            "VpcSecurityGroups.VpcSecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
    ),
    ignored=(
        "FreeUntil",
        "PendingModifiedValues",
        "ReplicationInstancePrivateIpAddress",
        "ReplicationInstancePublicIpAddress",
        "ReplicationSubnetGroup.SubnetGroupStatus",
        "ReplicationSubnetGroup.Subnets.SubnetStatus",
        "VpcSecurityGroups.Status",
    ),
    observed=(
        "AvailabilityZone",
        "ReplicationInstancePrivateIpAddresses",
        "ReplicationInstancePublicIpAddresses",
        "ReplicationInstanceStatus",
        "SecondaryAvailabilityZone",
    ),
    unordered=("ReplicationSubnetGroup.Subnets", "VpcSecurityGroups"),
)
def instances(ask: Ask) -> Iterator[Resource]:
    """A replication instance reads whole databases and writes them elsewhere, with the users of both."""
    listed = list(replication_instances(ask))
    tags = tags_of(ask, [raw["ReplicationInstanceArn"] for raw in listed])
    for raw, own in zip(listed, tags, strict=True):
        yield ask.resource(raw, arn=raw["ReplicationInstanceArn"], name=raw["ReplicationInstanceIdentifier"], tags=own)
