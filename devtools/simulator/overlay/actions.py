"""IAM's name for an operation, where it is not simply service and operation.

Source: AWS's Service Authorization Reference. Kept apart from the engine's own map, so that each holds
the other to account: a role that holds what one of them declares is asked by the other.
"""

from __future__ import annotations

PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tag",
    "sso-admin": "sso",
    "s3control": "s3",
    "stepfunctions": "states",
}

BY_VERB = frozenset({"apigateway", "apigatewayv2"})
"""Services whose actions are HTTP verbs."""

ACTIONS = {
    "accessanalyzer:GetFindingV2": "access-analyzer:GetFinding",
    "accessanalyzer:ListFindingsV2": "access-analyzer:ListFindings",
    "detective:ListOrganizationAdminAccounts": "detective:ListOrganizationAdminAccount",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "securityhub:GetFindingsV2": "securityhub:GetFindings",
}


def iam_action(service: str, operation: str) -> str:
    """Return an operation's IAM action.

    `s3:GetEncryptionConfiguration` for botocore's `s3` and `GetBucketEncryption`.
    """
    if service in BY_VERB and operation.startswith("Get"):
        return "apigateway:GET"
    return ACTIONS.get(f"{service}:{operation}", f"{PREFIXES.get(service, service)}:{operation}")
