"""S3 general purpose buckets, each asked in its region; objects are never read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::S3::Bucket",
    title="S3 bucket",
    plural="S3 buckets",
    service="s3",
    family=Family.STORAGE,
    arn_names=("s3:",),
    scope=ListingScope.GLOBAL,
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
    details = ask.together(_questions(ask, name, place))
    tags = details.pop("Tags")
    return ask.resource(
        {
            **listed,
            "BucketRegion": region,
            **details,
            "Policy": document(details["Policy"], "s3:GetBucketPolicy"),
        },
        arn=ask.arn("s3", name, region="", account_id=""),
        name=name,
        region=place,
        tags=tags,
    )


def _location(ask: Ask, name: str) -> str | Unknown:
    """Return the region of a bucket without one in the listing, from old names too."""
    answer = ask.call("s3", "get_bucket_location", Bucket=name)
    if isinstance(answer, Unknown):
        return answer
    location = (answer or {}).get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if location == "EU" else str(location)


def _questions(ask: Ask, name: str, region: str) -> dict[str, Callable[[], Any]]:
    """Return what is asked about a bucket, which S3 answers one by one."""
    call = partial(partial, ask.call, "s3", region=region, Bucket=name)
    get = partial(partial, ask.field, "s3", region=region, Bucket=name)
    return {
        "Policy": get(operation="get_bucket_policy", key="Policy", absent=("NoSuchBucketPolicy",)),
        "PolicyStatus": get(operation="get_bucket_policy_status", key="PolicyStatus", absent=("NoSuchBucketPolicy",)),
        "PublicAccessBlockConfiguration": get(
            operation="get_public_access_block",
            key="PublicAccessBlockConfiguration",
            absent=("NoSuchPublicAccessBlockConfiguration",),
        ),
        "Acl": call(operation="get_bucket_acl"),
        "OwnershipControls": get(
            operation="get_bucket_ownership_controls",
            key="OwnershipControls",
            absent=("OwnershipControlsNotFoundError",),
        ),
        "ServerSideEncryptionConfiguration": get(
            operation="get_bucket_encryption",
            key="ServerSideEncryptionConfiguration",
            absent=("ServerSideEncryptionConfigurationNotFoundError",),
        ),
        "Versioning": call(operation="get_bucket_versioning"),
        "LoggingEnabled": get(operation="get_bucket_logging", key="LoggingEnabled"),
        "LifecycleConfiguration": call(
            operation="get_bucket_lifecycle_configuration", absent=("NoSuchLifecycleConfiguration",)
        ),
        "ReplicationConfiguration": get(
            operation="get_bucket_replication",
            key="ReplicationConfiguration",
            absent=("ReplicationConfigurationNotFoundError",),
        ),
        "ObjectLockConfiguration": get(
            operation="get_object_lock_configuration",
            key="ObjectLockConfiguration",
            absent=("ObjectLockConfigurationNotFoundError",),
        ),
        "Tags": get(operation="get_bucket_tagging", key="TagSet", absent=("NoSuchTagSet",)),
    }
