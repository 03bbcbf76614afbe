"""Judge how database instances are run: availability, upgrades, logs, ports."""

from __future__ import annotations

from posture.checks.databases import (
    flag_examples,
    judge_admin_name,
    judge_flag,
    judge_logs,
    judge_port,
    judge_support,
)
from posture.checks.rds_db_instance import DESCRIBE, INSTANCE, MODIFY, at_cluster
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

_MEMBER = {"DBClusterIdentifier": "orders"}


@check(
    resource_type=INSTANCE,
    title="Database instance has a standby in another zone",
    problem="Database instance has no standby in another zone",
    severity=Severity.MEDIUM,
    controls=("practices:data", "cis_aws_7:3.2.4", "aws_fsbp:RDS.5"),
    aliases=("prowler:rds_instance_multi_az", "securityhub:RDS.5"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Multi-AZ deployment → Create a standby instance.",
        cli=MODIFY + "--multi-az",
        terraform='resource "aws_db_instance" "this" {\n  multi_az = true\n}',
    ),
    examples=(
        *flag_examples("MultiAZ", DESCRIBE),
        does_not_apply({"MultiAZ": False, **_MEMBER}, "a cluster's member"),
    ),
)
def rds_instance_multi_az(instance: Resource) -> Outcome:
    """When a zone or a host fails, an instance without a standby is down until it is rebuilt from backup."""
    return at_cluster(instance) or judge_flag(
        instance, "MultiAZ", "A standby runs in another zone.", "The instance runs in one zone only."
    )


@check(
    resource_type=INSTANCE,
    title="Database instance takes minor upgrades by itself",
    problem="Database instance does not take minor upgrades by itself",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "cis_aws_7:3.2.2", "aws_fsbp:RDS.13"),
    aliases=("prowler:rds_instance_minor_version_upgrade_enabled", "securityhub:RDS.13"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Maintenance → Enable auto minor version upgrade.",
        cli=MODIFY + "--auto-minor-version-upgrade",
        terraform='resource "aws_db_instance" "this" {\n  auto_minor_version_upgrade = true\n}',
    ),
    examples=flag_examples("AutoMinorVersionUpgrade", DESCRIBE),
)
def rds_instance_minor_upgrades_automatic(instance: Resource) -> Outcome:
    """Minor versions carry the security patches. They come in the maintenance window, or years late."""
    return judge_flag(
        instance,
        "AutoMinorVersionUpgrade",
        "Minor upgrades are applied in the maintenance window.",
        "Minor upgrades wait for somebody to apply them.",
    )


@check(
    resource_type=INSTANCE,
    title="Database instance runs a version with standard support",
    problem="Database instance runs a version without standard support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="RDS → Databases → the instance: try the next major version on a blue/green deployment, then switch "
        "over.",
        cli=MODIFY + "--allow-major-version-upgrade --engine-version VERSION",
    ),
    examples=(
        passes({"Engine": "postgres", "EngineVersion": "16.4"}),
        fails({"Engine": "mysql", "EngineVersion": "5.7.44"}),
        fails({"Engine": "sqlserver-se", "EngineVersion": "12.00.6439.10.v1"}, "SQL Server 2014"),
        is_unknown({"Engine": "postgres", "EngineVersion": denied(DESCRIBE)}),
        does_not_apply({"Engine": "db2-se", "EngineVersion": "11.5.9.0"}, "no date is known"),
        does_not_apply({"Engine": "aurora-mysql", "EngineVersion": "5.7.mysql_aurora.2.11.2", **_MEMBER}, "a member"),
    ),
)
def rds_instance_engine_supported(instance: Resource, clock: Clock) -> Outcome:
    """After standard support the community patches no more; AWS charges for its own patches, then upgrades by force.

    A planned upgrade is a project; a forced one is an incident.
    """
    return at_cluster(instance) or judge_support(instance, clock)


@check(
    resource_type=INSTANCE,
    title="Database instance exports its logs",
    problem="Database instance does not export all its logs",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:RDS.9", "aws_fsbp:RDS.36", "aws_fsbp:RDS.40", "aws_fsbp:RDS.42"),
    aliases=(
        "prowler:rds_instance_integration_cloudwatch_logs",
        "securityhub:RDS.9",
        "securityhub:RDS.36",
        "securityhub:RDS.40",
        "securityhub:RDS.42",
    ),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Log exports → choose them all. MySQL's and MariaDB's audit "
        "log "
        "needs its option group first.",
        cli=MODIFY + "--cloudwatch-logs-export-configuration EnableLogTypes=error,audit",
        terraform='resource "aws_db_instance" "this" {\n  enabled_cloudwatch_logs_exports = ["postgresql", '
        '"upgrade"]\n}',
    ),
    examples=(
        passes({"Engine": "postgres", "EnabledCloudwatchLogsExports": ["postgresql", "upgrade"]}),
        fails({"Engine": "mysql", "EnabledCloudwatchLogsExports": ["error"]}, "some are missing"),
        passes({"Engine": "sqlserver-ex", "EnabledCloudwatchLogsExports": ["error"]}, "Express has no agent"),
        passes({"Engine": "db2-se", "EnabledCloudwatchLogsExports": ["diag.log", "notify.log"]}, "Db2"),
        fails({"Engine": "sqlserver-se", "EnabledCloudwatchLogsExports": ["error"]}, "the agent's is missing"),
        fails({"Engine": "oracle-ee"}, "none"),
        is_unknown({"Engine": "postgres", "EnabledCloudwatchLogsExports": denied(DESCRIBE)}),
        does_not_apply({"Engine": "custom-oracle-ee"}, "RDS Custom exports none"),
        does_not_apply({"Engine": "aurora-mysql", **_MEMBER}, "a cluster's member"),
    ),
    version=2,
)
def rds_instance_logs_exported(instance: Resource) -> Outcome:
    """Logs on the instance rotate away within days, and go with it when it is deleted."""
    return at_cluster(instance) or judge_logs(instance)


@check(
    resource_type=INSTANCE,
    title="Database instance reports enhanced metrics",
    problem="Database instance does not report enhanced metrics",
    severity=Severity.LOW,
    controls=("practices:activity", "aws_fsbp:RDS.6"),
    aliases=("prowler:rds_instance_enhanced_monitoring_enabled", "securityhub:RDS.6"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Monitoring → Enable Enhanced Monitoring, every 60 seconds.",
        cli=MODIFY + "--monitoring-interval 60 --monitoring-role-arn arn:aws:iam::{account}:role/rds-monitoring-role",
        terraform='resource "aws_db_instance" "this" {\n  monitoring_interval = 60\n'
        "  monitoring_role_arn = aws_iam_role.rds_monitoring.arn\n}",
    ),
    examples=(
        passes({"MonitoringInterval": 60}),
        fails({"MonitoringInterval": 0}),
        is_unknown({"MonitoringInterval": denied(DESCRIBE)}),
    ),
)
def rds_instance_enhanced_monitoring_enabled(instance: Resource) -> Outcome:
    """Metrics from inside the host show which process eats the database, a copy of all rows among them."""
    seconds = instance.config.get("MonitoringInterval") or 0
    if seconds:
        return passed(f"Enhanced Monitoring reports every {seconds} seconds.", "MonitoringInterval")
    return failed("Enhanced Monitoring is off.", "MonitoringInterval")


@check(
    resource_type=INSTANCE,
    title="Database instance copies its tags to snapshots",
    problem="Database instance does not copy its tags to snapshots",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:RDS.17"),
    aliases=("prowler:rds_instance_copy_tags_to_snapshots", "securityhub:RDS.17"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Backup → Copy tags to snapshots.",
        cli=MODIFY + "--copy-tags-to-snapshot",
        terraform='resource "aws_db_instance" "this" {\n  copy_tags_to_snapshot = true\n}',
    ),
    examples=(
        *flag_examples("CopyTagsToSnapshot", DESCRIBE),
        does_not_apply({"CopyTagsToSnapshot": False, **_MEMBER}, "a cluster's member"),
    ),
)
def rds_instance_tags_copied(instance: Resource) -> Outcome:
    """A snapshot without its database's tags has no owner and no classification, and no rule applies to it."""
    return at_cluster(instance) or judge_flag(
        instance,
        "CopyTagsToSnapshot",
        "Snapshots get the instance's tags.",
        "Snapshots do not get the instance's tags.",
    )


@check(
    resource_type=INSTANCE,
    title="Database instance has an administrator name of its own",
    problem="Database instance has a common administrator name",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:RDS.25"),
    aliases=("prowler:rds_instance_default_admin", "securityhub:RDS.25"),
    remediation=Remediation(
        console="The name cannot be changed: choose another when you create or restore the instance.",
        terraform='resource "aws_db_instance" "this" {\n  username = "orders_owner"\n}',
    ),
    examples=(
        passes({"Engine": "mysql", "MasterUsername": "orders_owner"}),
        fails({"Engine": "mysql", "MasterUsername": "admin"}),
        is_unknown({"Engine": "mysql", "MasterUsername": denied(DESCRIBE)}),
        does_not_apply({"Engine": "aurora-mysql", "MasterUsername": "admin", **_MEMBER}, "a cluster's member"),
    ),
)
def rds_instance_admin_name_custom(instance: Resource) -> Outcome:
    """Guessing starts with “admin” and “postgres”. A name of its own makes two secrets out of one."""
    return at_cluster(instance) or judge_admin_name(instance)


@check(
    resource_type=INSTANCE,
    title="Database instance listens on a port of its own",
    problem="Database instance listens on the default port",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:RDS.23"),
    aliases=("prowler:rds_instance_non_default_port", "securityhub:RDS.23"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Additional configuration → Database port; change the "
        "security "
        "groups and clients with it.",
        cli=MODIFY + "--db-port-number 15432",
        terraform='resource "aws_db_instance" "this" {\n  port = 15432\n}',
    ),
    examples=(
        passes({"Engine": "postgres", "Endpoint": {"Port": 15432}}),
        fails({"Engine": "postgres", "Endpoint": {"Port": 5432}}),
        fails({"Engine": "db2-se", "Endpoint": {"Port": 50000}}),
        is_unknown({"Engine": "postgres", "Endpoint": denied(DESCRIBE)}),
        does_not_apply({"Engine": "postgres"}, "no endpoint yet"),
        does_not_apply({"Engine": "aurora-mysql", "Endpoint": {"Port": 3306}, **_MEMBER}, "a cluster's member"),
    ),
    version=2,
)
def rds_instance_port_custom(instance: Resource) -> Outcome:
    """Scanners inside a network try default ports first. This hides little, and is worth doing only with the rest."""
    return at_cluster(instance) or judge_port(instance, instance.config.at("Endpoint", "Port"), "Endpoint.Port")
