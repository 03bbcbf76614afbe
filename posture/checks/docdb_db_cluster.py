"""Judges DocumentDB clusters."""

from __future__ import annotations

from posture.checks.databases import flag_examples, judge_backups, judge_flag, judge_log_exported
from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CLUSTER = "AWS::DocDB::DBCluster"
DESCRIBE = "rds:DescribeDBClusters"
DESCRIBE_PARAMETERS = "rds:DescribeDBClusterParameters"
MODIFY = "aws docdb modify-db-cluster --region {region} --db-cluster-identifier {name} --apply-immediately "
MODIFY_GROUP = "aws docdb modify-db-cluster-parameter-group --region {region} --db-cluster-parameter-group-name GROUP "
MODERN_TLS = frozenset({"tls1.2+", "tls1.3+", "fips-140-3"})
"""Values of the parameter `tls` that require TLS 1.2 or newer; `enabled` takes 1.0 and 1.1 as well."""
IN_SYNC = "in-sync"
_ENDED = {"3.6.": "2026-03-30"}
"""Versions without standard support (DocumentDB developer guide, "Engine version support dates", 2026)."""
_WITHOUT_END = ("4.0.", "5.0.", "8.0.")
"""Versions without an announced end, by the same page."""


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster is encrypted at rest",
    problem="DocumentDB cluster is not encrypted at rest",
    severity=Severity.HIGH,
    controls=("practices:encryption", "aws_fsbp:DocumentDB.1"),
    aliases=("prowler:documentdb_cluster_storage_encrypted", "securityhub:DocumentDB.1"),
    remediation=Remediation(
        console="It cannot be turned on in place: DocumentDB → Snapshots → a snapshot of the cluster → Restore, with "
        "encryption; then move the application over.",
        cli="aws docdb create-db-cluster-snapshot --region {region} --db-cluster-identifier {name} "
        "--db-cluster-snapshot-identifier to-encrypt",
        terraform='resource "aws_docdb_cluster" "this" {\n  storage_encrypted = true\n  kms_key_id        = '
        "aws_kms_key.this.arn\n}",
    ),
    examples=flag_examples("StorageEncrypted", DESCRIBE),
)
def docdb_cluster_encrypted(cluster: Resource) -> Outcome:
    """Whoever gets hold of the storage or a snapshot of an unencrypted cluster can read every document.

    It cannot be turned on in place, so the longer it waits the harder the move.
    """
    return judge_flag(cluster, "StorageEncrypted", "The storage is encrypted.", "The storage is not encrypted.")


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster keeps backups long enough",
    problem="DocumentDB cluster keeps backups too short",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:DocumentDB.2"),
    aliases=("prowler:documentdb_cluster_backup_enabled", "securityhub:DocumentDB.2"),
    remediation=Remediation(
        console="DocumentDB → Clusters → the cluster → Modify → Backup retention period → 7 days or more.",
        cli=MODIFY + "--backup-retention-period 7",
        terraform='resource "aws_docdb_cluster" "this" {\n  backup_retention_period = 7\n}',
    ),
    examples=(
        passes({"BackupRetentionPeriod": 7}),
        fails({"BackupRetentionPeriod": 1}, "what DocumentDB sets by itself"),
        is_unknown({"BackupRetentionPeriod": denied(DESCRIBE)}),
    ),
)
def docdb_cluster_backups_kept(cluster: Resource) -> Outcome:
    """A wrong delete is often noticed days later. Point-in-time recovery reaches back as far as backups are kept."""
    return judge_backups(cluster)


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster exports its audit log",
    problem="DocumentDB cluster does not export its audit log",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:DocumentDB.4"),
    aliases=("prowler:documentdb_cluster_cloudwatch_log_export", "securityhub:DocumentDB.4"),
    remediation=Remediation(
        console="DocumentDB → Clusters → the cluster → Modify → Log exports → Audit logs.",
        cli=MODIFY + "--cloudwatch-logs-export-configuration EnableLogTypes=audit",
        terraform='resource "aws_docdb_cluster" "this" {\n  enabled_cloudwatch_logs_exports = ["audit"]\n}',
    ),
    examples=(
        passes({"EnabledCloudwatchLogsExports": ["profiler", "audit"]}),
        fails({"EnabledCloudwatchLogsExports": ["profiler"]}),
        fails({}, "none"),
        is_unknown({"EnabledCloudwatchLogsExports": denied(DESCRIBE)}),
    ),
)
def docdb_cluster_audit_log_exported(cluster: Resource) -> Outcome:
    """The audit log says who logged in and who dropped what; on the instances nobody can read it at all."""
    return judge_log_exported(cluster, "audit")


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster writes an audit log",
    problem="DocumentDB cluster writes no audit log",
    severity=Severity.MEDIUM,
    controls=("practices:activity",),
    remediation=Remediation(
        console="DocumentDB → Parameter groups → the cluster's group (a copy, if it is the default one) → audit_logs: "
        "ddl, or all.",
        cli=MODIFY_GROUP + '--parameters "ParameterName=audit_logs,ParameterValue=ddl,ApplyMethod=immediate"',
        terraform='resource "aws_docdb_cluster_parameter_group" "this" {\n  family = "docdb5.0"\n\n  parameter {\n'
        '    name  = "audit_logs"\n    value = "ddl"\n  }\n}',
    ),
    examples=(
        passes({"Parameters": {"audit_logs": "enabled"}}),
        passes({"Parameters": {"audit_logs": "ddl,dml_write"}}),
        fails({"Parameters": {"audit_logs": "disabled"}}),
        fails({"Parameters": {"audit_logs": "none"}}),
        is_unknown({"Parameters": denied(DESCRIBE_PARAMETERS)}),
        is_unknown({"Parameters": {}}, "the answer leaves the parameter out"),
    ),
)
def docdb_cluster_audit_log_written(cluster: Resource) -> Outcome:
    """An exported audit log stays empty until the parameter audit_logs says what is written into it."""
    value = cluster.config["Parameters"]["audit_logs"]
    if str(value).lower() in {"disabled", "none"} or not value:
        return failed("The parameter audit_logs turns the audit log off.", "Parameters.audit_logs")
    return passed(f"The parameter audit_logs is {value}.", "Parameters.audit_logs")


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster is protected from deletion",
    problem="DocumentDB cluster is not protected from deletion",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:DocumentDB.5"),
    aliases=("prowler:documentdb_cluster_deletion_protection", "securityhub:DocumentDB.5"),
    remediation=Remediation(
        console="DocumentDB → Clusters → the cluster → Modify → Enable deletion protection.",
        cli=MODIFY + "--deletion-protection",
        terraform='resource "aws_docdb_cluster" "this" {\n  deletion_protection = true\n}',
    ),
    examples=flag_examples("DeletionProtection", DESCRIBE),
)
def docdb_cluster_deletion_protected(cluster: Resource) -> Outcome:
    """Deleting a cluster deletes its automated backups too. One more step keeps a script from doing both."""
    return judge_flag(cluster, "DeletionProtection", "Deletion protection is on.", "Deletion protection is off.")


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster requires TLS 1.2 or newer",
    problem="DocumentDB cluster accepts connections without TLS, or with an old one",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:DocumentDB.6"),
    aliases=("securityhub:DocumentDB.6",),
    remediation=Remediation(
        console="DocumentDB → Parameter groups → the cluster's group (a copy, if it is the default one) → tls: "
        "tls1.2+; then reboot the instances. Look first which clients connect without TLS.",
        cli=MODIFY_GROUP + '--parameters "ParameterName=tls,ParameterValue=tls1.2+,ApplyMethod=pending-reboot"',
        terraform='resource "aws_docdb_cluster_parameter_group" "this" {\n  family = "docdb5.0"\n\n  parameter {\n'
        '    name  = "tls"\n    value = "tls1.2+"\n  }\n}',
    ),
    examples=(
        passes({"Parameters": {"tls": "tls1.2+"}}),
        passes({"Parameters": {"tls": "fips-140-3"}}),
        fails({"Parameters": {"tls": "disabled"}}),
        fails({"Parameters": {"tls": "enabled"}}, "TLS 1.0 and 1.1 are accepted"),
        fails(
            {"Parameters": {"tls": "tls1.2+"}, "DBClusterMembers": [{"DBInstanceIdentifier": "catalogue-1"}]},
            "an instance waits for its reboot",
            observed={"DBClusterMembers": [{"DBClusterParameterGroupStatus": "pending-reboot"}]},
        ),
        is_unknown({"Parameters": denied(DESCRIBE_PARAMETERS)}),
        is_unknown({"Parameters": {}}, "the answer leaves the parameter out"),
    ),
    reads_observed=True,
)
def docdb_cluster_tls_required(cluster: Resource) -> Outcome:
    """Without TLS, passwords and documents cross the network as they are, for whoever listens in the VPC.

    The value “enabled” requires TLS but accepts versions 1.0 and 1.1, which have been retired since 2021.
    """
    value = cluster.config["Parameters"]["tls"]
    if value not in MODERN_TLS:
        meaning = "accepts TLS 1.0 and 1.1" if value == "enabled" else "does not require TLS"
        return failed(f"The parameter tls is {value}: the cluster {meaning}.", "Parameters.tls")
    for index, member in enumerate(cluster.observed.items_of("DBClusterMembers")):
        status = member.get("DBClusterParameterGroupStatus")
        if status not in {None, IN_SYNC}:
            path = f"observed.DBClusterMembers[{index}].DBClusterParameterGroupStatus"
            return failed(f"The parameter tls is {value}, but its group is {status} at an instance.", path)
    return passed(f"The parameter tls is {value}.", "Parameters.tls")


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster spans several zones",
    problem="DocumentDB cluster runs in a single zone",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    aliases=("prowler:documentdb_cluster_multi_az_enabled",),
    remediation=Remediation(
        console="DocumentDB → Clusters → the cluster → Actions → Add instances, in another zone.",
        cli="aws docdb create-db-instance --region {region} --db-cluster-identifier {name} --db-instance-identifier "
        "{name}-2 --engine docdb --db-instance-class CLASS",
    ),
    examples=flag_examples("MultiAZ", DESCRIBE),
)
def docdb_cluster_multi_az(cluster: Resource) -> Outcome:
    """The storage survives the loss of a zone by itself; without an instance elsewhere nobody can reach it."""
    return judge_flag(cluster, "MultiAZ", "Instances run in several zones.", "All instances run in one zone.")


@check(
    resource_type=CLUSTER,
    title="DocumentDB cluster runs a version with standard support",
    problem="DocumentDB cluster runs a version without standard support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="DocumentDB → Clusters → the cluster → Modify → Engine version, after a trial on a clone.",
        cli=MODIFY + "--allow-major-version-upgrade --engine-version VERSION",
    ),
    examples=(
        passes({"Engine": "docdb", "EngineVersion": "5.0.0"}),
        fails({"Engine": "docdb", "EngineVersion": "3.6.0"}),
        is_unknown({"Engine": "docdb", "EngineVersion": denied(DESCRIBE)}),
        does_not_apply({"Engine": "docdb", "EngineVersion": "99.0.0"}, "a version that is not known yet"),
    ),
)
def docdb_cluster_engine_supported(cluster: Resource) -> Outcome:
    """After standard support AWS charges for its patches by the hour, then upgrades by force.

    A planned upgrade is a project; a forced one is an incident.
    """
    version = str(cluster.config["EngineVersion"])
    for start, ended in _ENDED.items():
        if version.startswith(start):
            return failed(f"Standard support of version {version} ended on {ended}.", "EngineVersion")
    if version.startswith(_WITHOUT_END):
        return passed(f"AWS has announced no end of standard support for {version}.", "EngineVersion")
    return not_applicable(f"No end of standard support is known for {version}.", "EngineVersion")


@classified(
    CLUSTER,
    "DocumentDB cluster",
    cli="aws docdb add-tags-to-resource --region {region} --resource-name {arn} --tags "
    "Key=data-classification,Value=internal",
)
def docdb_cluster_classified(cluster: Resource) -> Outcome:
    """A document has no schema that would show what it holds; the tag is how the rest learns what is in it."""
    return classification_known(cluster)
