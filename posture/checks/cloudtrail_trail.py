"""Judge each trail: whether it can be trusted, read and found when it is needed."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

TRAIL = "AWS::CloudTrail::Trail"


@check(
    resource_type=TRAIL,
    title="Trail logs and delivers",
    problem="Trail does not log or deliver",
    severity=Severity.HIGH,
    controls=("practices:activity", "practices:native"),
    remediation=Remediation(
        console="CloudTrail → Trails → the trail → Start logging. For a delivery error: look at the bucket's policy "
        "and at the KMS key's policy, which must both let cloudtrail.amazonaws.com in.",
        cli="aws cloudtrail start-logging --name {arn} --region {region}",
    ),
    examples=(
        passes({"IsLogging": True}, observed={"LatestDeliveryError": None}),
        fails({"IsLogging": False}, "Stopped", observed={"LatestDeliveryError": None}),
        fails({"IsLogging": True}, "The bucket refuses", observed={"LatestDeliveryError": "AccessDenied"}),
        is_unknown(
            {"IsLogging": denied("cloudtrail:GetTrailStatus")},
            observed={"LatestDeliveryError": denied("cloudtrail:GetTrailStatus")},
        ),
    ),
    reads_observed=True,
)
def cloudtrail_trail_delivering(trail: Resource) -> Outcome:
    """A trail that was stopped, or whose bucket refuses its files, looks complete in every list of trails.

    Stopping the trail is among the first things that an intruder does, and a changed bucket policy is
    the most common accident. Either way, the events are lost for good.
    """
    if not trail.config["IsLogging"]:
        return failed("The trail is stopped: nothing is recorded.", "IsLogging")
    error = trail.observed["LatestDeliveryError"]
    if error:
        return failed(f"The last delivery to the bucket failed with {error}.", "observed.LatestDeliveryError")
    return passed("The trail logs, and its last delivery succeeded.", "IsLogging", "observed.LatestDeliveryError")


@check(
    resource_type=TRAIL,
    title="Trail's log files are validated",
    problem="Trail's log files are not validated",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "cis_aws_7:4.2", "aws_fsbp:CloudTrail.4"),
    aliases=("prowler:cloudtrail_log_file_validation_enabled", "securityhub:CloudTrail.4"),
    remediation=Remediation(
        console="CloudTrail → Trails → the trail → General details → Edit → Additional settings → Log file validation "
        "→ Enabled.",
        cli="aws cloudtrail update-trail --name {arn} --enable-log-file-validation --region {region}",
        terraform='resource "aws_cloudtrail" "this" {\n  enable_log_file_validation = true\n  # …\n}',
    ),
    examples=(
        passes({"LogFileValidationEnabled": True}),
        fails({"LogFileValidationEnabled": False}),
        is_unknown({"LogFileValidationEnabled": denied("cloudtrail:DescribeTrails")}),
    ),
)
def cloudtrail_trail_log_validation_enabled(trail: Resource) -> Outcome:
    """Logs are evidence only if nobody can have changed them.

    With validation CloudTrail writes a signed digest each hour, which shows whether a file was altered
    or removed after its delivery. It costs nothing.
    """
    if trail.config["LogFileValidationEnabled"]:
        return passed("Signed digests show whether a log file was changed.", "LogFileValidationEnabled")
    return failed("A changed or removed log file would not be noticed.", "LogFileValidationEnabled")


@check(
    resource_type=TRAIL,
    title="Trail is encrypted with a KMS key",
    problem="Trail is not encrypted with a KMS key",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "practices:encryption", "cis_aws_7:4.5", "aws_fsbp:CloudTrail.2"),
    aliases=("prowler:cloudtrail_kms_encryption_enabled", "securityhub:CloudTrail.2"),
    remediation=Remediation(
        console="CloudTrail → Trails → the trail → General details → Edit → Log file SSE-KMS encryption → Enabled, "
        "with a key whose policy lets CloudTrail encrypt and only auditors decrypt.",
        cli="aws cloudtrail update-trail --name {arn} --kms-key-id <key-arn> --region {region}",
        terraform='resource "aws_cloudtrail" "this" {\n  kms_key_id = aws_kms_key.trail.arn\n  # …\n}',
    ),
    examples=(
        passes({"KmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/1a2b3c4d"}),
        fails({"Name": "account-trail"}),
        is_unknown({"KmsKeyId": denied("cloudtrail:DescribeTrails")}),
    ),
)
def cloudtrail_trail_kms_encrypted(trail: Resource) -> Outcome:
    """The record of an account gives an intruder everything: names, roles, what runs where.

    With a KMS key of your own, reading a log file takes two permissions, on the bucket and on the key,
    and every reading is itself recorded.
    """
    key = trail.config.get("KmsKeyId")
    if key:
        return passed(f"Log files are encrypted with {key}.", "KmsKeyId")
    return failed("Log files have no KMS key: whoever reads the bucket reads them.", "KmsKeyId")


@check(
    resource_type=TRAIL,
    title="Trail sends its events to CloudWatch Logs",
    problem="Trail does not send its events to CloudWatch Logs",
    severity=Severity.LOW,
    controls=("practices:activity", "aws_fsbp:CloudTrail.5"),
    aliases=("prowler:cloudtrail_cloudwatch_logging_enabled", "securityhub:CloudTrail.5"),
    remediation=Remediation(
        console="CloudTrail → Trails → the trail → CloudWatch Logs → Edit → Enabled, with a log group and a role.",
        cli="aws cloudtrail update-trail --name {arn} --cloud-watch-logs-log-group-arn <log-group-arn> "
        "--cloud-watch-logs-role-arn <role-arn> --region {region}",
        terraform='resource "aws_cloudtrail" "this" {\n'
        '  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"\n'
        "  cloud_watch_logs_role_arn  = aws_iam_role.trail.arn\n  # …\n}",
    ),
    examples=(
        passes(
            {"CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-central-1:111122223333:log-group:cloudtrail:*"},
            observed={"LatestCloudWatchLogsDeliveryError": None},
        ),
        fails({"Name": "account-trail"}),
        fails(
            {"CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-central-1:111122223333:log-group:cloudtrail:*"},
            "The role may not write",
            observed={"LatestCloudWatchLogsDeliveryError": "AccessDenied"},
        ),
        is_unknown({"CloudWatchLogsLogGroupArn": denied("cloudtrail:DescribeTrails")}),
    ),
    reads_observed=True,
)
def cloudtrail_trail_cloudwatch_logs_delivered(trail: Resource) -> Outcome:
    """Alarms on root sign-ins, changed policies and stopped trails need the events within minutes.

    The bucket gets them in files for later; the log group is where metric filters and people look now.
    """
    group = trail.config.get("CloudWatchLogsLogGroupArn")
    if not group:
        return failed("Events reach the bucket alone: no alarm can watch them.", "CloudWatchLogsLogGroupArn")
    error = trail.observed["LatestCloudWatchLogsDeliveryError"]
    if error:
        return failed(
            f"The last delivery to {group} failed with {error}.", "observed.LatestCloudWatchLogsDeliveryError"
        )
    return passed(f"Events are delivered to {group}.", "CloudWatchLogsLogGroupArn")
