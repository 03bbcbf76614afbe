"""ElastiCache clusters: Memcached, single-node Redis, and replication group nodes."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.elasticache_listing import CLUSTERS, DESCRIBE_CLUSTERS, LIST_TAGS, tags_of
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::ElastiCache::CacheCluster",
    title="Cache cluster",
    plural="Cache clusters",
    service="elasticache",
    family=Family.DATABASES,
    cadence=Cadence.DAILY,
    arn_names=("elasticache:cluster",),
    actions=(DESCRIBE_CLUSTERS, LIST_TAGS),
    columns=(
        Column("Engine", "Engine"),
        Column("EngineVersion", "Version"),
        Column("CacheNodeType", "Node type"),
        Column("NumCacheNodes", "Nodes"),
        Column("ReplicationGroupId", "Replication group"),
        Column("TransitEncryptionEnabled", "TLS"),
    ),
    relations=(
        Relation(
            "ReplicationGroupId",
            "AWS::ElastiCache::ReplicationGroup",
            "arn:{partition}:elasticache:{region}:{account}:replicationgroup:{id}",
        ),
        Relation(
            "SecurityGroups.SecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
    ),
    ignored=(
        "CacheParameterGroup.CacheNodeIdsToReboot",
        "CacheParameterGroup.ParameterApplyStatus",
        "CacheSecurityGroups.Status",
        "ClientDownloadLandingPage",
        "LogDeliveryConfigurations.Message",
        "LogDeliveryConfigurations.Status",
        "NotificationConfiguration.TopicStatus",
        "SecurityGroups.Status",
    ),
    observed=("CacheClusterStatus", "PendingModifiedValues"),
    unordered=("CacheSecurityGroups", "LogDeliveryConfigurations", "SecurityGroups"),
)
def cache_clusters(ask: Ask) -> Iterator[Resource]:
    """Caches hold copies of sessions and records, mostly with less protection than the database that they come from."""
    listed = list(ask.pages(**CLUSTERS))
    for raw, tags in zip(listed, tags_of(ask, [raw["ARN"] for raw in listed]), strict=True):
        yield ask.resource(raw, arn=raw["ARN"], name=raw["CacheClusterId"], tags=tags)
