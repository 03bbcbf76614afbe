"""IAM's name for an operation, where it is not simply service and operation.

Source: AWS's Service Authorization Reference.
"""

from __future__ import annotations

PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "efs": "elasticfilesystem",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
}

ACTIONS = {
    "accessanalyzer:ListFindingsV2": "access-analyzer:ListFindings",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}


def iam_action(service: str, operation: str) -> str:
    """Return e.g. `s3:GetEncryptionConfiguration` for botocore's `s3` and `GetBucketEncryption`."""
    return ACTIONS.get(f"{service}:{operation}", f"{PREFIXES.get(service, service)}:{operation}")
