"""Instances of Neptune clusters: where their queries run."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.rds_listing import DESCRIBE_INSTANCES, INSTANCE_IGNORED, INSTANCE_UNORDERED, NEPTUNE, instances
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Neptune::DBInstance",
    title="Neptune instance",
    plural="Neptune instances",
    service="neptune",
    family=Family.DATABASES,
    actions=(DESCRIBE_INSTANCES,),
    columns=(
        Column("DBClusterIdentifier", "Cluster"),
        Column("DBInstanceClass", "Class"),
        Column("AvailabilityZone", "Zone"),
        Column("PubliclyAccessible", "Public"),
        Column("CertificateDetails.ValidTill", "Certificate until"),
    ),
    relations=(
        Relation("DBSubnetGroup.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation(
            "VpcSecurityGroups.VpcSecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
        Relation(
            "DBClusterIdentifier", "AWS::Neptune::DBCluster", "arn:{partition}:rds:{region}:{account}:cluster:{id}"
        ),
    ),
    ignored=INSTANCE_IGNORED,
    observed=("DBInstanceStatus", "PendingModifiedValues"),
    unordered=INSTANCE_UNORDERED,
)
def neptune_instances(ask: Ask) -> Iterator[Resource]:
    """An instance serves its cluster's graph: zone, address and certificate are its own, all else the cluster's."""
    for raw in instances(ask, NEPTUNE):
        yield ask.resource(raw, arn=raw["DBInstanceArn"], name=raw["DBInstanceIdentifier"], tags=raw.get("TagList"))
