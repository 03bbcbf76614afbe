"""Judge cache clusters that are no nodes of a replication group.

Nodes are judged at their group.
"""

from __future__ import annotations

from posture.checks.elasticache import (
    DESCRIBE_CLUSTERS,
    flag_examples,
    judge_backups,
    judge_flag,
    judge_subnet_group,
    judge_support,
    support_examples,
)
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, not_applicable
from posture.core.resource import Resource

CLUSTER = "AWS::ElastiCache::CacheCluster"
MODIFY = "aws elasticache modify-cache-cluster --region {region} --cache-cluster-id {name} --apply-immediately "
_CONSOLE = "ElastiCache → Redis OSS, Valkey or Memcached caches → {name} → Modify: "
_MEMBER = {"ReplicationGroupId": "sessions", "Engine": "redis"}
_MEMCACHED = {"Engine": "memcached"}


@check(
    resource_type=CLUSTER,
    title="Redis cluster keeps backups long enough",
    problem="Redis cluster keeps backups too short",
    severity=Severity.HIGH,
    controls=("practices:data", "aws_fsbp:ElastiCache.1"),
    aliases=("securityhub:ElastiCache.1",),
    remediation=Remediation(
        console=_CONSOLE + "Enable automatic backups, kept for a day or more.",
        cli=MODIFY + "--snapshot-retention-limit 7",
        terraform='resource "aws_elasticache_cluster" "this" {\n  snapshot_retention_limit = 7\n}',
    ),
    examples=(
        passes({"Engine": "redis", "SnapshotRetentionLimit": 7}),
        fails({"Engine": "redis", "SnapshotRetentionLimit": 0}),
        is_unknown({"Engine": "redis", "SnapshotRetentionLimit": denied(DESCRIBE_CLUSTERS)}),
        does_not_apply(_MEMCACHED, "Memcached keeps nothing"),
        does_not_apply({**_MEMBER, "SnapshotRetentionLimit": 0}, "a node of a group"),
    ),
)
def elasticache_cache_cluster_backed_up(cluster: Resource) -> Outcome:
    """A single node has no replica: what it held is gone with it, unless there is a backup."""
    return _not_judged_here(cluster) or _memcached(cluster, "Memcached has no backups.") or judge_backups(cluster)


@check(
    resource_type=CLUSTER,
    title="Redis cluster takes minor upgrades by itself",
    problem="Redis cluster does not take minor upgrades",
    severity=Severity.HIGH,
    controls=("practices:legacy", "aws_fsbp:ElastiCache.2"),
    aliases=("securityhub:ElastiCache.2", "prowler:elasticache_redis_cluster_auto_minor_version_upgrades"),
    remediation=Remediation(
        console=_CONSOLE + "Auto upgrade minor versions.",
        cli=MODIFY + "--auto-minor-version-upgrade",
        terraform='resource "aws_elasticache_cluster" "this" {\n  auto_minor_version_upgrade = true\n}',
    ),
    examples=(
        *flag_examples("AutoMinorVersionUpgrade", DESCRIBE_CLUSTERS, Engine="redis"),
        does_not_apply({**_MEMCACHED, "AutoMinorVersionUpgrade": False}, "Memcached"),
        does_not_apply({**_MEMBER, "AutoMinorVersionUpgrade": False}, "a node of a group"),
    ),
)
def elasticache_cache_cluster_minor_upgrades(cluster: Resource) -> Outcome:
    """Fixes for security come as minor versions. Where nobody has to remember them, they are installed in time."""
    return (
        _not_judged_here(cluster)
        or _memcached(cluster, "AWS upgrades Memcached only when asked to.")
        or judge_flag(
            cluster,
            "AutoMinorVersionUpgrade",
            "Minor versions are installed by AWS.",
            "Minor versions wait for somebody.",
        )
    )


@check(
    resource_type=CLUSTER,
    title="Cache cluster is in a subnet group of its own",
    problem="Cache cluster is in the default subnet group",
    severity=Severity.HIGH,
    controls=("practices:vpc", "aws_fsbp:ElastiCache.7"),
    aliases=("securityhub:ElastiCache.7",),
    remediation=Remediation(
        console="ElastiCache → Subnet groups → Create, of private subnets; then create the cache again in it.",
        cli="aws elasticache create-cache-subnet-group --region {region} --cache-subnet-group-name <name> "
        "--cache-subnet-group-description <what for> --subnet-ids <private subnets>",
    ),
    examples=(
        passes({"Engine": "memcached", "CacheSubnetGroupName": "private"}),
        fails({"Engine": "memcached", "CacheSubnetGroupName": "default"}),
        is_unknown({"Engine": "memcached", "CacheSubnetGroupName": denied(DESCRIBE_CLUSTERS)}),
        does_not_apply({"CacheSubnetGroupName": None}, "in no VPC"),
        does_not_apply({**_MEMBER, "CacheSubnetGroupName": "default"}, "a node of a group"),
    ),
)
def elasticache_cache_cluster_own_subnet_group(cluster: Resource) -> Outcome:
    """The default group is made of all subnets of a network, public ones among them, that nobody chose for data."""
    return _not_judged_here(cluster) or judge_subnet_group(cluster)


@check(
    resource_type=CLUSTER,
    title="Cache cluster is used by TLS",
    problem="Cache cluster is used without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="ElastiCache → Create cache, with encryption in transit; move clients over, and delete {name}.",
        terraform='resource "aws_elasticache_cluster" "this" {\n  transit_encryption_enabled = true\n}',
    ),
    examples=(
        *flag_examples("TransitEncryptionEnabled", DESCRIBE_CLUSTERS, Engine="memcached"),
        does_not_apply({**_MEMBER, "TransitEncryptionEnabled": False}, "a node of a group"),
    ),
)
def elasticache_cache_cluster_uses_tls(cluster: Resource) -> Outcome:
    """Without TLS whoever is on the way reads the sessions and records that the cache holds, and changes them."""
    return _not_judged_here(cluster) or judge_flag(
        cluster, "TransitEncryptionEnabled", "TLS is on.", "Clients connect without TLS."
    )


@check(
    resource_type=CLUSTER,
    title="Redis cluster's version has standard support",
    problem="Redis cluster's version has lost standard support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console=_CONSOLE + "Engine version: the newest, after a trial with a restored backup.",
        cli=MODIFY + "--engine-version 7.1",
        terraform='resource "aws_elasticache_cluster" "this" {\n  engine_version = "7.1"\n}',
    ),
    examples=(
        *support_examples(DESCRIBE_CLUSTERS),
        does_not_apply({**_MEMCACHED, "EngineVersion": "1.4.5"}, "AWS names no end for Memcached"),
        does_not_apply({**_MEMBER, "EngineVersion": "5.0.6"}, "a node of a group"),
    ),
)
def elasticache_cache_cluster_supported(cluster: Resource, clock: Clock) -> Outcome:
    """After it fixes cost extra, and in the end AWS upgrades on a day that nobody chose."""
    return (
        _not_judged_here(cluster)
        or _memcached(cluster, "AWS has named no end of support for Memcached.")
        or judge_support(cluster, clock)
    )


def _not_judged_here(cluster: Resource) -> Outcome | None:
    group = cluster.config.get("ReplicationGroupId")
    return not_applicable(f"Set by the group {group}, and judged there.", "ReplicationGroupId") if group else None


def _memcached(cluster: Resource, why: str) -> Outcome | None:
    return not_applicable(why, "Engine") if cluster.config["Engine"] == "memcached" else None
