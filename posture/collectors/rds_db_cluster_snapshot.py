"""Snapshots of database clusters: manual ones one by one, others as populations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.rds_snapshots import MACHINE_MADE, group_of, listed, restoring_accounts
from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Population
from posture.core.resource import Resource

APART = (
    "DBClusterSnapshotIdentifier",
    "DBClusterIdentifier",
    "DBClusterSnapshotArn",
    "SnapshotCreateTime",
    "ClusterCreateTime",
    "DbClusterResourceId",
    "DBSystemId",
    "StorageThroughput",
    "StorageType",
    "Port",
    "AvailabilityZones",
    "VpcId",
    "MasterUsername",
    "EngineVersion",
    "EngineMode",
    "LicenseModel",
    "SourceDBClusterSnapshotArn",
    "BackupRetentionPeriod",
    "PreferredBackupWindow",
    "tags.*",
)
"""What distinguishes snapshots of one maker."""


@collector(
    resource_type="AWS::RDS::DBClusterSnapshot",
    title="Database cluster snapshot",
    plural="Database cluster snapshots",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:clustersnapshot",),
    actions=("rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusterSnapshotAttributes"),
    columns=(
        Column("DBClusterIdentifier", "Cluster"),
        Column("Engine", "Engine"),
        Column("StorageEncrypted", "Encrypted"),
        Column("DBClusterSnapshotAttributes.AttributeValues", "Shared with"),
        Column("SnapshotCreateTime", "Taken"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("DBClusterIdentifier", "AWS::RDS::DBCluster", "arn:{partition}:rds:{region}:{account}:cluster:{id}"),
    ),
    ignored=("PercentProgress", "AllocatedStorage"),
    observed=("Status",),
    unordered=(
        "AvailabilityZones",
        "DBClusterSnapshotAttributes",
        "DBClusterSnapshotAttributes.AttributeValues",
        "SharedAccounts",
    ),
    data_store=True,
    population=Population(
        partial(group_of, noun="database cluster snapshots"),
        since="SnapshotCreateTime",
        # What is about protection stays: the engine, whether it is encrypted, and with which key.
        apart=APART,
    ),
)
def db_cluster_snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is the whole cluster's data; sharing it gives it away, with all its rows."""
    yield from ask.each(partial(_snapshot, ask), listed(ask, "describe_db_cluster_snapshots", "DBClusterSnapshots"))


def _snapshot(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    sharing = _sharing(ask, raw) if raw.get("SnapshotType") not in MACHINE_MADE else {}
    return ask.resource(
        {**raw, **sharing},
        arn=raw["DBClusterSnapshotArn"],
        name=raw["DBClusterSnapshotIdentifier"],
        tags=raw.get("TagList"),
    )


def _sharing(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    attributes = ask.field(
        "rds",
        "describe_db_cluster_snapshot_attributes",
        "DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes",
        DBClusterSnapshotIdentifier=raw["DBClusterSnapshotIdentifier"],
    )
    return {"DBClusterSnapshotAttributes": attributes, **shared_accounts(ask, restoring_accounts(attributes))}
