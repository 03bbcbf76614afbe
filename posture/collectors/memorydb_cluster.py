"""MemoryDB clusters. Their data are never read."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.memorydb_listing import CLUSTERS, DESCRIBE_CLUSTERS, LIST_TAGS, tags_of
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::MemoryDB::Cluster",
    title="MemoryDB cluster",
    plural="MemoryDB clusters",
    service="memorydb",
    family=Family.DATABASES,
    cadence=Cadence.DAILY,
    actions=(DESCRIBE_CLUSTERS, LIST_TAGS),
    columns=(
        Column("Engine", "Engine"),
        Column("EngineVersion", "Version"),
        Column("TLSEnabled", "TLS"),
        Column("ACLName", "Access control list"),
        Column("SnapshotRetentionLimit", "Snapshots kept (days)"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("SnsTopicArn", "AWS::SNS::Topic"),
        Relation(
            "SecurityGroups.SecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
    ),
    # AWS patches by itself; shards come and go with scaling and are described only on demand.
    ignored=("EnginePatchVersion", "PendingUpdates", "SecurityGroups.Status", "Shards", "SnsTopicStatus"),
    observed=("ParameterGroupStatus", "Status"),
    unordered=("SecurityGroups",),
    data_store=True,
)
def clusters(ask: Ask) -> Iterator[Resource]:
    """MemoryDB is a database that happens to be in memory: who may log in, by TLS or not, and what survives."""
    listed = list(ask.pages(**CLUSTERS))
    for raw, tags in zip(listed, tags_of(ask, [raw["ARN"] for raw in listed]), strict=True):
        yield ask.resource(raw, arn=raw["ARN"], name=raw["Name"], tags=tags)
