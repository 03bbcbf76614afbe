"""Database clusters of Aurora and Multi-AZ RDS, by `Engine`."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.rds_listing import CLUSTER_IGNORED, CLUSTER_UNORDERED, DESCRIBE_CLUSTERS, RDS, clusters
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RDS::DBCluster",
    title="Database cluster",
    plural="Database clusters",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:cluster",),
    actions=(DESCRIBE_CLUSTERS,),
    columns=(
        Column("Engine", "Engine"),
        Column("EngineVersion", "Version"),
        Column("StorageEncrypted", "Encrypted"),
        Column("MultiAZ", "Multi-AZ"),
        Column("DeletionProtection", "Deletion protection"),
        Column("BackupRetentionPeriod", "Backups kept (days)"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("MasterUserSecret.SecretArn", "AWS::SecretsManager::Secret"),
        Relation(
            "VpcSecurityGroups.VpcSecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
        Relation(
            "DBClusterMembers.DBInstanceIdentifier",
            "AWS::RDS::DBInstance",
            "arn:{partition}:rds:{region}:{account}:db:{id}",
        ),
    ),
    ignored=("DBClusterMembers.DBClusterParameterGroupStatus", *CLUSTER_IGNORED),
    observed=("PendingModifiedValues", "Status"),
    unordered=CLUSTER_UNORDERED,
    data_store=True,
)
def db_clusters(ask: Ask) -> Iterator[Resource]:
    """A cluster's storage, backups and logins are set here for all its instances."""
    for raw in clusters(ask, RDS):
        yield ask.resource(raw, arn=raw["DBClusterArn"], name=raw["DBClusterIdentifier"], tags=raw.get("TagList"))
