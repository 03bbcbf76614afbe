"""ElastiCache replication groups, with what AWS shows only at their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.elasticache_listing import CLUSTERS, DESCRIBE_CLUSTERS, LIST_TAGS, tags_of
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_OF_NODES = ("EngineVersion", "CacheSubnetGroupName", "SecurityGroups")


@collector(
    resource_type="AWS::ElastiCache::ReplicationGroup",
    title="Cache replication group",
    plural="Cache replication groups",
    service="elasticache",
    family=Family.DATABASES,
    cadence=Cadence.DAILY,
    actions=("elasticache:DescribeReplicationGroups", DESCRIBE_CLUSTERS, LIST_TAGS),
    columns=(
        Column("Engine", "Engine"),
        Column("EngineVersion", "Version"),
        Column("AtRestEncryptionEnabled", "Encrypted"),
        Column("TransitEncryptionEnabled", "TLS"),
        Column("AutomaticFailover", "Automatic failover"),
        Column("SnapshotRetentionLimit", "Backups kept (days)"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation(
            "MemberClusters",
            "AWS::ElastiCache::CacheCluster",
            "arn:{partition}:elasticache:{region}:{account}:cluster:{id}",
        ),
        Relation(
            "SecurityGroups.SecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
    ),
    ignored=(
        "LogDeliveryConfigurations.Message",
        "LogDeliveryConfigurations.Status",
        # Which node is the primary, and which is copied for backups, changes with each failover.
        "NodeGroups.NodeGroupMembers.CurrentRole",
        "NodeGroups.Status",
        "SecurityGroups.Status",
        "SnapshottingClusterId",
    ),
    observed=("PendingModifiedValues", "Status"),
    unordered=(
        "LogDeliveryConfigurations",
        "MemberClusters",
        "NodeGroups",
        "NodeGroups.NodeGroupMembers",
        "SecurityGroups",
        "UserGroupIds",
    ),
)
def replication_groups(ask: Ask) -> Iterator[Resource]:
    """Replication groups hold sessions, queues and copies of records; who reaches one reads and changes them all."""
    clusters = ask.listing(**CLUSTERS)
    if not isinstance(clusters, Unknown) and not clusters:
        return
    listed = list(ask.pages("elasticache", "describe_replication_groups", "ReplicationGroups", MaxRecords=100))
    for raw, tags in zip(listed, tags_of(ask, [raw["ARN"] for raw in listed]), strict=True):
        config = {**raw, **_of_nodes(raw["ReplicationGroupId"], clusters)}
        yield ask.resource(config, arn=raw["ARN"], name=raw["ReplicationGroupId"], tags=tags)


def _of_nodes(group: str, clusters: list[Any] | Unknown | None) -> Mapping[str, Any]:
    """Return the settings of a group's nodes, which are alike in all of them."""
    if isinstance(clusters, Unknown):
        return dict.fromkeys(_OF_NODES, clusters)
    found = (each for each in clusters or () if each.get("ReplicationGroupId") == group)
    node: Mapping[str, Any] = next(found, {})
    return {key: node.get(key) for key in _OF_NODES}
