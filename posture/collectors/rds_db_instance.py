"""Database instances of RDS and Aurora, by `Engine`."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.rds_listing import DESCRIBE_INSTANCES, INSTANCE_IGNORED, INSTANCE_UNORDERED, RDS, instances
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RDS::DBInstance",
    title="Database instance",
    plural="Database instances",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:db",),
    actions=(DESCRIBE_INSTANCES,),
    columns=(
        Column("Engine", "Engine"),
        Column("EngineVersion", "Version"),
        Column("StorageEncrypted", "Encrypted"),
        Column("PubliclyAccessible", "Public"),
        Column("MultiAZ", "Multi-AZ"),
        Column("BackupRetentionPeriod", "Backups kept (days)"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("MasterUserSecret.SecretArn", "AWS::SecretsManager::Secret"),
        Relation("DBSubnetGroup.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation(
            "VpcSecurityGroups.VpcSecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
        Relation("DBClusterIdentifier", "AWS::RDS::DBCluster", "arn:{partition}:rds:{region}:{account}:cluster:{id}"),
    ),
    ignored=INSTANCE_IGNORED,
    observed=("DBInstanceStatus", "PendingModifiedValues"),
    unordered=INSTANCE_UNORDERED,
    data_store=True,
)
def db_instances(ask: Ask) -> Iterator[Resource]:
    """Databases hold what an organization lives on: who reaches them, and what survives a mistake or a loss."""
    for raw in instances(ask, RDS):
        yield ask.resource(raw, arn=raw["DBInstanceArn"], name=raw["DBInstanceIdentifier"], tags=raw.get("TagList"))
