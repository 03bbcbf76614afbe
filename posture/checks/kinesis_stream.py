"""Judge Kinesis data streams: retention, encryption, and who may read and write."""

from __future__ import annotations

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.parameters import days
from posture.core.resource import Resource

STREAM = "AWS::Kinesis::Stream"
DESCRIBE = "kinesis:DescribeStreamSummary"
GET_POLICY = "kinesis:GetResourcePolicy"
RETENTION_DAYS = days(
    "stream_retention_days",
    "Retention of streams",
    "Kinesis streams have to keep their records for so many days.",
    default=7,
    maximum=365,
    source="Kinesis.3",
)
"""Security Hub's default for Kinesis.3."""

_CONSOLE = "Kinesis → Data streams → {name} → Configuration → "


@check(
    resource_type=STREAM,
    title="Kinesis stream is encrypted",
    problem="Kinesis stream is not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:Kinesis.1"),
    aliases=("securityhub:Kinesis.1", "prowler:kinesis_stream_encrypted_at_rest"),
    remediation=Remediation(
        console=_CONSOLE + "Server-side encryption → Edit: a KMS key.",
        cli="aws kinesis start-stream-encryption --region {region} --stream-name {name} --encryption-type KMS "
        "--key-id alias/aws/kinesis",
        terraform='resource "aws_kinesis_stream" "this" {\n  encryption_type = "KMS"\n'
        '  kms_key_id      = "alias/aws/kinesis"\n}',
    ),
    examples=(
        passes({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}),
        fails({"EncryptionType": "NONE"}),
        is_unknown({"EncryptionType": denied(DESCRIBE)}),
        is_unknown({}, "the stream was deleted meanwhile"),
    ),
)
def kinesis_stream_encrypted(stream: Resource) -> Outcome:
    """Records wait on disks for a day to a year, often with all that is known of a customer in each of them."""
    if stream.config["EncryptionType"] == "KMS":
        return passed("It is encrypted with a KMS key.", "EncryptionType")
    return failed("Records are kept unencrypted.", "EncryptionType")


@check(
    resource_type=STREAM,
    title="Kinesis stream keeps records long enough",
    problem="Kinesis stream keeps records too short",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:Kinesis.3"),
    aliases=("securityhub:Kinesis.3", "prowler:kinesis_stream_data_retention_period"),
    remediation=Remediation(
        console=_CONSOLE + "Data retention → Edit: 7 days or more.",
        cli="aws kinesis increase-stream-retention-period --region {region} --stream-name {name} "
        "--retention-period-hours 168",
        terraform='resource "aws_kinesis_stream" "this" {\n  retention_period = 168\n}',
    ),
    examples=(
        passes({"RetentionPeriodHours": 168}),
        fails({"RetentionPeriodHours": 24}, "AWS's default"),
        passes({"RetentionPeriodHours": 24}, "where a day suffices", parameters={RETENTION_DAYS.name: 1}),
        is_unknown({"RetentionPeriodHours": denied(DESCRIBE)}),
    ),
)
def kinesis_stream_retention(stream: Resource) -> Outcome:
    """A consumer that breaks on a Friday night loses what it has not read by Monday, and nothing brings it back."""
    hours = stream.config["RetentionPeriodHours"]
    judge = passed if hours >= RETENTION_DAYS.value * 24 else failed
    return judge(f"Records are kept for {hours} hours.", "RetentionPeriodHours")


@check(
    resource_type=STREAM,
    title="Kinesis stream's policy lets in nobody unknown",
    problem="Kinesis stream's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="Kinesis → Data streams → {name} → Data stream sharing → Edit: name the accounts that read and write.",
        cli="aws kinesis put-resource-policy --region {region} --resource-arn {arn} --policy file://policy.json",
        terraform='resource "aws_kinesis_resource_policy" "this" {\n'
        "  resource_arn = aws_kinesis_stream.this.arn\n"
        "  policy       = data.aws_iam_policy_document.stream.json\n}",
    ),
    examples=policy_examples("Policy", GET_POLICY),
    version=2,
)
def kinesis_stream_policy_not_public(stream: Resource) -> Outcome:
    """Anyone could read the events as they happen, or put in some that your consumers then believe."""
    return judge_policy_not_public(stream, "Policy")
