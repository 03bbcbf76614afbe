"""Judge replication groups of ElastiCache, with what they set for their nodes."""

from __future__ import annotations

from posture.checks.elasticache import (
    BACKUP_DAYS,
    DESCRIBE_CLUSTERS,
    DESCRIBE_GROUPS,
    flag_examples,
    judge_backups,
    judge_flag,
    judge_subnet_group,
    judge_support,
    support_examples,
)
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.values import any_of

GROUP = "AWS::ElastiCache::ReplicationGroup"
MODIFY = "aws elasticache modify-replication-group --region {region} --replication-group-id {name} --apply-immediately "
_CONSOLE = "ElastiCache → Redis OSS or Valkey caches → {name} → Modify: "
_REBUILD = (
    "ElastiCache → Backups: take a backup of {name}, restore it into a new cache with {what}, and move clients over."
)
_ACL_SINCE = 6
"""The major version from which Redis OSS has users and their rights."""


@check(
    resource_type=GROUP,
    title="Replication group keeps backups long enough",
    problem="Replication group keeps backups too short",
    severity=Severity.HIGH,
    controls=("practices:data", "aws_fsbp:ElastiCache.1"),
    aliases=("securityhub:ElastiCache.1",),
    remediation=Remediation(
        console=_CONSOLE + "Enable automatic backups, kept for a day or more.",
        cli=MODIFY + "--snapshot-retention-limit 7",
        terraform='resource "aws_elasticache_replication_group" "this" {\n  snapshot_retention_limit = 7\n}',
    ),
    examples=(
        passes({"SnapshotRetentionLimit": 1}),
        fails({"SnapshotRetentionLimit": 0}),
        fails({"SnapshotRetentionLimit": 1}, "where a week is required", parameters={BACKUP_DAYS.name: 7}),
        is_unknown({"SnapshotRetentionLimit": denied(DESCRIBE_GROUPS)}),
    ),
)
def elasticache_replication_group_backed_up(group: Resource) -> Outcome:
    """What began as a cache often holds the only copy of sessions and queues. A flush or a failed upgrade ends it."""
    return judge_backups(group)


@check(
    resource_type=GROUP,
    title="Replication group takes minor upgrades by itself",
    problem="Replication group does not take minor upgrades",
    severity=Severity.HIGH,
    controls=("practices:legacy", "aws_fsbp:ElastiCache.2"),
    aliases=("securityhub:ElastiCache.2", "prowler:elasticache_redis_cluster_auto_minor_version_upgrades"),
    remediation=Remediation(
        console=_CONSOLE + "Auto upgrade minor versions.",
        cli=MODIFY + "--auto-minor-version-upgrade",
        terraform='resource "aws_elasticache_replication_group" "this" {\n  auto_minor_version_upgrade = true\n}',
    ),
    examples=flag_examples("AutoMinorVersionUpgrade", DESCRIBE_GROUPS),
)
def elasticache_replication_group_minor_upgrades(group: Resource) -> Outcome:
    """Fixes for security come as minor versions. Where nobody has to remember them, they are installed in time."""
    return judge_flag(
        group, "AutoMinorVersionUpgrade", "Minor versions are installed by AWS.", "Minor versions wait for somebody."
    )


@check(
    resource_type=GROUP,
    title="Replication group fails over by itself",
    problem="Replication group does not fail over by itself",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:ElastiCache.3"),
    aliases=("securityhub:ElastiCache.3", "prowler:elasticache_redis_cluster_automatic_failover_enabled"),
    remediation=Remediation(
        console=_CONSOLE + "add a replica in another zone, then enable Auto-failover and Multi-AZ.",
        cli=MODIFY + "--automatic-failover-enabled --multi-az-enabled",
        terraform='resource "aws_elasticache_replication_group" "this" {\n  automatic_failover_enabled = true\n'
        "  num_cache_clusters         = 2\n}",
    ),
    examples=(
        passes({"AutomaticFailover": "enabled"}),
        fails({"AutomaticFailover": "disabled"}),
        fails({"AutomaticFailover": "disabling"}),
        is_unknown({"AutomaticFailover": denied(DESCRIBE_GROUPS)}),
    ),
)
def elasticache_replication_group_fails_over(group: Resource) -> Outcome:
    """When the primary node fails, nothing can be written until somebody has promoted a replica by hand."""
    state = group.config["AutomaticFailover"]
    judge = passed if state in {"enabled", "enabling"} else failed
    return judge(f"Automatic failover is {state}.", "AutomaticFailover")


@check(
    resource_type=GROUP,
    title="Replication group is encrypted at rest",
    problem="Replication group is not encrypted at rest",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:ElastiCache.4"),
    aliases=("securityhub:ElastiCache.4", "prowler:elasticache_redis_cluster_rest_encryption_enabled"),
    remediation=Remediation(
        console=_REBUILD.replace("{what}", "encryption at rest"),
        cli="aws elasticache create-snapshot --region {region} --replication-group-id {name} "
        "--snapshot-name to-encrypt",
        terraform='resource "aws_elasticache_replication_group" "this" {\n  at_rest_encryption_enabled = true\n}',
    ),
    examples=flag_examples("AtRestEncryptionEnabled", DESCRIBE_GROUPS),
)
def elasticache_replication_group_encrypted(group: Resource) -> Outcome:
    """Memory is written to disk for backups, replication and swapping. It can be encrypted only from the start."""
    return judge_flag(
        group, "AtRestEncryptionEnabled", "Disks and backups are encrypted.", "Disks and backups are not encrypted."
    )


@check(
    resource_type=GROUP,
    title="Replication group offers TLS",
    problem="Replication group is used without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:ElastiCache.5"),
    aliases=("securityhub:ElastiCache.5", "prowler:elasticache_redis_cluster_in_transit_encryption_enabled"),
    remediation=Remediation(
        console=_CONSOLE + "Encryption in transit, mode Preferred; move clients to TLS, then choose Required.",
        cli=MODIFY + "--transit-encryption-enabled --transit-encryption-mode preferred",
        terraform='resource "aws_elasticache_replication_group" "this" {\n  transit_encryption_enabled = true\n}',
    ),
    examples=flag_examples("TransitEncryptionEnabled", DESCRIBE_GROUPS),
)
def elasticache_replication_group_offers_tls(group: Resource) -> Outcome:
    """Without TLS passwords and records cross the network readable, and there can be no password at all."""
    return judge_flag(group, "TransitEncryptionEnabled", "TLS is on.", "Clients connect without TLS.")


@check(
    resource_type=GROUP,
    title="Replication group accepts only TLS",
    problem="Replication group accepts connections without TLS next to TLS",
    severity=Severity.LOW,
    controls=("practices:encryption",),
    remediation=Remediation(
        console=_CONSOLE + "once all clients use TLS, encryption in transit: Required.",
        cli=MODIFY + "--transit-encryption-mode required",
        terraform='resource "aws_elasticache_replication_group" "this" {\n  transit_encryption_mode = "required"\n}',
    ),
    examples=(
        passes({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"}),
        passes({"TransitEncryptionEnabled": True}, "a version from before there was a choice"),
        fails({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}),
        is_unknown({"TransitEncryptionEnabled": denied(DESCRIBE_GROUPS)}),
        does_not_apply({"TransitEncryptionEnabled": False}, "no TLS at all"),
    ),
)
def elasticache_replication_group_requires_tls(group: Resource) -> Outcome:
    """“Preferred” is meant for the days of a move; what is left there lets an old client send all in the clear."""
    if not group.config["TransitEncryptionEnabled"]:
        return not_applicable("It has no TLS to require.", "TransitEncryptionEnabled")
    if group.config.get("TransitEncryptionMode") == "preferred":
        return failed("Connections without TLS are accepted as well.", "TransitEncryptionMode")
    return passed("Only TLS is accepted.", "TransitEncryptionEnabled")


@check(
    resource_type=GROUP,
    title="Replication group of an old Redis version wants a password",
    problem="Replication group of an old Redis version wants no password",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:ElastiCache.6"),
    aliases=("securityhub:ElastiCache.6", "prowler:elasticache_redis_replication_group_auth_enabled"),
    remediation=Remediation(
        console=_CONSOLE + "upgrade to version 6 or later, turn TLS on, and use users with rights of their own; until "
        "then set an AUTH token.",
        cli=MODIFY + "--auth-token <token> --auth-token-update-strategy SET",
    ),
    examples=(
        passes({"AuthTokenEnabled": True, "EngineVersion": "5.0.6"}),
        passes({"AuthTokenEnabled": True, "EngineVersion": denied(DESCRIBE_CLUSTERS)}, "whatever the version"),
        fails({"AuthTokenEnabled": False, "EngineVersion": "5.0.6"}),
        is_unknown({"AuthTokenEnabled": False, "EngineVersion": denied(DESCRIBE_CLUSTERS)}),
        does_not_apply({"AuthTokenEnabled": False, "EngineVersion": "7.1.0"}, "users can be had instead"),
        does_not_apply({"AuthTokenEnabled": False, "EngineVersion": None}, "no node yet"),
    ),
)
def elasticache_replication_group_old_version_has_auth(group: Resource) -> Outcome:
    """Before version 6 the AUTH token is the only login there is; without it the network decides alone."""
    if any_of(lambda: group.config["AuthTokenEnabled"]):
        return passed("It wants an AUTH token.", "AuthTokenEnabled")
    version = group.config["EngineVersion"]
    if not version:
        return not_applicable("It has no nodes yet, and so no version.", "EngineVersion")
    if int(version.split(".")[0]) >= _ACL_SINCE:
        return not_applicable(f"Version {version} has users instead.", "EngineVersion")
    return failed(f"Version {version} is used without an AUTH token.", "AuthTokenEnabled", "EngineVersion")


@check(
    resource_type=GROUP,
    title="Replication group wants a login",
    problem="Replication group lets in whoever reaches it",
    severity=Severity.MEDIUM,
    controls=("practices:iam",),
    remediation=Remediation(
        console=_CONSOLE + "turn TLS on, then Access control: User group access control list.",
        cli=MODIFY + "--user-group-ids-to-add <user group>",
        terraform='resource "aws_elasticache_replication_group" "this" {\n'
        "  user_group_ids = [aws_elasticache_user_group.this.id]\n}",
    ),
    examples=(
        passes({"AuthTokenEnabled": False, "UserGroupIds": ["shop"]}, "users"),
        passes({"AuthTokenEnabled": True}, "a token"),
        fails({"AuthTokenEnabled": False}),
        is_unknown({"AuthTokenEnabled": denied(DESCRIBE_GROUPS)}),
    ),
)
def elasticache_replication_group_wants_login(group: Resource) -> Outcome:
    """One server that was broken into in the same network is enough to read every session and to empty the cache."""
    if any_of(lambda: group.config.items_of("UserGroupIds")):
        return passed("Users with rights of their own log in.", "UserGroupIds")
    return judge_flag(group, "AuthTokenEnabled", "It wants an AUTH token.", "It wants neither a user nor a token.")


@check(
    resource_type=GROUP,
    title="Replication group is in a subnet group of its own",
    problem="Replication group is in the default subnet group",
    severity=Severity.HIGH,
    controls=("practices:vpc", "aws_fsbp:ElastiCache.7"),
    aliases=("securityhub:ElastiCache.7",),
    remediation=Remediation(
        console=_REBUILD.replace("{what}", "a subnet group of private subnets"),
        cli="aws elasticache create-cache-subnet-group --region {region} --cache-subnet-group-name <name> "
        "--cache-subnet-group-description <what for> --subnet-ids <private subnets>",
    ),
    examples=(
        passes({"CacheSubnetGroupName": "private"}),
        fails({"CacheSubnetGroupName": "default"}),
        is_unknown({"CacheSubnetGroupName": denied(DESCRIBE_CLUSTERS)}),
        does_not_apply({"CacheSubnetGroupName": None}, "no node yet"),
    ),
)
def elasticache_replication_group_own_subnet_group(group: Resource) -> Outcome:
    """The default group is made of all subnets of a network, public ones among them, that nobody chose for data."""
    return judge_subnet_group(group)


@check(
    resource_type=GROUP,
    title="Replication group's version has standard support",
    problem="Replication group's version has lost standard support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console=_CONSOLE + "Engine version: the newest, or Valkey, after a trial with a restored backup.",
        cli=MODIFY + "--engine valkey --engine-version 8.0",
        terraform='resource "aws_elasticache_replication_group" "this" {\n  engine         = "valkey"\n'
        '  engine_version = "8.0"\n}',
    ),
    examples=(
        *support_examples(DESCRIBE_CLUSTERS),
        does_not_apply({"Engine": "redis", "EngineVersion": None}, "no node yet"),
    ),
)
def elasticache_replication_group_supported(group: Resource, clock: Clock) -> Outcome:
    """After it fixes cost extra, and in the end AWS upgrades on a day that nobody chose."""
    return judge_support(group, clock)
