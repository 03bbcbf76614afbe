"""Instances of DocumentDB clusters: where their queries run."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.rds_listing import DESCRIBE_INSTANCES, DOCDB, INSTANCE_IGNORED, INSTANCE_UNORDERED, instances
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::DocDB::DBInstance",
    title="DocumentDB instance",
    plural="DocumentDB instances",
    service="docdb",
    family=Family.DATABASES,
    actions=(DESCRIBE_INSTANCES,),
    columns=(
        Column("DBClusterIdentifier", "Cluster"),
        Column("DBInstanceClass", "Class"),
        Column("AvailabilityZone", "Zone"),
        Column("CertificateDetails.ValidTill", "Certificate until"),
    ),
    relations=(
        Relation("DBSubnetGroup.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation(
            "VpcSecurityGroups.VpcSecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
        Relation("DBClusterIdentifier", "AWS::DocDB::DBCluster", "arn:{partition}:rds:{region}:{account}:cluster:{id}"),
    ),
    ignored=INSTANCE_IGNORED,
    observed=("DBInstanceStatus", "PendingModifiedValues"),
    unordered=INSTANCE_UNORDERED,
)
def docdb_instances(ask: Ask) -> Iterator[Resource]:
    """An instance serves its cluster's documents: zone, address and certificate are its own, all else the cluster's."""
    for raw in instances(ask, DOCDB):
        yield ask.resource(raw, arn=raw["DBInstanceArn"], name=raw["DBInstanceIdentifier"], tags=raw.get("TagList"))
