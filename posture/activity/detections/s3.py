"""Buckets that are opened, emptied, or lose what protects them."""

from __future__ import annotations

from typing import Any

from posture.activity.detection import Needs, detection
from posture.activity.events import Event, pick
from posture.activity.policies import foreign_account
from posture.core.outcome import Severity

BUCKET = {"bucketName": "invoices"}
GROUPS = ("/AllUsers", "/AuthenticatedUsers")
DAYS_MAX = 7
"""Objects that go within so many days are hardly kept."""


def _list(value: Any) -> list[Any]:
    """Return a list, be it of one: XML does not say which."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = pick(value, key)
    return value


@detection(
    id="s3_bucket_acl_public",
    title="Bucket opened by its access control list",
    severity=Severity.CRITICAL,
    attack=("T1530", "T1537"),
    events=("s3:PutBucketAcl", "s3:CreateBucket"),
    fires=(
        {"event": "s3:PutBucketAcl", "requestParameters": {**BUCKET, "x-amz-acl": ["public-read"]}},
        {"event": "s3:PutBucketAcl", "requestParameters": {**BUCKET, "AccessControlPolicy": {"AccessControlList": {
            "Grant": {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"},
        }}}},
    ),
    quiet=(
        {"event": "s3:PutBucketAcl", "requestParameters": {**BUCKET, "x-amz-acl": ["private"]}},
        {"event": "s3:PutBucketAcl", "requestParameters": {**BUCKET, "AccessControlPolicy": {"AccessControlList": {
            "Grant": [{"Grantee": {"ID": "abc"}, "Permission": "READ"}],
        }}}},
    ),
)  # fmt: skip
def acl_public(event: Event) -> str | None:
    """Return a sentence for grants to everyone or to every AWS user."""
    canned = [str(one) for one in event.items("x-amz-acl")]
    grants = _list(event.get("requestParameters.AccessControlPolicy.AccessControlList.Grant"))
    uris = [str(_get(grant, "Grantee", "URI")) for grant in grants]
    is_public = any(one.startswith("public-") or one == "authenticated-read" for one in canned)
    is_public = is_public or any(uri.endswith(GROUPS) for uri in uris)
    return f"Opened bucket {event.parameter('bucketName')} to everyone." if is_public else None


@detection(
    id="s3_public_access_block_removed",
    title="Block of public access removed",
    severity=Severity.HIGH,
    attack=("T1562.001", "T1530"),
    events=(
        "s3:DeleteBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock",
        "s3:DeleteAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock",
    ),
    fires=(
        {"event": "s3:DeleteBucketPublicAccessBlock", "requestParameters": BUCKET},
        {"event": "s3:PutBucketPublicAccessBlock", "requestParameters": {
            **BUCKET, "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False, "BlockPublicAcls": True},
        }},
    ),
    quiet=(
        {"event": "s3:PutBucketPublicAccessBlock", "requestParameters": {
            **BUCKET, "PublicAccessBlockConfiguration": {"BlockPublicPolicy": True, "BlockPublicAcls": True},
        }},
    ),
)  # fmt: skip
def block_removed(event: Event) -> str | None:
    """Return a sentence where a part of the block is off."""
    settings = event.get("requestParameters.PublicAccessBlockConfiguration")
    values = settings.values() if isinstance(settings, dict) else ()
    is_off = event.name.startswith("Delete") or any(value is False or value == "false" for value in values)
    where = event.parameter("bucketName")
    return f"Public access of {f'bucket {where}' if where else 'the account'} is no longer blocked." if is_off else None


@detection(
    id="s3_bucket_versioning_suspended",
    title="Bucket versioning suspended",
    severity=Severity.MEDIUM,
    attack=("T1490",),
    events=("s3:PutBucketVersioning",),
    fires=({"event": "s3:PutBucketVersioning", "requestParameters": {
        **BUCKET, "VersioningConfiguration": {"Status": "Suspended"},
    }},),
    quiet=({"event": "s3:PutBucketVersioning", "requestParameters": {
        **BUCKET, "VersioningConfiguration": {"Status": "Enabled"},
    }},),
)  # fmt: skip
def versioning_suspended(event: Event) -> str | None:
    """Return a sentence where what is overwritten is gone."""
    status = event.parameter("VersioningConfiguration.Status")
    is_off = status not in {"Enabled", ""}
    return f"Suspended versioning of bucket {event.parameter('bucketName')}." if is_off else None


@detection(
    id="s3_bucket_logging_disabled",
    title="Server access logging of a bucket disabled",
    severity=Severity.MEDIUM,
    attack=("T1562.008",),
    events=("s3:PutBucketLogging",),
    fires=({"event": "s3:PutBucketLogging", "requestParameters": {**BUCKET, "BucketLoggingStatus": {"xmlns": "x"}}},),
    quiet=(
        {"event": "s3:PutBucketLogging", "requestParameters": {
            **BUCKET, "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs"}},
        }},
        {"event": "s3:PutBucketLogging", "requestParameters": BUCKET},
    ),
)  # fmt: skip
def logging_disabled(event: Event) -> str | None:
    """Return a sentence where the request names no target of logs."""
    status = event.get("requestParameters.BucketLoggingStatus")
    is_off = isinstance(status, dict) and not pick(status, "LoggingEnabled")
    return f"Disabled access logging of bucket {event.parameter('bucketName')}." if is_off else None


@detection(
    id="s3_bucket_objects_expire_soon",
    title="Bucket set to delete objects within days",
    severity=Severity.MEDIUM,
    attack=("T1485.001", "T1562.008"),
    events=("s3:PutBucketLifecycle", "s3:PutBucketLifecycleConfiguration"),
    fires=({"event": "s3:PutBucketLifecycle", "requestParameters": {
        **BUCKET, "LifecycleConfiguration": {"Rule": {"Status": "Enabled", "Expiration": {"Days": 1}}},
    }},),
    quiet=(
        {"event": "s3:PutBucketLifecycle", "requestParameters": {
            **BUCKET, "LifecycleConfiguration": {"Rule": [{"Status": "Enabled", "Expiration": {"Days": 365}}]},
        }},
        {"event": "s3:PutBucketLifecycle", "requestParameters": {
            **BUCKET, "LifecycleConfiguration": {"Rule": {"Status": "Disabled", "Expiration": {"Days": 1}}},
        }},
    ),
)  # fmt: skip
def objects_expire(event: Event) -> str | None:
    """Return a sentence where a rule in force deletes within a week."""
    rules = _list(event.get("requestParameters.LifecycleConfiguration.Rule"))
    days = [_get(rule, "Expiration", "Days") for rule in rules if pick(rule, "Status") == "Enabled"]
    soon = [int(one) for one in days if str(one).isdecimal() and int(one) <= DAYS_MAX]
    return f"Bucket {event.parameter('bucketName')} deletes objects after {min(soon)} days." if soon else None


@detection(
    id="s3_bucket_replicated_to_other_account",
    title="Bucket replicated to another account",
    severity=Severity.HIGH,
    attack=("T1537",),
    events=("s3:PutBucketReplication",),
    fires=({"event": "s3:PutBucketReplication", "requestParameters": {
        **BUCKET, "ReplicationConfiguration": {"Rule": {"Destination": {"Account": "999999999999"}}},
    }},),
    quiet=({"event": "s3:PutBucketReplication", "requestParameters": {
        **BUCKET, "ReplicationConfiguration": {"Rule": [{"Destination": {"Bucket": "arn:aws:s3:::copy"}}]},
    }},),
)  # fmt: skip
def replicated(event: Event) -> str | None:
    """Return a sentence for destinations whose account is named as another."""
    rules = _list(event.get("requestParameters.ReplicationConfiguration.Rule"))
    accounts = [foreign_account(event, str(_get(rule, "Destination", "Account"))) for rule in rules]
    found = ", ".join(sorted({one for one in accounts if one}))
    return f"Bucket {event.parameter('bucketName')} is copied to account {found}." if found else None


@detection(
    id="s3_bucket_replication_deleted",
    title="Bucket replication removed",
    severity=Severity.MEDIUM,
    attack=("T1490",),
    events=("s3:DeleteBucketReplication",),
    fires=({"event": "s3:DeleteBucketReplication", "requestParameters": BUCKET},),
    quiet=({"event": "s3:PutBucketReplication", "requestParameters": BUCKET},),
)
def replication_deleted(event: Event) -> str | None:
    """Return a sentence for each bucket that is copied no more."""
    return f"Bucket {event.parameter('bucketName')} is no longer replicated."


@detection(
    id="s3_bucket_encrypted_by_foreign_key",
    title="Bucket encrypted by another account's key",
    severity=Severity.HIGH,
    attack=("T1486",),
    events=("s3:PutBucketEncryption",),
    fires=({"event": "s3:PutBucketEncryption", "requestParameters": {
        **BUCKET, "ServerSideEncryptionConfiguration": {"Rule": {"ApplyServerSideEncryptionByDefault": {
            "KMSMasterKeyID": "arn:aws:kms:eu-central-1:999999999999:key/1",
        }}},
    }},),
    quiet=({"event": "s3:PutBucketEncryption", "requestParameters": {
        **BUCKET, "ServerSideEncryptionConfiguration": {"Rule": {"ApplyServerSideEncryptionByDefault": {
            "KMSMasterKeyID": "arn:aws:kms:eu-central-1:111111111111:key/1",
        }}},
    }},),
)  # fmt: skip
def foreign_key(event: Event) -> str | None:
    """Return a sentence where another account could lock the objects."""
    rules = _list(event.get("requestParameters.ServerSideEncryptionConfiguration.Rule"))
    keys = [str(_get(rule, "ApplyServerSideEncryptionByDefault", "KMSMasterKeyID")) for rule in rules]
    found = next((account for key in keys if (account := foreign_account(event, key))), "")
    return f"Bucket {event.parameter('bucketName')} is encrypted by a key of account {found}." if found else None


@detection(
    id="s3_object_encrypted_by_foreign_key",
    title="Object encrypted by another account's key",
    severity=Severity.HIGH,
    attack=("T1486",),
    events=("s3:CopyObject", "s3:PutObject"),
    needs=Needs.DATA,
    fires=({"event": "s3:CopyObject", "eventCategory": "Data", "requestParameters": {
        **BUCKET, "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:999999999999:key/1",
    }},),
    quiet=({"event": "s3:CopyObject", "eventCategory": "Data", "requestParameters": {
        **BUCKET, "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:111111111111:key/1",
    }},),
)  # fmt: skip
def object_foreign_key(event: Event) -> str | None:
    """Return a sentence where another account could lock an object."""
    account = foreign_account(event, event.parameter("x-amz-server-side-encryption-aws-kms-key-id"))
    return f"{event.parameter('bucketName')} has an object by a key of account {account}." if account else None


@detection(
    id="s3_object_copied_with_customer_key",
    title="Object copied under a key that AWS does not keep",
    severity=Severity.HIGH,
    attack=("T1486",),
    events=("s3:CopyObject",),
    needs=Needs.DATA,
    fires=({"event": "s3:CopyObject", "eventCategory": "Data", "requestParameters": {
        **BUCKET, "x-amz-server-side-encryption-customer-algorithm": "AES256",
    }},),
    quiet=({"event": "s3:CopyObject", "eventCategory": "Data", "requestParameters": BUCKET},),
)  # fmt: skip
def customer_key(event: Event) -> str | None:
    """Return a sentence for SSE-C, by which ransomware locks objects in their bucket."""
    is_customer = event.parameter("x-amz-server-side-encryption-customer-algorithm")
    return f"Copied {event.parameter('bucketName')}/{event.parameter('key')} with SSE-C." if is_customer else None
