"""Judges SNS topics: who may use them, and how their messages are kept and sent."""

from __future__ import annotations

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

TOPIC = "AWS::SNS::Topic"
GET = "sns:GetTopicAttributes"
_PLAIN = {"Protocol": "http", "Endpoint": "http://hooks.example.com/"}
_SECURE = {"Protocol": "https", "Endpoint": "https://hooks.example.com/"}


@check(
    resource_type=TOPIC,
    title="SNS topic is encrypted with KMS",
    problem="SNS topic is not encrypted with KMS",
    severity=Severity.LOW,
    controls=("practices:encryption", "aws_fsbp:SNS.1"),
    aliases=("securityhub:SNS.1", "prowler:sns_topics_kms_encryption_at_rest_enabled"),
    remediation=Remediation(
        console="SNS → Topics → {name} → Edit → Encryption: a key whose policy lets the publishing services use it.",
        cli="aws sns set-topic-attributes --region {region} --topic-arn {arn} --attribute-name KmsMasterKeyId "
        "--attribute-value alias/aws/sns",
    ),
    examples=(
        passes({"KmsMasterKeyId": "alias/aws/sns"}),
        fails({"KmsMasterKeyId": None}),
        is_unknown({"KmsMasterKeyId": denied(GET)}),
    ),
)
def sns_topic_encrypted(topic: Resource) -> Outcome:
    """What is published waits in SNS until it is delivered; the key decides who could read it there."""
    key = topic.config["KmsMasterKeyId"]
    return (
        passed(f"It is encrypted with {key}.", "KmsMasterKeyId") if key else failed("It has no key.", "KmsMasterKeyId")
    )


@check(
    resource_type=TOPIC,
    title="SNS topic's policy lets in nobody unknown",
    problem="SNS topic's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21", "aws_fsbp:SNS.4"),
    aliases=("securityhub:SNS.4", "prowler:sns_topics_not_publicly_accessible"),
    remediation=Remediation(
        console="SNS → Topics → {name} → Edit → Access policy: name those who publish and subscribe.",
        cli="aws sns set-topic-attributes --region {region} --topic-arn {arn} --attribute-name Policy "
        "--attribute-value file://policy.json",
    ),
    examples=policy_examples("Policy", GET),
    version=2,
)
def sns_topic_policy_not_public(topic: Resource) -> Outcome:
    """Anyone could subscribe and read along, or publish what your functions then take for your own messages."""
    return judge_policy_not_public(topic, "Policy")


@check(
    resource_type=TOPIC,
    title="SNS topic sends by HTTPS alone",
    problem="SNS topic sends by plain HTTP",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    aliases=("prowler:sns_subscription_not_using_http_endpoints",),
    remediation=Remediation(
        console="SNS → Subscriptions: subscribe the same address with HTTPS, then delete the one with HTTP.",
        cli="aws sns unsubscribe --region {region} --subscription-arn <arn>",
    ),
    examples=(
        passes({"Subscriptions": [_SECURE]}),
        fails({"Subscriptions": [_SECURE, _PLAIN]}),
        is_unknown({"Subscriptions": denied("sns:ListSubscriptions")}),
        does_not_apply({"Subscriptions": []}, "no subscription"),
    ),
)
def sns_topic_sends_by_https(topic: Resource) -> Outcome:
    """Whoever is on the way reads the messages, and may send the receiver others that look the same."""
    subscriptions = topic.config["Subscriptions"]
    if not subscriptions:
        return not_applicable("Nobody has subscribed.", "Subscriptions")
    for index, each in enumerate(subscriptions):
        if each["Protocol"] == "http":
            return failed("A subscription takes messages by plain HTTP.", f"Subscriptions[{index}].Protocol")
    return passed("No subscription takes messages by plain HTTP.", "Subscriptions")
