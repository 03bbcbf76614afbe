"""Judge DynamoDB tables: recovery, who may read them, and encryption."""

from __future__ import annotations

from posture.checks.stores import (
    SENSITIVE,
    classification_known,
    classified,
    judge_policy_not_public,
    policy_examples,
    sensitive,
)
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

TABLE = "AWS::DynamoDB::Table"
_BACKUPS = "ContinuousBackupsDescription"
_RECOVERY = f"{_BACKUPS}.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus"
_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234"
_PROVISIONED = {"BillingModeSummary": {"BillingMode": "PROVISIONED"}}
_BOTH = [{"ScalableDimension": f"dynamodb:table:{kind}CapacityUnits"} for kind in ("Read", "Write")]


def _recovery(status: str) -> dict[str, object]:
    return {_BACKUPS: {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status}}}


@check(
    resource_type=TABLE,
    title="DynamoDB table has point-in-time recovery",
    problem="DynamoDB table has no point-in-time recovery",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:DynamoDB.2"),
    aliases=("prowler:dynamodb_tables_pitr_enabled", "securityhub:DynamoDB.2"),
    remediation=Remediation(
        console="DynamoDB → Tables → the table → Backups → Point-in-time recovery → Edit → Turn on.",
        cli="aws dynamodb update-continuous-backups --region {region} --table-name {name} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        terraform='resource "aws_dynamodb_table" "this" {\n  point_in_time_recovery {\n    enabled = true\n  }\n}',
    ),
    examples=(
        passes(_recovery("ENABLED")),
        fails(_recovery("DISABLED")),
        is_unknown({_BACKUPS: denied("dynamodb:DescribeContinuousBackups")}),
    ),
)
def dynamodb_table_recoverable(table: Resource) -> Outcome:
    """A faulty release can overwrite a table within minutes. Recovery brings back any second of the last 35 days."""
    status = table.config.at(_BACKUPS, "PointInTimeRecoveryDescription", "PointInTimeRecoveryStatus")
    if status == "ENABLED":
        return passed("Point-in-time recovery is on.", _RECOVERY)
    return failed("Point-in-time recovery is off.", _RECOVERY)


@check(
    resource_type=TABLE,
    title="DynamoDB table is protected from deletion",
    problem="DynamoDB table is not protected from deletion",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:DynamoDB.6"),
    aliases=("prowler:dynamodb_table_deletion_protection_enabled", "securityhub:DynamoDB.6"),
    remediation=Remediation(
        console="DynamoDB → Tables → the table → Additional settings → Deletion protection → Turn on.",
        cli="aws dynamodb update-table --region {region} --table-name {name} --deletion-protection-enabled",
        terraform='resource "aws_dynamodb_table" "this" {\n  deletion_protection_enabled = true\n}',
    ),
    examples=(
        passes({"Table": {"DeletionProtectionEnabled": True}}),
        fails({"Table": {"DeletionProtectionEnabled": False}}),
        is_unknown({"Table": denied("dynamodb:DescribeTable")}),
    ),
)
def dynamodb_table_deletion_protected(table: Resource) -> Outcome:
    """One call deletes a table with all its items. One more step keeps a script from making it by mistake."""
    if table.config.at("Table", "DeletionProtectionEnabled"):
        return passed("Deletion protection is on.", "Table.DeletionProtectionEnabled")
    return failed("Deletion protection is off.", "Table.DeletionProtectionEnabled")


@check(
    resource_type=TABLE,
    title="DynamoDB table with sensitive data is encrypted with a KMS key",
    problem="DynamoDB table with sensitive data is not encrypted with a KMS key",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "practices:data"),
    aliases=("prowler:dynamodb_tables_kms_cmk_encryption_enabled",),
    remediation=Remediation(
        console="DynamoDB → Tables → the table → Additional settings → Encryption → Manage encryption → your own key.",
        cli="aws dynamodb update-table --region {region} --table-name {name} "
        "--sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId=KEY",
        terraform='resource "aws_dynamodb_table" "this" {\n  server_side_encryption {\n    enabled     = true\n'
        "    kms_key_arn = aws_kms_key.this.arn\n  }\n}",
    ),
    examples=(
        passes({"Table": {"SSEDescription": {"SSEType": "KMS", "KMSMasterKeyArn": _KEY}}}, tags=SENSITIVE),
        fails({"Table": {}}, "a key that AWS owns and nobody sees", tags=SENSITIVE),
        is_unknown({"Table": denied("dynamodb:DescribeTable")}, tags=SENSITIVE),
        does_not_apply({"Table": {}}, "not classified as sensitive"),
    ),
)
def dynamodb_table_sensitive_kms_encrypted(table: Resource) -> Outcome:
    """By default AWS encrypts with a key of its own, which opens for whoever may read the table.

    With a KMS key, reading also needs the key's permission, and disabling the key shuts everybody out at once.
    """
    level = sensitive(table)
    if level is None:
        return not_applicable("No tag calls the table's data sensitive.")
    if table.config.at("Table", "SSEDescription", "SSEType") == "KMS":
        return passed(f"Data classified as {level.name} is encrypted with a KMS key.", "Table.SSEDescription")
    return failed(f"Data classified as {level.name} is encrypted with a key that AWS owns.", "Table")


@check(
    resource_type=TABLE,
    title="DynamoDB table scales with its load",
    problem="DynamoDB table does not scale with its load",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:DynamoDB.1"),
    aliases=("prowler:dynamodb_table_autoscaling_enabled", "securityhub:DynamoDB.1"),
    remediation=Remediation(
        console="DynamoDB → Tables → the table → Additional settings → Read/write capacity → Edit → On-demand.",
        cli="aws dynamodb update-table --region {region} --table-name {name} --billing-mode PAY_PER_REQUEST",
        terraform='resource "aws_dynamodb_table" "this" {\n  billing_mode = "PAY_PER_REQUEST"\n}',
    ),
    examples=(
        passes(
            {"Table": {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}, "ScalableTargets": []}, "on demand"
        ),
        passes({"Table": _PROVISIONED, "ScalableTargets": _BOTH}, "scaled"),
        fails({"Table": _PROVISIONED, "ScalableTargets": []}, "fixed"),
        fails({"Table": {}, "ScalableTargets": _BOTH[:1]}, "only reads are scaled"),
        is_unknown(
            {"Table": _PROVISIONED, "ScalableTargets": denied("application-autoscaling:DescribeScalableTargets")}
        ),
    ),
)
def dynamodb_table_scaling(table: Resource) -> Outcome:
    """A table with a fixed capacity refuses requests at the peak, which is when it matters or is attacked."""
    if table.config.at("Table", "BillingModeSummary", "BillingMode") == "PAY_PER_REQUEST":
        return passed("Capacity is on demand.", "Table.BillingModeSummary.BillingMode")
    dimensions = {target["ScalableDimension"] for target in table.config.items_of("ScalableTargets")}
    fixed = [word for word in ("Read", "Write") if f"dynamodb:table:{word}CapacityUnits" not in dimensions]
    if fixed:
        return failed(f"Capacity is fixed for: {' and '.join(fixed).lower()}.", "ScalableTargets")
    return passed("Read and write capacity are scaled.", "ScalableTargets")


@check(
    resource_type=TABLE,
    title="DynamoDB table policy lets in nobody unknown",
    problem="DynamoDB table policy allows public access",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "practices:iam", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="DynamoDB → Tables → the table → Permissions → Resource-based policy → Edit: name the principals.",
        cli="aws dynamodb put-resource-policy --region {region} --resource-arn {arn} --policy file://policy.json",
    ),
    examples=policy_examples("ResourcePolicy", "dynamodb:GetResourcePolicy"),
    version=2,
)
def dynamodb_table_policy_not_public(table: Resource) -> Outcome:
    """A policy that names everyone opens the table to every AWS account, past all roles of your own."""
    return judge_policy_not_public(table, "ResourcePolicy")


@classified(
    TABLE,
    "DynamoDB table",
    cli="aws dynamodb tag-resource --region {region} --resource-arn {arn} --tags "
    "Key=data-classification,Value=internal",
)
def dynamodb_table_classified(table: Resource) -> Outcome:
    """Items have no schema that would give away what they hold. The tag must say it."""
    return classification_known(table)
