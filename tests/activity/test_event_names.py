"""Names of events are operations that AWS has: a misspelt one would never fire."""

from __future__ import annotations

import botocore.session

from posture.activity.detection import all_detections

SERVICES = {
    "access-analyzer": "accessanalyzer",
    "elasticfilesystem": "efs",
    "monitoring": "cloudwatch",
    "ses": "ses sesv2",
    "es": "es opensearch",
}
"""botocore's names where CloudTrail's differ."""
NO_OPERATIONS = {
    "signin:ConsoleLogin": "a sign-in",
    "s3:DeleteAccountPublicAccessBlock": "DeletePublicAccessBlock of s3control",
    "s3:DeleteBucketPublicAccessBlock": "DeletePublicAccessBlock",
    "s3:PutAccountPublicAccessBlock": "PutPublicAccessBlock of s3control",
    "s3:PutBucketPublicAccessBlock": "PutPublicAccessBlock",
}


def test_detections_name_operations_of_botocore() -> None:
    session = botocore.session.Session()
    names = {name for one in all_detections().values() for name in one.events} - NO_OPERATIONS.keys()
    by_source: dict[str, set[str]] = {}
    for name in names:
        source, _, operation = name.partition(":")
        by_source.setdefault(source, set()).add(operation)
    missing = {}
    for source, operations in by_source.items():
        models = [session.get_service_model(one) for one in SERVICES.get(source, source).split()]
        known = {operation for model in models for operation in model.operation_names}
        # CloudTrail's names of Lambda and CloudFront end in the API's version.
        missing[source] = operations - known
    assert {source: found for source, found in missing.items() if found} == {}
