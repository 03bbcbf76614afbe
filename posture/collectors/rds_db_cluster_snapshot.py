"""Snapshots of database clusters: manual ones one by one, others as populations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posture.collectors.rds_listing import RDS
from posture.collectors.rds_snapshots import CLUSTER_APART, CLUSTER_UNORDERED, cluster_snapshots, group_of
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Population
from posture.core.resource import Resource


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
    unordered=CLUSTER_UNORDERED,
    data_store=True,
    population=Population(
        partial(group_of, noun="database cluster snapshots"),
        since="SnapshotCreateTime",
        # What is about protection stays: the engine, whether it is encrypted, and with which key.
        apart=CLUSTER_APART,
    ),
)
def db_cluster_snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is the whole cluster's data; sharing it gives it away, with all its rows."""
    yield from cluster_snapshots(ask, RDS)
