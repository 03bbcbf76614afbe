"""Database instances of RDS, Aurora, Neptune and DocumentDB, by `Engine`."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_MEASURED_STORAGE = ("aurora", "neptune", "docdb")
"""Engines whose AllocatedStorage is what is used, or a constant, and no setting."""


@collector(
    resource_type="AWS::RDS::DBInstance",
    title="Database instance",
    plural="Database instances",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:db",),
    actions=("rds:DescribeDBInstances",),
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
    ignored=(
        "AssociatedRoles.Status",
        "AutomaticRestartTime",
        "DBParameterGroups.ParameterApplyStatus",
        "DBSubnetGroup.SubnetGroupStatus",
        "DBSubnetGroup.Subnets.SubnetStatus",
        "DomainMemberships.Status",
        "LatestRestorableTime",
        "MasterUserSecret.SecretStatus",
        "OptionGroupMemberships.Status",
        "PercentProgress",
        "ResumeFullAutomationModeTime",
        "StatusInfos",
        "StorageOperationPercentProgress",
        "StorageOperationStatus",
        "StorageVolumeStatus",
        "VpcSecurityGroups.Status",
    ),
    observed=("DBInstanceStatus", "PendingModifiedValues"),
    unordered=(
        "AssociatedRoles",
        "DBSubnetGroup.Subnets",
        "EnabledCloudwatchLogsExports",
        "ReadReplicaDBInstanceIdentifiers",
        "VpcSecurityGroups",
    ),
    data_store=True,
)
def db_instances(ask: Ask) -> Iterator[Resource]:
    """Databases hold what an organization lives on: who reaches them, and what survives a mistake or a loss."""
    for raw in ask.pages("rds", "describe_db_instances", "DBInstances", MaxRecords=100):
        measured = raw["Engine"].startswith(_MEASURED_STORAGE)
        config = {key: value for key, value in raw.items() if not (measured and key == "AllocatedStorage")}
        yield ask.resource(config, arn=raw["DBInstanceArn"], name=raw["DBInstanceIdentifier"], tags=raw.get("TagList"))
