"""Database clusters of Aurora, Multi-AZ RDS, Neptune and DocumentDB, by `Engine`."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_MEASURED_STORAGE = ("aurora", "neptune", "docdb")
"""Engines whose AllocatedStorage is what is used, or a constant, and no setting."""


@collector(
    resource_type="AWS::RDS::DBCluster",
    title="Database cluster",
    plural="Database clusters",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:cluster",),
    actions=("rds:DescribeDBClusters",),
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
    ignored=(
        "AssociatedRoles.Status",
        "AutomaticRestartTime",
        "BacktrackConsumedChangeRecords",
        "Capacity",
        "DBClusterMembers.DBClusterParameterGroupStatus",
        "DBClusterMembers.IsClusterWriter",
        "DBClusterOptionGroupMemberships.Status",
        "DomainMemberships.Status",
        "EarliestBacktrackTime",
        "EarliestRestorableTime",
        "GlobalWriteForwardingStatus",
        "IOOptimizedNextAllowedModificationTime",
        "LatestRestorableTime",
        "LocalWriteForwardingStatus",
        "MasterUserSecret.SecretStatus",
        "PercentProgress",
        "StatusInfos",
        "VpcSecurityGroups.Status",
    ),
    observed=("PendingModifiedValues", "Status"),
    unordered=(
        "AssociatedRoles",
        "AvailabilityZones",
        "CustomEndpoints",
        "DBClusterMembers",
        "EnabledCloudwatchLogsExports",
        "ReadReplicaIdentifiers",
        "VpcSecurityGroups",
    ),
    data_store=True,
)
def db_clusters(ask: Ask) -> Iterator[Resource]:
    """A cluster's storage, backups and logins are set here for all its instances."""
    for raw in ask.pages("rds", "describe_db_clusters", "DBClusters", MaxRecords=100):
        measured = raw["Engine"].startswith(_MEASURED_STORAGE)
        config = {key: value for key, value in raw.items() if not (measured and key == "AllocatedStorage")}
        yield ask.resource(config, arn=raw["DBClusterArn"], name=raw["DBClusterIdentifier"], tags=raw.get("TagList"))
