"""Judges database clusters: what they set for all their instances."""

from __future__ import annotations

from posture.checks.databases import (
    flag_examples,
    judge_admin_name,
    judge_backups,
    judge_flag,
    judge_iam_login,
    judge_logs,
    judge_port,
    judge_support,
)
from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, not_applicable
from posture.core.resource import Resource

CLUSTER = "AWS::RDS::DBCluster"
DESCRIBE = "rds:DescribeDBClusters"
MODIFY = "aws rds modify-db-cluster --region {region} --db-cluster-identifier {name} --apply-immediately "


@check(
    resource_type=CLUSTER,
    title="Database cluster is encrypted at rest",
    problem="Database cluster is not encrypted at rest",
    severity=Severity.HIGH,
    controls=("practices:encryption", "cis_aws_7:3.2.1", "aws_fsbp:RDS.27"),
    aliases=("prowler:rds_cluster_storage_encrypted", "securityhub:RDS.27"),
    remediation=Remediation(
        console="RDS → Snapshots: restore a snapshot of the cluster with encryption, and move the application over.",
        cli="aws rds create-db-cluster-snapshot --region {region} --db-cluster-identifier {name} "
        "--db-cluster-snapshot-identifier to-encrypt",
        terraform='resource "aws_rds_cluster" "this" {\n  storage_encrypted = true\n  kms_key_id        = '
        "aws_kms_key.this.arn\n}",
    ),
    examples=flag_examples("StorageEncrypted", DESCRIBE),
)
def rds_cluster_encrypted(cluster: Resource) -> Outcome:
    """Whoever gets hold of the storage or a snapshot of an unencrypted cluster can read every table.

    It cannot be turned on in place, so the longer it waits the harder the move.
    """
    return judge_flag(cluster, "StorageEncrypted", "The storage is encrypted.", "The storage is not encrypted.")


@check(
    resource_type=CLUSTER,
    title="Database cluster is protected from deletion",
    problem="Database cluster is not protected from deletion",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:RDS.7"),
    aliases=("prowler:rds_cluster_deletion_protection", "securityhub:RDS.7"),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Modify → Enable deletion protection.",
        cli=MODIFY + "--deletion-protection",
        terraform='resource "aws_rds_cluster" "this" {\n  deletion_protection = true\n}',
    ),
    examples=flag_examples("DeletionProtection", DESCRIBE),
)
def rds_cluster_deletion_protected(cluster: Resource) -> Outcome:
    """Deleting a cluster deletes its automated backups too. One more step keeps a script from doing both."""
    return judge_flag(cluster, "DeletionProtection", "Deletion protection is on.", "Deletion protection is off.")


@check(
    resource_type=CLUSTER,
    title="Database cluster keeps backups long enough",
    problem="Database cluster keeps backups too short",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Modify → Backup retention period → 7 days or more.",
        cli=MODIFY + "--backup-retention-period 7",
        terraform='resource "aws_rds_cluster" "this" {\n  backup_retention_period = 7\n}',
    ),
    examples=(
        passes({"BackupRetentionPeriod": 7}),
        fails({"BackupRetentionPeriod": 1}),
        is_unknown({"BackupRetentionPeriod": denied(DESCRIBE)}),
    ),
)
def rds_cluster_backups_kept(cluster: Resource) -> Outcome:
    """A wrong delete is often noticed days later. Point-in-time recovery reaches back as far as backups are kept."""
    return judge_backups(cluster)


@check(
    resource_type=CLUSTER,
    title="Database cluster spans several zones",
    problem="Database cluster runs in a single zone",
    severity=Severity.MEDIUM,
    controls=("practices:data", "cis_aws_7:3.2.4", "aws_fsbp:RDS.15"),
    aliases=("prowler:rds_cluster_multi_az", "securityhub:RDS.15"),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Actions → Add reader, in another zone.",
        cli="aws rds create-db-instance --region {region} --db-cluster-identifier {name} --db-instance-identifier "
        "{name}-reader "
        "--engine ENGINE --db-instance-class CLASS",
    ),
    examples=flag_examples("MultiAZ", DESCRIBE),
)
def rds_cluster_multi_az(cluster: Resource) -> Outcome:
    """The storage survives the loss of a zone by itself; without an instance elsewhere nobody can reach it."""
    return judge_flag(cluster, "MultiAZ", "Instances run in several zones.", "All instances run in one zone.")


@check(
    resource_type=CLUSTER,
    title="Database cluster accepts IAM authentication",
    problem="Database cluster does not accept IAM authentication",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:RDS.12"),
    aliases=("prowler:rds_cluster_iam_authentication_enabled", "securityhub:RDS.12"),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Modify → IAM database authentication; then give each application's "
        "role "
        "rds-db:connect and drop its password.",
        cli=MODIFY + "--enable-iam-database-authentication",
        terraform='resource "aws_rds_cluster" "this" {\n  iam_database_authentication_enabled = true\n}',
    ),
    examples=(
        *flag_examples("IAMDatabaseAuthenticationEnabled", DESCRIBE, Engine="aurora-postgresql"),
        does_not_apply({"IAMDatabaseAuthenticationEnabled": False, "Engine": "custom-x"}, "the engine cannot"),
    ),
)
def rds_cluster_iam_authentication_enabled(cluster: Resource) -> Outcome:
    """Passwords of databases are shared, copied into files and never changed; a token lives for fifteen minutes."""
    return judge_iam_login(cluster)


@check(
    resource_type=CLUSTER,
    title="Database cluster exports its logs",
    problem="Database cluster does not export all its logs",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:RDS.34", "aws_fsbp:RDS.37"),
    aliases=("prowler:rds_cluster_integration_cloudwatch_logs", "securityhub:RDS.34", "securityhub:RDS.37"),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Modify → Log exports → choose them all.",
        cli=MODIFY + "--cloudwatch-logs-export-configuration EnableLogTypes=audit",
        terraform='resource "aws_rds_cluster" "this" {\n  enabled_cloudwatch_logs_exports = ["postgresql"]\n}',
    ),
    examples=(
        passes({"Engine": "aurora-postgresql", "EnabledCloudwatchLogsExports": ["postgresql"]}),
        fails({"Engine": "aurora-mysql", "EnabledCloudwatchLogsExports": ["error"]}, "some are missing"),
        passes(
            {"Engine": "mysql", "EnabledCloudwatchLogsExports": ["error", "general", "slowquery"]}, "Multi-AZ, MySQL"
        ),
        fails({"Engine": "aurora-mysql"}, "none"),
        is_unknown({"Engine": "aurora-postgresql", "EnabledCloudwatchLogsExports": denied(DESCRIBE)}),
    ),
    version=2,
)
def rds_cluster_logs_exported(cluster: Resource) -> Outcome:
    """Logs on the instances rotate away within days, and go with them when they are deleted."""
    return judge_logs(cluster, is_cluster=True)


@check(
    resource_type=CLUSTER,
    title="Multi-AZ database cluster takes minor upgrades by itself",
    problem="Multi-AZ database cluster does not take minor upgrades by itself",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "cis_aws_7:3.2.2", "aws_fsbp:RDS.35"),
    aliases=("prowler:rds_cluster_minor_version_upgrade_enabled", "securityhub:RDS.35"),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Modify → Maintenance → Enable auto minor version upgrade.",
        cli=MODIFY + "--auto-minor-version-upgrade",
    ),
    examples=(
        *flag_examples("AutoMinorVersionUpgrade", DESCRIBE, Engine="mysql"),
        does_not_apply({"Engine": "aurora-mysql"}, "Aurora sets it at each instance"),
    ),
)
def rds_cluster_minor_upgrades_automatic(cluster: Resource) -> Outcome:
    """Minor versions carry the security patches. They come in the maintenance window, or years late."""
    if cluster.config["Engine"] not in {"mysql", "postgres"}:
        return not_applicable("This engine sets it at each instance, where it is judged.", "Engine")
    return judge_flag(
        cluster,
        "AutoMinorVersionUpgrade",
        "Minor upgrades are applied in the maintenance window.",
        "Minor upgrades wait for somebody to apply them.",
    )


@check(
    resource_type=CLUSTER,
    title="Database cluster runs a version with standard support",
    problem="Database cluster runs a version without standard support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="RDS → Databases → the cluster: try the next major version on a blue/green deployment, then switch "
        "over.",
        cli=MODIFY + "--allow-major-version-upgrade --engine-version VERSION",
    ),
    examples=(
        passes({"Engine": "aurora-postgresql", "EngineVersion": "16.4"}),
        fails({"Engine": "aurora-mysql", "EngineVersion": "5.7.mysql_aurora.2.11.2"}),
        is_unknown({"Engine": "aurora-mysql", "EngineVersion": denied(DESCRIBE)}),
        does_not_apply({"Engine": "aurora-postgresql", "EngineVersion": "99.1"}, "no date is known"),
    ),
)
def rds_cluster_engine_supported(cluster: Resource, clock: Clock) -> Outcome:
    """After standard support the community patches no more; AWS charges for its own patches, then upgrades by force.

    A planned upgrade is a project; a forced one is an incident.
    """
    return judge_support(cluster, clock)


@check(
    resource_type=CLUSTER,
    title="Database cluster copies its tags to snapshots",
    problem="Database cluster does not copy its tags to snapshots",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:RDS.16", "aws_fsbp:RDS.47", "aws_fsbp:RDS.48"),
    aliases=(
        "prowler:rds_cluster_copy_tags_to_snapshots",
        "securityhub:RDS.16",
        "securityhub:RDS.47",
        "securityhub:RDS.48",
    ),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Modify → Backup → Copy tags to snapshots.",
        cli=MODIFY + "--copy-tags-to-snapshot",
        terraform='resource "aws_rds_cluster" "this" {\n  copy_tags_to_snapshot = true\n}',
    ),
    examples=flag_examples("CopyTagsToSnapshot", DESCRIBE),
)
def rds_cluster_tags_copied(cluster: Resource) -> Outcome:
    """A snapshot without its cluster's tags has no owner and no classification, and no rule applies to it."""
    return judge_flag(
        cluster, "CopyTagsToSnapshot", "Snapshots get the cluster's tags.", "Snapshots do not get the cluster's tags."
    )


@check(
    resource_type=CLUSTER,
    title="Database cluster has an administrator name of its own",
    problem="Database cluster has a common administrator name",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:RDS.24"),
    aliases=("prowler:rds_cluster_default_admin", "securityhub:RDS.24"),
    remediation=Remediation(
        console="The name cannot be changed: choose another when you create or restore the cluster.",
        terraform='resource "aws_rds_cluster" "this" {\n  master_username = "orders_owner"\n}',
    ),
    examples=(
        passes({"Engine": "aurora-mysql", "MasterUsername": "orders_owner"}),
        fails({"Engine": "aurora-postgresql", "MasterUsername": "postgres"}),
        is_unknown({"Engine": "aurora-mysql", "MasterUsername": denied(DESCRIBE)}),
        does_not_apply({"Engine": "aurora-mysql", "MasterUsername": ""}, "no such login"),
    ),
)
def rds_cluster_admin_name_custom(cluster: Resource) -> Outcome:
    """Guessing starts with “admin” and “postgres”. A name of its own makes two secrets out of one."""
    return judge_admin_name(cluster)


@check(
    resource_type=CLUSTER,
    title="Database cluster listens on a port of its own",
    problem="Database cluster listens on the default port",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:RDS.23"),
    aliases=("prowler:rds_cluster_non_default_port", "securityhub:RDS.23"),
    remediation=Remediation(
        console="RDS → Databases → the cluster → Modify → Database port; change the security groups and clients with "
        "it.",
        cli=MODIFY + "--port 15432",
        terraform='resource "aws_rds_cluster" "this" {\n  port = 15432\n}',
    ),
    examples=(
        passes({"Engine": "aurora-postgresql", "Port": 15432}),
        fails({"Engine": "aurora-mysql", "Port": 3306}),
        is_unknown({"Engine": "aurora-mysql", "Port": denied(DESCRIBE)}),
        does_not_apply({"Engine": "aurora-mysql", "Port": None}, "no endpoint yet"),
    ),
)
def rds_cluster_port_custom(cluster: Resource) -> Outcome:
    """Scanners inside a network try default ports first. This hides little, and is worth doing only with the rest."""
    return judge_port(cluster, cluster.config.get("Port"), "Port")


@classified(
    CLUSTER,
    "Database cluster",
    cli="aws rds add-tags-to-resource --region {region} --resource-name {arn} --tags "
    "Key=data-classification,Value=internal",
)
def rds_cluster_classified(cluster: Resource) -> Outcome:
    """Tables mix the trivial with the personal. Only who runs them knows, and the tag is how the rest learns it."""
    return classification_known(cluster)
