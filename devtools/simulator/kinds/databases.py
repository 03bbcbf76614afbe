"""Relational databases with their snapshots, tables, file systems."""

from __future__ import annotations

import json
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import Name
from devtools.simulator.kinds import kind, tags_of
from devtools.simulator.overlay.terms import DATABASE_INTERFACE

ENGINES = {"postgres": "16.4", "mysql": "8.0.39", "aurora-postgresql": "16.4"}


def _subnet_group(builder: Builder, rds: Any, name: Name, now: dict[str, Any]) -> str:
    vpc = builder.known("vpc", name, now["vpc"])
    group = f"{now['vpc']}-data"
    if name.account + name.region + group not in builder.recall(
        Name("subnet-groups", name.account, name.region, group)
    ):
        rds.create_db_subnet_group(
            DBSubnetGroupName=group,
            DBSubnetGroupDescription=f"Data tier of {now['vpc']}",
            SubnetIds=vpc["subnets"][now.get("tier", "data")],
        )
        made = Name("subnet-groups", name.account, name.region, group)
        builder.remember(made, **{name.account + name.region + group: True})
    return group


@kind("database", 50)
def make_database(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an RDS instance.

    Changes of `public`, `protected`, `backups` and `multi_az` are applied.
    """
    rds = builder.client("rds", name.region)
    if not builder.recall(name):
        groups = [builder.known("security-group", name, group)["group"] for group in now.get("groups", [])]
        rds.create_db_instance(
            DBInstanceIdentifier=name.name,
            DBInstanceClass=now.get("class", "db.r7g.large"),
            Engine=now.get("engine", "postgres"),
            EngineVersion=now.get("version", ENGINES[now.get("engine", "postgres")]),
            AllocatedStorage=now.get("size", 200),
            StorageEncrypted=now.get("encrypted", True),
            StorageType="gp3",
            MasterUsername="app",
            ManageMasterUserPassword=True,
            DBSubnetGroupName=_subnet_group(builder, rds, name, now),
            VpcSecurityGroupIds=groups,
            EnableIAMDatabaseAuthentication=now.get("iam", False),
            AutoMinorVersionUpgrade=now.get("upgrades", True),
            EnableCloudwatchLogsExports=now.get("logs", []),
            CopyTagsToSnapshot=True,
            Tags=tags_of(now),
            **_movable(now),
        )
        subnets = builder.known("vpc", name, now["vpc"])["subnets"][now.get("tier", "data")]
        builder.client("ec2", name.region).create_network_interface(
            SubnetId=subnets[0], Groups=groups, Description=DATABASE_INTERFACE
        )
        builder.remember(name, database=name.name)
    elif _movable(now) != _movable(before):
        rds.modify_db_instance(DBInstanceIdentifier=name.name, ApplyImmediately=True, **_movable(now))


def _movable(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "PubliclyAccessible": settings.get("public", False),
        "DeletionProtection": settings.get("protected", True),
        "BackupRetentionPeriod": settings.get("backups", 14),
        "MultiAZ": settings.get("multi_az", True),
    }


@kind("cluster", 51)
def make_cluster(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an Aurora cluster with `count` instances."""
    rds = builder.client("rds", name.region)
    if not builder.recall(name):
        groups = [builder.known("security-group", name, group)["group"] for group in now.get("groups", [])]
        rds.create_db_cluster(
            DBClusterIdentifier=name.name,
            Engine=now.get("engine", "aurora-postgresql"),
            EngineVersion=ENGINES["aurora-postgresql"],
            MasterUsername="app",
            ManageMasterUserPassword=True,
            StorageEncrypted=now.get("encrypted", True),
            BackupRetentionPeriod=now.get("backups", 14),
            DeletionProtection=now.get("protected", True),
            EnableIAMDatabaseAuthentication=now.get("iam", False),
            DBSubnetGroupName=_subnet_group(builder, rds, name, now),
            VpcSecurityGroupIds=groups,
            Tags=tags_of(now),
        )
        for number in range(now.get("count", 2)):
            rds.create_db_instance(
                DBInstanceIdentifier=f"{name.name}-{number + 1}",
                DBClusterIdentifier=name.name,
                DBInstanceClass=now.get("class", "db.r7g.xlarge"),
                Engine=now.get("engine", "aurora-postgresql"),
                Tags=tags_of(now),
            )
        builder.remember(name, cluster=name.name)
    elif now.get("protected", True) != before.get("protected", True):
        rds.modify_db_cluster(DBClusterIdentifier=name.name, DeletionProtection=now.get("protected", True))


@kind("database-snapshot", 53)
def make_database_snapshot(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a manual snapshot of `database`.

    `shared` is '', 'all' or an account's name.
    """
    rds = builder.client("rds", name.region)
    if not builder.recall(name):
        rds.create_db_snapshot(DBSnapshotIdentifier=name.name, DBInstanceIdentifier=now["database"], Tags=tags_of(now))
        builder.remember(name, snapshot=name.name)
    old, new = before.get("shared", ""), now.get("shared", "")
    if old != new:
        whom = {"ValuesToAdd": [_whom(builder, new)]} if new else {"ValuesToRemove": [_whom(builder, old)]}
        rds.modify_db_snapshot_attribute(DBSnapshotIdentifier=name.name, AttributeName="restore", **whom)


def _whom(builder: Builder, shared: str) -> str:
    return shared if shared == "all" else builder.declared.by_name[shared].id


@kind("table", 55)
def make_table(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a DynamoDB table.

    `recovery` point in time, `protected` from deletion, `kms` with a key of one's own.
    """
    dynamodb = builder.client("dynamodb", name.region)
    if not builder.recall(name):
        own = {"SSESpecification": {"Enabled": True, "SSEType": "KMS"}} if now.get("kms") else {}
        dynamodb.create_table(
            TableName=name.name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=now.get("protected", True),
            Tags=tags_of(now),
            **own,
        )
        builder.remember(name, table=name.name)
    elif now.get("protected", True) != before.get("protected", True):
        dynamodb.update_table(TableName=name.name, DeletionProtectionEnabled=now.get("protected", True))
    if now.get("recovery", True) != before.get("recovery", False):
        dynamodb.update_continuous_backups(
            TableName=name.name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": now.get("recovery", True)},
        )


@kind("file-system", 57)
def make_file_system(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an EFS file system in the private tier of `vpc`.

    With `backups`, and a `policy` that requires TLS.
    """
    efs = builder.client("efs", name.region)
    if not builder.recall(name):
        system = efs.create_file_system(
            CreationToken=name.name,
            Encrypted=now.get("encrypted", True),
            Backup=now.get("backups", True),
            Tags=tags_of(now, name.name),
        )["FileSystemId"]
        groups = [builder.known("security-group", name, group)["group"] for group in now.get("groups", [])]
        for subnet in builder.known("vpc", name, now["vpc"])["subnets"]["private"]:
            efs.create_mount_target(FileSystemId=system, SubnetId=subnet, SecurityGroups=groups)
        builder.remember(name, system=system)
    system = builder.recall(name)["system"]
    if now.get("policy", True) and not before.get("policy", False):
        statement = {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        efs.put_file_system_policy(FileSystemId=system, Policy=json.dumps(policy))
    if before and now.get("backups", True) != before.get("backups", True):
        status = "ENABLED" if now.get("backups", True) else "DISABLED"
        efs.put_backup_policy(FileSystemId=system, BackupPolicy={"Status": status})
