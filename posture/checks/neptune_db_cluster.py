"""Judges Neptune clusters."""

from __future__ import annotations

from posture.checks.databases import flag_examples, judge_backups, judge_flag, judge_log_exported, judge_support
from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CLUSTER = "AWS::Neptune::DBCluster"
DESCRIBE = "rds:DescribeDBClusters"
DESCRIBE_PARAMETERS = "rds:DescribeDBClusterParameters"
MODIFY = "aws neptune modify-db-cluster --region {region} --db-cluster-identifier {name} --apply-immediately "
MODIFY_GROUP = (
    "aws neptune modify-db-cluster-parameter-group --region {region} --db-cluster-parameter-group-name GROUP "
)


@check(
    resource_type=CLUSTER,
    title="Neptune cluster is encrypted at rest",
    problem="Neptune cluster is not encrypted at rest",
    severity=Severity.HIGH,
    controls=("practices:encryption", "aws_fsbp:Neptune.1"),
    aliases=("prowler:neptune_cluster_storage_encrypted", "securityhub:Neptune.1"),
    remediation=Remediation(
        console="It cannot be turned on in place: Neptune → Snapshots → a snapshot of the cluster → Restore, with "
        "encryption; then move the application over.",
        cli="aws neptune create-db-cluster-snapshot --region {region} --db-cluster-identifier {name} "
        "--db-cluster-snapshot-identifier to-encrypt",
        terraform='resource "aws_neptune_cluster" "this" {\n  storage_encrypted = true\n  kms_key_id        = '
        "aws_kms_key.this.arn\n}",
    ),
    examples=flag_examples("StorageEncrypted", DESCRIBE),
)
def neptune_cluster_encrypted(cluster: Resource) -> Outcome:
    """Whoever gets hold of the storage or a snapshot of an unencrypted cluster can read every node and edge.

    It cannot be turned on in place, so the longer it waits the harder the move.
    """
    return judge_flag(cluster, "StorageEncrypted", "The storage is encrypted.", "The storage is not encrypted.")


@check(
    resource_type=CLUSTER,
    title="Neptune cluster keeps backups long enough",
    problem="Neptune cluster keeps backups too short",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:Neptune.5"),
    aliases=("prowler:neptune_cluster_backup_enabled", "securityhub:Neptune.5"),
    remediation=Remediation(
        console="Neptune → Databases → the cluster → Modify → Backup retention period → 7 days or more.",
        cli=MODIFY + "--backup-retention-period 7",
        terraform='resource "aws_neptune_cluster" "this" {\n  backup_retention_period = 7\n}',
    ),
    examples=(
        passes({"BackupRetentionPeriod": 7}),
        fails({"BackupRetentionPeriod": 1}, "what Neptune sets by itself"),
        is_unknown({"BackupRetentionPeriod": denied(DESCRIBE)}),
    ),
)
def neptune_cluster_backups_kept(cluster: Resource) -> Outcome:
    """A wrong delete is often noticed days later. Point-in-time recovery reaches back as far as backups are kept."""
    return judge_backups(cluster)


@check(
    resource_type=CLUSTER,
    title="Neptune cluster exports its audit log",
    problem="Neptune cluster does not export its audit log",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:Neptune.2"),
    aliases=("prowler:neptune_cluster_integration_cloudwatch_logs", "securityhub:Neptune.2"),
    remediation=Remediation(
        console="Neptune → Databases → the cluster → Modify → Log exports → Audit logs.",
        cli=MODIFY + "--cloudwatch-logs-export-configuration EnableLogTypes=audit",
        terraform='resource "aws_neptune_cluster" "this" {\n  enable_cloudwatch_logs_exports = ["audit"]\n}',
    ),
    examples=(
        passes({"EnabledCloudwatchLogsExports": ["profiler", "audit"]}),
        fails({"EnabledCloudwatchLogsExports": ["profiler"]}),
        fails({}, "none"),
        is_unknown({"EnabledCloudwatchLogsExports": denied(DESCRIBE)}),
    ),
)
def neptune_cluster_audit_log_exported(cluster: Resource) -> Outcome:
    """The audit log holds each query with its client; on the instances it rotates away, and goes with them."""
    return judge_log_exported(cluster, "audit")


@check(
    resource_type=CLUSTER,
    title="Neptune cluster writes an audit log",
    problem="Neptune cluster writes no audit log",
    severity=Severity.MEDIUM,
    controls=("practices:activity",),
    remediation=Remediation(
        console="Neptune → Parameter groups → the cluster's group (a copy, if it is the default one) → "
        "neptune_enable_audit_log: 1; then reboot the instances.",
        cli=MODIFY_GROUP
        + '--parameters "ParameterName=neptune_enable_audit_log,ParameterValue=1,ApplyMethod=pending-reboot"',
        terraform='resource "aws_neptune_cluster_parameter_group" "this" {\n  family = "neptune1.4"\n\n  parameter {\n'
        '    name  = "neptune_enable_audit_log"\n    value = "1"\n  }\n}',
    ),
    examples=(
        passes({"Parameters": {"neptune_enable_audit_log": "1"}}),
        fails({"Parameters": {"neptune_enable_audit_log": "0"}}),
        is_unknown({"Parameters": denied(DESCRIBE_PARAMETERS)}),
        is_unknown({"Parameters": {}}, "the answer leaves the parameter out"),
    ),
)
def neptune_cluster_audit_log_written(cluster: Resource) -> Outcome:
    """An exported audit log stays empty until the parameter neptune_enable_audit_log turns it on."""
    value = cluster.config["Parameters"]["neptune_enable_audit_log"]
    if value == "1":
        return passed("The parameter neptune_enable_audit_log is on.", "Parameters.neptune_enable_audit_log")
    return failed("The parameter neptune_enable_audit_log is off.", "Parameters.neptune_enable_audit_log")


@check(
    resource_type=CLUSTER,
    title="Neptune cluster is protected from deletion",
    problem="Neptune cluster is not protected from deletion",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:Neptune.4"),
    aliases=("prowler:neptune_cluster_deletion_protection", "securityhub:Neptune.4"),
    remediation=Remediation(
        console="Neptune → Databases → the cluster → Modify → Enable deletion protection.",
        cli=MODIFY + "--deletion-protection",
        terraform='resource "aws_neptune_cluster" "this" {\n  deletion_protection = true\n}',
    ),
    examples=flag_examples("DeletionProtection", DESCRIBE),
)
def neptune_cluster_deletion_protected(cluster: Resource) -> Outcome:
    """Deleting a cluster deletes its automated backups too. One more step keeps a script from doing both."""
    return judge_flag(cluster, "DeletionProtection", "Deletion protection is on.", "Deletion protection is off.")


@check(
    resource_type=CLUSTER,
    title="Neptune cluster requires TLS",
    problem="Neptune cluster accepts connections without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="Neptune → Parameter groups → the cluster's group → neptune_enforce_ssl: 1; then reboot the instances.",
        cli=MODIFY_GROUP
        + '--parameters "ParameterName=neptune_enforce_ssl,ParameterValue=1,ApplyMethod=pending-reboot"',
    ),
    examples=(
        passes({"Parameters": {"neptune_enforce_ssl": "1"}}),
        fails({"Parameters": {"neptune_enforce_ssl": "0"}}),
        is_unknown({"Parameters": denied(DESCRIBE_PARAMETERS)}),
        does_not_apply({"Parameters": {}}, "a version that takes TLS alone has no such parameter"),
    ),
)
def neptune_cluster_tls_required(cluster: Resource) -> Outcome:
    """Without TLS, queries and their results cross the network as they are, for whoever listens in the VPC."""
    value = cluster.config["Parameters"].get("neptune_enforce_ssl")
    if value is None:
        return not_applicable("The cluster's version has no such parameter: it takes TLS alone.", "Parameters")
    if value == "1":
        return passed("The parameter neptune_enforce_ssl is on.", "Parameters.neptune_enforce_ssl")
    return failed("The parameter neptune_enforce_ssl is off.", "Parameters.neptune_enforce_ssl")


@check(
    resource_type=CLUSTER,
    title="Neptune cluster asks for IAM authentication",
    problem="Neptune cluster lets in whoever reaches it",
    severity=Severity.HIGH,
    controls=("practices:iam", "aws_fsbp:Neptune.7"),
    aliases=("prowler:neptune_cluster_iam_authentication_enabled", "securityhub:Neptune.7"),
    remediation=Remediation(
        console="Neptune → Databases → the cluster → Modify → IAM DB authentication; first give each application's "
        "role neptune-db actions on the cluster, and let it sign its requests.",
        cli=MODIFY + "--enable-iam-database-authentication",
        terraform='resource "aws_neptune_cluster" "this" {\n  iam_database_authentication_enabled = true\n}',
    ),
    examples=flag_examples("IAMDatabaseAuthenticationEnabled", DESCRIBE),
)
def neptune_cluster_iam_authentication_enabled(cluster: Resource) -> Outcome:
    """Neptune has no users and passwords: without IAM authentication, everything that reaches the port may read it all.

    A security group is then the only thing between the graph and each machine in the VPC.
    """
    return judge_flag(
        cluster,
        "IAMDatabaseAuthenticationEnabled",
        "IAM authentication is on.",
        "IAM authentication is off: whoever reaches the port may read and write.",
    )


@check(
    resource_type=CLUSTER,
    title="Neptune cluster copies its tags to snapshots",
    problem="Neptune cluster does not copy its tags to snapshots",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:Neptune.8"),
    aliases=("prowler:neptune_cluster_copy_tags_to_snapshots", "securityhub:Neptune.8"),
    remediation=Remediation(
        console="Neptune → Databases → the cluster → Modify → Copy tags to snapshots.",
        cli=MODIFY + "--copy-tags-to-snapshot",
        terraform='resource "aws_neptune_cluster" "this" {\n  copy_tags_to_snapshot = true\n}',
    ),
    examples=flag_examples("CopyTagsToSnapshot", DESCRIBE),
)
def neptune_cluster_tags_copied(cluster: Resource) -> Outcome:
    """A snapshot without its cluster's tags has no owner and no classification, and no rule applies to it."""
    return judge_flag(
        cluster, "CopyTagsToSnapshot", "Snapshots get the cluster's tags.", "Snapshots do not get the cluster's tags."
    )


@check(
    resource_type=CLUSTER,
    title="Neptune cluster spans several zones",
    problem="Neptune cluster runs in a single zone",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    aliases=("prowler:neptune_cluster_multi_az", "securityhub:Neptune.9"),
    remediation=Remediation(
        console="Neptune → Databases → the cluster → Actions → Add instances, in another zone.",
        cli="aws neptune create-db-instance --region {region} --db-cluster-identifier {name} --db-instance-identifier "
        "{name}-2 --engine neptune --db-instance-class CLASS",
    ),
    examples=flag_examples("MultiAZ", DESCRIBE),
)
def neptune_cluster_multi_az(cluster: Resource) -> Outcome:
    """The storage survives the loss of a zone by itself; without an instance elsewhere nobody can reach it."""
    return judge_flag(cluster, "MultiAZ", "Instances run in several zones.", "All instances run in one zone.")


@check(
    resource_type=CLUSTER,
    title="Neptune cluster runs a supported version",
    problem="Neptune cluster runs a version past its end of life",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="Neptune → Databases → the cluster → Modify → Engine version, after a trial on a clone.",
        cli=MODIFY + "--allow-major-version-upgrade --engine-version VERSION",
    ),
    examples=(
        passes({"Engine": "neptune", "EngineVersion": "1.4.7.0"}),
        passes({"Engine": "neptune", "EngineVersion": "1.3.2.1"}),
        fails({"Engine": "neptune", "EngineVersion": "1.2.1.0"}),
        is_unknown({"Engine": "neptune", "EngineVersion": denied(DESCRIBE)}),
        does_not_apply({"Engine": "neptune", "EngineVersion": "1.9.0.0"}, "no end is announced"),
    ),
)
def neptune_cluster_engine_supported(cluster: Resource, clock: Clock) -> Outcome:
    """At a version's end of life AWS stops patching it and upgrades the cluster by force, in a window of its own.

    A planned upgrade is a project; a forced one is an incident.
    """
    return judge_support(cluster, clock)


@classified(
    CLUSTER,
    "Neptune cluster",
    cli="aws neptune add-tags-to-resource --region {region} --resource-name {arn} --tags "
    "Key=data-classification,Value=internal",
)
def neptune_cluster_classified(cluster: Resource) -> Outcome:
    """A graph of customers looks like a graph of machines from outside; the tag is how the rest learns which it is."""
    return classification_known(cluster)
