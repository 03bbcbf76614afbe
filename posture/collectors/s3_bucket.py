"""S3 general purpose buckets, each asked in its own region. Objects are never listed or read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Relation, Scope, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::S3::Bucket",
    title="S3 bucket",
    plural="S3 buckets",
    service="s3",
    scope=Scope.GLOBAL,
    actions=(
        "s3:ListAllMyBuckets",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketAcl",
        "s3:GetBucketOwnershipControls",
        "s3:GetEncryptionConfiguration",
        "s3:GetBucketVersioning",
        "s3:GetBucketLogging",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketTagging",
    ),
    columns=(
        Column("PolicyStatus.IsPublic", "Public policy"),
        Column("ServerSideEncryptionConfiguration.Rules.ApplyServerSideEncryptionByDefault.SSEAlgorithm", "Encryption"),
        Column("Versioning.Status", "Versioning"),
        Column("LoggingEnabled.TargetBucket", "Access logs to"),
        Column("CreationDate", "Created"),
    ),
    relations=(
        Relation(
            "ServerSideEncryptionConfiguration.Rules.ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
            "AWS::KMS::Key",
        ),
        Relation("LoggingEnabled.TargetBucket", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),
        Relation("ReplicationConfiguration.Rules.Destination.Bucket", "AWS::S3::Bucket"),
    ),
    ignored=("Acl.Owner.DisplayName", "Acl.Grants.Grantee.DisplayName"),
    unordered=("Acl.Grants", "LifecycleConfiguration.Rules", "ReplicationConfiguration.Rules"),
    data_store=True,
)
def buckets(ask: Ask) -> Iterator[Resource]:
    """Buckets hold most of what leaks from AWS: who may reach them, and how they are protected."""
    yield from ask.each(partial(_bucket, ask), ask.pages("s3", "list_buckets", "Buckets", MaxBuckets=1000))


def _bucket(ask: Ask, listed: Mapping[str, Any]) -> Resource:
    name = listed["Name"]
    region = listed.get("BucketRegion") or _location(ask, name)
    place = region if isinstance(region, str) else ask.region
    return ask.resource(
        {**listed, "BucketRegion": region, **_details(ask, name, place)},
        arn=ask.arn("s3", name, region="", account_id=""),
        name=name,
        region=place,
        tags=ask.field("s3", "get_bucket_tagging", "TagSet", absent=("NoSuchTagSet",), region=place, Bucket=name),
    )


def _location(ask: Ask, name: str) -> str | Unknown:
    """Return the region of a bucket for which the listing gave none, in GetBucketLocation's old names."""
    answer = ask.call("s3", "get_bucket_location", Bucket=name)
    if isinstance(answer, Unknown):
        return answer
    location = (answer or {}).get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if location == "EU" else str(location)


def _details(ask: Ask, name: str, region: str) -> dict[str, Any]:
    get = partial(ask.field, "s3", region=region, Bucket=name)
    policy = get("get_bucket_policy", "Policy", absent=("NoSuchBucketPolicy",))
    return {
        "Policy": document(policy, "s3:GetBucketPolicy"),
        "PolicyStatus": get("get_bucket_policy_status", "PolicyStatus", absent=("NoSuchBucketPolicy",)),
        "PublicAccessBlockConfiguration": get(
            "get_public_access_block",
            "PublicAccessBlockConfiguration",
            absent=("NoSuchPublicAccessBlockConfiguration",),
        ),
        "Acl": ask.call("s3", "get_bucket_acl", region=region, Bucket=name),
        "OwnershipControls": get(
            "get_bucket_ownership_controls", "OwnershipControls", absent=("OwnershipControlsNotFoundError",)
        ),
        "ServerSideEncryptionConfiguration": get(
            "get_bucket_encryption",
            "ServerSideEncryptionConfiguration",
            absent=("ServerSideEncryptionConfigurationNotFoundError",),
        ),
        "Versioning": ask.call("s3", "get_bucket_versioning", region=region, Bucket=name),
        "LoggingEnabled": get("get_bucket_logging", "LoggingEnabled"),
        "LifecycleConfiguration": ask.call(
            "s3",
            "get_bucket_lifecycle_configuration",
            absent=("NoSuchLifecycleConfiguration",),
            region=region,
            Bucket=name,
        ),
        "ReplicationConfiguration": get(
            "get_bucket_replication",
            "ReplicationConfiguration",
            absent=("ReplicationConfigurationNotFoundError",),
        ),
        "ObjectLockConfiguration": get(
            "get_object_lock_configuration",
            "ObjectLockConfiguration",
            absent=("ObjectLockConfigurationNotFoundError",),
        ),
    }
