"""Judges SQS queues: who may use them, and how their messages are kept."""

from __future__ import annotations

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource
from posture.core.values import any_of

QUEUE = "AWS::SQS::Queue"
GET = "sqs:GetQueueAttributes"


@check(
    resource_type=QUEUE,
    title="SQS queue is encrypted",
    problem="SQS queue is not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:SQS.1"),
    aliases=("securityhub:SQS.1", "prowler:sqs_queues_server_side_encryption_enabled"),
    remediation=Remediation(
        console="SQS → Queues → {name} → Edit → Encryption: server-side, with SQS's own key or one of KMS.",
        cli="aws sqs set-queue-attributes --region {region} --queue-url <url> --attributes SqsManagedSseEnabled=true",
    ),
    examples=(
        passes({"SqsManagedSseEnabled": "true", "KmsMasterKeyId": None}),
        passes({"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/aws/sqs"}),
        fails({"SqsManagedSseEnabled": "false", "KmsMasterKeyId": None}),
        is_unknown({"SqsManagedSseEnabled": denied(GET), "KmsMasterKeyId": denied(GET)}),
    ),
)
def sqs_queue_encrypted(queue: Resource) -> Outcome:
    """Messages wait for up to two weeks, often with the whole order or the whole patient in them."""
    if any_of(lambda: queue.config["KmsMasterKeyId"]):
        return passed("It is encrypted with a KMS key.", "KmsMasterKeyId")
    if queue.config["SqsManagedSseEnabled"] == "true":
        return passed("It is encrypted with SQS's own key.", "SqsManagedSseEnabled")
    return failed("Messages are kept unencrypted.", "SqsManagedSseEnabled", "KmsMasterKeyId")


@check(
    resource_type=QUEUE,
    title="SQS queue's policy lets in nobody unknown",
    problem="SQS queue's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21", "aws_fsbp:SQS.3"),
    aliases=("securityhub:SQS.3", "prowler:sqs_queues_not_publicly_accessible"),
    remediation=Remediation(
        console="SQS → Queues → {name} → Access policy → Edit: name the accounts or services that send and receive.",
        cli="aws sqs set-queue-attributes --region {region} --queue-url <url> --attributes file://policy.json",
    ),
    examples=policy_examples("Policy", GET),
    version=2,
)
def sqs_queue_policy_not_public(queue: Resource) -> Outcome:
    """Anyone could read and delete what waits in it, or put in what your workers then do."""
    return judge_policy_not_public(queue, "Policy")
