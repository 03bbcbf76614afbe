"""Policies of resources that let in everyone or other accounts."""

from __future__ import annotations

from posture.activity.detection import detection
from posture.activity.events import Event
from posture.activity.policies import allows_everyone, foreign
from posture.core.outcome import Severity

PATHS = {
    "s3:PutBucketPolicy": "bucketPolicy",
    "ecr:SetRepositoryPolicy": "policyText",
    "sqs:SetQueueAttributes": "attributes.Policy",
    "sqs:CreateQueue": "attributes.Policy",
    "sns:SetTopicAttributes": "attributeValue",
    "secretsmanager:PutResourcePolicy": "resourcePolicy",
    "kms:PutKeyPolicy": "policy",
    "kms:CreateKey": "policy",
    "es:CreateElasticsearchDomain": "accessPolicies",
    "es:CreateDomain": "accessPolicies",
    "es:UpdateDomainConfig": "accessPolicies",
    "backup:PutBackupVaultAccessPolicy": "policy",
    "dynamodb:PutResourcePolicy": "policy",
    "elasticfilesystem:PutFileSystemPolicy": "policy",
    "glacier:SetVaultAccessPolicy": "policy.policy",
    "events:PutPermission": "policy",
    "codeartifact:PutRepositoryPermissionsPolicy": "policyDocument",
}
"""Where each event has the policy."""


def _policy(principal: str, condition: str = "") -> str:
    extra = f', "Condition": {condition}' if condition else ""
    return f'{{"Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"{extra}}}]}}'


EVERYONE = _policy('"*"')
NARROWED = _policy('"*"', '{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}')
FOREIGN = _policy('{"AWS": "arn:aws:iam::999999999999:root"}')
OWN = _policy('{"AWS": "arn:aws:iam::111111111111:root"}')


def _path(event: Event) -> str:
    """Return where the policy is; empty for another attribute of a topic."""
    is_other = event.key == "sns:SetTopicAttributes" and event.parameter("attributeName") != "Policy"
    return "" if is_other else PATHS[event.key]


def _resource(event: Event) -> str:
    keys = ("bucketName", "repositoryName", "queueUrl", "topicArn", "secretId", "keyId", "domainName", "resourceArn")
    return next((event.parameter(key) for key in keys if event.parameter(key)), "a resource")


@detection(
    id="resource_policy_public",
    title="Resource opened to everyone",
    severity=Severity.CRITICAL,
    attack=("T1537", "T1530"),
    events=tuple(PATHS),
    fires=(
        {"event": "s3:PutBucketPolicy", "requestParameters": {"bucketName": "invoices", "bucketPolicy": EVERYONE}},
        {"event": "ecr:SetRepositoryPolicy", "requestParameters": {"repositoryName": "web", "policyText": EVERYONE}},
        {"event": "sqs:SetQueueAttributes", "requestParameters": {"attributes": {"Policy": EVERYONE}}},
        {"event": "sns:SetTopicAttributes", "requestParameters": {
            "topicArn": "arn:aws:sns:eu-central-1:111111111111:news", "attributeName": "Policy",
            "attributeValue": EVERYONE,
        }},
    ),
    quiet=(
        {"event": "s3:PutBucketPolicy", "requestParameters": {"bucketName": "invoices", "bucketPolicy": NARROWED}},
        {"event": "s3:PutBucketPolicy", "requestParameters": {"bucketName": "invoices", "bucketPolicy": FOREIGN}},
        {"event": "sns:SetTopicAttributes", "requestParameters": {
            "attributeName": "DisplayName", "attributeValue": "news",
        }},
        {"event": "s3:PutBucketPolicy", "requestParameters": None},
    ),
)  # fmt: skip
def policy_public(event: Event) -> str | None:
    """Return a sentence where everyone is let in without a condition."""
    path = _path(event)
    return f"Opened {_resource(event)} to everyone." if path and allows_everyone(event, path) else None


@detection(
    id="resource_policy_other_account",
    title="Resource shared with another account",
    severity=Severity.MEDIUM,
    attack=("T1537",),
    events=tuple(PATHS),
    fires=(
        {"event": "s3:PutBucketPolicy", "requestParameters": {"bucketName": "invoices", "bucketPolicy": FOREIGN}},
        {"event": "kms:PutKeyPolicy", "requestParameters": {"keyId": "1", "policy": FOREIGN}},
    ),
    quiet=(
        {"event": "kms:PutKeyPolicy", "requestParameters": {"keyId": "1", "policy": OWN}},
        {"event": "s3:PutBucketPolicy", "requestParameters": {"bucketName": "invoices", "bucketPolicy": EVERYONE}},
        {"event": "s3:PutBucketPolicy", "requestParameters": {"bucketName": "invoices", "bucketPolicy": NARROWED}},
    ),
)
def policy_foreign(event: Event) -> str | None:
    """Return a sentence for other accounts; everyone is another detection's matter."""
    path = _path(event)
    strangers = foreign(event, path) if path and not allows_everyone(event, path) else ""
    return f"Shared {_resource(event)} with {strangers}." if strangers else None
