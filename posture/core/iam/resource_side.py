"""What a stored resource says of access to it: its policy, ACL and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from posture.core.arn import Arn
from posture.core.iam.documents import PolicyInput
from posture.core.iam.inventory import ROLE, TRUST, compiled, not_read
from posture.core.iam.kms_grants import KmsGrants
from posture.core.iam.logic import Truth, any_of
from posture.core.iam.request import RequestTarget
from posture.core.iam.s3_access import S3Access
from posture.core.resource import Resource
from posture.core.values import Unknown

BUCKET, KEY = "AWS::S3::Bucket", "AWS::KMS::Key"
ACCOUNT_BLOCK = "AWS::S3::AccountPublicAccessBlock"
_BLOCK = "PublicAccessBlockConfiguration"
POLICY_KEYS = {
    **dict.fromkeys(
        (
            "AWS::Backup::BackupVault",
            "AWS::ECR::Repository",
            "AWS::EFS::FileSystem",
            "AWS::Events::EventBus",
            "AWS::Kinesis::Stream",
            "AWS::Lambda::Function",
            BUCKET,
            "AWS::S3::AccessPoint",
            "AWS::SNS::Topic",
            "AWS::SQS::Queue",
        ),
        "Policy",
    ),
    "AWS::DynamoDB::Table": "ResourcePolicy",
    ROLE: TRUST,
    KEY: "KeyPolicy",
    "AWS::OpenSearchService::Domain": "AccessPolicies",
    "AWS::SecretsManager::Secret": "ResourcePolicy",
}
"""Where the configuration of a type has the resource's policy."""
_WITH_POLICIES = frozenset(
    {
        "acm-pca",
        "backup",
        "codeartifact",
        "codebuild",
        "dynamodb",
        "ecr",
        "elasticfilesystem",
        "es",
        "events",
        "execute-api",
        "glue",
        "kafka",
        "kinesis",
        "kms",
        "lambda",
        "logs",
        "mediastore",
        "redshift-serverless",
        "s3",
        "schemas",
        "secretsmanager",
        "serverlessrepo",
        "ses",
        "sns",
        "sqs",
        "vpc-lattice",
    }
)
"""Services whose resources may have policies: of a type that is not listed, the policy was not read."""


@dataclass(frozen=True, slots=True)
class ResourceSide:
    """All that a resource says of access to it."""

    target: RequestTarget
    policy: PolicyInput | None
    s3: S3Access
    kms_grants: KmsGrants = ()


def resource_side(
    resource: Resource, arn: str, around: Iterable[Resource], *, is_management: bool | None
) -> ResourceSide:
    """Return what a resource says of access to it, or to a part of it by its ARN."""
    manager = _at(resource.raw_config.get("KeyMetadata"), "KeyManager")
    target = RequestTarget(arn, resource.account_id, is_management, is_aws_managed_key=manager == "AWS")
    grants = not_read("kms:ListGrants") if resource.type == KEY else ()
    return ResourceSide(target, _policy(resource), _s3(resource, list(around)), grants)


def _policy(resource: Resource) -> PolicyInput | None:
    key = POLICY_KEYS.get(resource.type)
    if key is None:
        return not_read("the resource's policy") if Arn.parse(resource.arn).service in _WITH_POLICIES else None
    found = resource.raw_config.get(key, not_read("the resource's policy"))
    return None if found is None else compiled(found, "the resource's policy")


def _s3(bucket: Resource, around: list[Resource]) -> S3Access:
    if bucket.type != BUCKET:
        return S3Access()
    acl = bucket.raw_config.get("Acl", not_read("s3:GetBucketAcl"))
    grants = acl if isinstance(acl, Unknown) else _at(acl, "Grants")
    owner = _at(_at(acl, "Owner"), "ID")
    blocks = [bucket.raw_config.get(_BLOCK, not_read("s3:GetBucketPublicAccessBlock"))]
    account_blocks = [one.raw_config.get(_BLOCK) for one in around if one.type == ACCOUNT_BLOCK]
    blocks += account_blocks or [not_read("s3:GetAccountPublicAccessBlock")]
    return S3Access(
        grants if isinstance(grants, Unknown) else tuple(grants or ()),
        owner if isinstance(owner, str) else "",
        _acls_disabled(bucket.raw_config.get("OwnershipControls", not_read("s3:GetBucketOwnershipControls"))),
        any_of(_setting(block, "IgnorePublicAcls") for block in blocks),
        any_of(_setting(block, "RestrictPublicBuckets") for block in blocks),
    )


def _setting(block: Any, name: str) -> Truth:
    value = _at(block, name)
    return None if isinstance(value, Unknown) else value is True


def _acls_disabled(controls: Any) -> Truth:
    rules = _at(controls, "Rules")
    if isinstance(rules, Unknown):
        return None
    return any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules or ())


def _at(value: Any, key: str) -> Any:
    """Return a field of what may be unknown or absent."""
    return value if isinstance(value, Unknown) or not isinstance(value, Mapping) else value.get(key)
