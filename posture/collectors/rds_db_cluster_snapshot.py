"""Manual snapshots of database clusters. Automated and Backup ones come and go with their schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RDS::DBClusterSnapshot",
    title="Database cluster snapshot",
    plural="Database cluster snapshots",
    service="rds",
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
    unordered=("AvailabilityZones", "DBClusterSnapshotAttributes", "DBClusterSnapshotAttributes.AttributeValues"),
    data_store=True,
)
def db_cluster_snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is the whole cluster's data; sharing it gives it away, with all its rows."""
    listed = ask.pages(
        "rds", "describe_db_cluster_snapshots", "DBClusterSnapshots", SnapshotType="manual", MaxRecords=100
    )
    yield from ask.each(partial(_snapshot, ask), listed)


def _snapshot(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    attributes = ask.field(
        "rds",
        "describe_db_cluster_snapshot_attributes",
        "DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes",
        DBClusterSnapshotIdentifier=raw["DBClusterSnapshotIdentifier"],
    )
    return ask.resource(
        {**raw, "DBClusterSnapshotAttributes": attributes},
        arn=raw["DBClusterSnapshotArn"],
        name=raw["DBClusterSnapshotIdentifier"],
        tags=raw.get("TagList"),
    )
