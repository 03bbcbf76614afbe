"""Snapshots of Neptune clusters: manual ones one by one, others as populations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posture.collectors.rds_listing import NEPTUNE
from posture.collectors.rds_snapshots import CLUSTER_APART, CLUSTER_UNORDERED, cluster_snapshots, group_of
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Population
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Neptune::DBClusterSnapshot",
    title="Neptune snapshot",
    plural="Neptune snapshots",
    service="neptune",
    family=Family.DATABASES,
    actions=("rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusterSnapshotAttributes"),
    columns=(
        Column("DBClusterIdentifier", "Cluster"),
        Column("StorageEncrypted", "Encrypted"),
        Column("DBClusterSnapshotAttributes.AttributeValues", "Shared with"),
        Column("SnapshotCreateTime", "Taken"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation(
            "DBClusterIdentifier", "AWS::Neptune::DBCluster", "arn:{partition}:rds:{region}:{account}:cluster:{id}"
        ),
    ),
    ignored=("PercentProgress", "AllocatedStorage"),
    observed=("Status",),
    unordered=CLUSTER_UNORDERED,
    data_store=True,
    population=Population(
        partial(group_of, noun="Neptune snapshots"),
        since="SnapshotCreateTime",
        # What is about protection stays: whether it is encrypted, and with which key.
        apart=CLUSTER_APART,
    ),
)
def neptune_snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is the whole cluster's data; sharing it gives it away, with all that it holds."""
    yield from cluster_snapshots(ask, NEPTUNE)
