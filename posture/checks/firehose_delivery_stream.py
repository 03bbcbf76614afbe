"""Judges Firehose streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

STREAM = "AWS::KinesisFirehose::DeliveryStream"
DESCRIBE = "firehose:DescribeDeliveryStream"
_DIRECT = {"DeliveryStreamType": "DirectPut"}
_STORED_ELSEWHERE = {"KinesisStreamAsSource": "the Kinesis stream", "MSKAsSource": "the MSK cluster"}
_S3 = "ExtendedS3DestinationDescription"


@check(
    resource_type=STREAM,
    title="Firehose stream is encrypted at rest",
    problem="Firehose stream is not encrypted at rest",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:DataFirehose.1"),
    aliases=("prowler:firehose_stream_encrypted_at_rest", "securityhub:DataFirehose.1"),
    remediation=Remediation(
        console="Amazon Data Firehose → {name} → Configuration → Server-side encryption → Edit → on.",
        cli="aws firehose start-delivery-stream-encryption --region {region} --delivery-stream-name {name} "
        "--delivery-stream-encryption-configuration-input KeyType=AWS_OWNED_CMK",
        terraform='resource "aws_kinesis_firehose_delivery_stream" "this" {\n  server_side_encryption {\n'
        "    enabled = true\n  }\n}",
    ),
    examples=(
        passes({**_DIRECT, "DeliveryStreamEncryptionConfiguration": {"Status": "ENABLED"}}),
        fails({**_DIRECT, "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"}}),
        fails(_DIRECT, "it was never turned on"),
        is_unknown({**_DIRECT, "DeliveryStreamEncryptionConfiguration": denied(DESCRIBE)}),
        is_unknown({"DeliveryStreamType": denied(DESCRIBE)}),
        does_not_apply({"DeliveryStreamType": "KinesisStreamAsSource"}, "Firehose stores nothing of a Kinesis stream"),
    ),
)
def firehose_delivery_stream_encrypted(stream: Resource) -> Outcome:
    """Records wait here for minutes or, where the destination refuses them, for a day: logs, events, whole rows."""
    source = stream.config["DeliveryStreamType"]
    if source in _STORED_ELSEWHERE:
        return not_applicable(f"Records are stored by {_STORED_ELSEWHERE[source]} alone.", "DeliveryStreamType")
    path = "DeliveryStreamEncryptionConfiguration"
    status = stream.config.at(path, "Status")
    if status == "ENABLED":
        return passed("Server-side encryption is on.", f"{path}.Status")
    if status is None:
        return failed("Server-side encryption was never turned on.", "DeliveryStreamType")
    return failed(f"Server-side encryption is {str(status).lower()}.", f"{path}.Status")


@check(
    resource_type=STREAM,
    title="Firehose stream logs failed deliveries",
    problem="Firehose stream does not log failed deliveries",
    severity=Severity.LOW,
    controls=("practices:activity",),
    remediation=Remediation(
        console="Amazon Data Firehose → {name} → Configuration → Destination settings → Edit → Amazon CloudWatch error "
        "logging → on.",
        terraform='resource "aws_kinesis_firehose_delivery_stream" "this" {\n  extended_s3_configuration {\n'
        "    cloudwatch_logging_options {\n      enabled         = true\n"
        '      log_group_name  = aws_cloudwatch_log_group.this.name\n      log_stream_name = "errors"\n    }\n  }\n}',
    ),
    examples=(
        passes({"Destinations": [{_S3: {"CloudWatchLoggingOptions": {"Enabled": True}}}]}),
        fails({"Destinations": [{_S3: {"CloudWatchLoggingOptions": {"Enabled": False}}}]}),
        fails({"Destinations": [{_S3: {"BucketARN": "arn:aws:s3:::logs"}}]}, "it was never turned on"),
        is_unknown({"Destinations": denied(DESCRIBE)}),
        does_not_apply({"Destinations": []}, "no destination yet"),
    ),
)
def firehose_delivery_stream_errors_logged(stream: Resource) -> Outcome:
    """A stream that cannot deliver drops its records after a day; without a log nobody knows what is missing."""
    destinations = list(_destinations(stream))
    if not destinations:
        return not_applicable("The stream has no destination yet.", "Destinations")
    for path, destination in destinations:
        if not destination.at("CloudWatchLoggingOptions", "Enabled"):
            return failed("Failed deliveries are not logged.", path)
    return passed("Failed deliveries are logged.", *(path for path, _ in destinations))


def _destinations(stream: Resource) -> Iterator[tuple[str, Any]]:
    for index, destination in enumerate(stream.config["Destinations"]):
        for name in destination:
            if name.endswith("DestinationDescription"):
                yield f"Destinations[{index}].{name}", destination[name]
