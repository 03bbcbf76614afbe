"""Buckets, databases, tables, file systems, secrets and keys."""

from __future__ import annotations

import json
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, removal, tags_of

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@kind("bucket", 16)
def make_bucket(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a bucket.

    `public` opens it to the world by policy and lifts its block, `tls_only` refuses plain HTTP, `encryption` is
    AES256 or aws:kms, `writer` is a service that may put objects, `lifecycle` is in days; `versioning`, `lock` and
    `acl` as their names say.
    """
    s3 = builder.client("s3", name.region)
    if not builder.recall(name):
        where = {} if name.region == "us-east-1" else {"LocationConstraint": name.region}
        extra = {"CreateBucketConfiguration": where} if where else {}
        s3.create_bucket(Bucket=name.name, ObjectLockEnabledForBucket=now.get("lock", False), **extra)
        builder.remember(name, bucket=name.name)
    for aspects, put in BUCKET_ASPECTS:
        if not before or any(now.get(a) != before.get(a) for a in aspects):
            put(s3, name, now)


def _put_tags(s3: Any, name: Name, now: dict[str, Any]) -> None:
    if tags := tags_of(now):
        s3.put_bucket_tagging(Bucket=name.name, Tagging={"TagSet": tags})


def _put_block(s3: Any, name: Name, now: dict[str, Any]) -> None:
    on = now.get("block", True) and not now.get("public")
    s3.put_public_access_block(Bucket=name.name, PublicAccessBlockConfiguration=dict.fromkeys(BLOCKS, on))


def _put_policy(s3: Any, name: Name, now: dict[str, Any]) -> None:
    arn = f"arn:aws:s3:::{name.name}"
    statements = []
    # Delivery comes first: moto stumbles over a principal "*" while it looks for it.
    if service := now.get("writer"):
        statements.append(_statement("Delivery", {"Service": service}, "s3:PutObject", f"{arn}/*"))
    if now.get("public"):
        statements.append(_statement("PartnerDownload", "*", "s3:GetObject", f"{arn}/*"))
    if now.get("tls_only", True):
        only = _statement("OnlyTls", "*", "s3:*", [arn, f"{arn}/*"])
        statements.append(only | {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    if statements:
        s3.put_bucket_policy(Bucket=name.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    else:
        s3.delete_bucket_policy(Bucket=name.name)


def _statement(sid: str, principal: Any, action: str, resource: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


def _put_encryption(s3: Any, name: Name, now: dict[str, Any]) -> None:
    rule: dict[str, Any] = {"SSEAlgorithm": now.get("encryption", "AES256")}
    if rule["SSEAlgorithm"] == "aws:kms":
        rule["KMSMasterKeyID"] = f"arn:aws:kms:{name.region}:{name.account}:alias/{now.get('key', 'data')}"
    rules = [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": rule["SSEAlgorithm"] == "aws:kms"}]
    s3.put_bucket_encryption(Bucket=name.name, ServerSideEncryptionConfiguration={"Rules": rules})


def _put_versioning(s3: Any, name: Name, now: dict[str, Any]) -> None:
    if now.get("versioning"):
        s3.put_bucket_versioning(Bucket=name.name, VersioningConfiguration={"Status": "Enabled"})


def _put_ownership(s3: Any, name: Name, now: dict[str, Any]) -> None:
    owner = "ObjectWriter" if now.get("acl") else "BucketOwnerEnforced"
    s3.put_bucket_ownership_controls(Bucket=name.name, OwnershipControls={"Rules": [{"ObjectOwnership": owner}]})


def _put_lifecycle(s3: Any, name: Name, now: dict[str, Any]) -> None:
    if days := now.get("lifecycle"):
        rule = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": days}}
        s3.put_bucket_lifecycle_configuration(Bucket=name.name, LifecycleConfiguration={"Rules": [rule]})


BUCKET_ASPECTS = (
    (("tags",), _put_tags),
    (("block", "public"), _put_block),
    (("public", "tls_only", "writer"), _put_policy),
    (("encryption", "key"), _put_encryption),
    (("versioning",), _put_versioning),
    (("acl",), _put_ownership),
    (("lifecycle",), _put_lifecycle),
)


@kind("bucket-logging", 18)
def make_bucket_logging(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Log access of bucket `name` to `target`, which S3's log delivery can write to."""
    s3 = builder.client("s3", name.region)
    where = {"TargetBucket": now["target"], "TargetPrefix": f"{name.name}/"}
    s3.put_bucket_logging(Bucket=name.name, BucketLoggingStatus={"LoggingEnabled": where})


@kind("account-block", 14)
def make_account_block(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Block public access to S3 for the whole account, or lift that."""
    control = builder.client("s3control", GLOBAL)
    if now["on"]:
        control.put_public_access_block(
            AccountId=name.account, PublicAccessBlockConfiguration=dict.fromkeys(BLOCKS, True)
        )
    elif before.get("on"):
        control.delete_public_access_block(AccountId=name.account)


@kind("key", 13)
def make_key(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a KMS key with an alias; `rotation` as its name says."""
    kms = builder.client("kms", name.region)
    if not builder.recall(name):
        tags = [{"TagKey": t["Key"], "TagValue": t["Value"]} for t in tags_of(now)]
        key = kms.create_key(Description=now.get("description", name.name), Tags=tags)["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=f"alias/{name.name}", TargetKeyId=key)
        builder.remember(name, key=key)
    key = builder.recall(name)["key"]
    if now.get("rotation", True) != before.get("rotation", False):
        (kms.enable_key_rotation if now.get("rotation", True) else kms.disable_key_rotation)(KeyId=key)


@kind("secret", 46)
def make_secret(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a secret, rotated every `rotation` days if that is not 0.

    An `unused` one was never read.
    """
    secrets = builder.client("secretsmanager", name.region)
    if not builder.recall(name):
        arn = secrets.create_secret(
            Name=name.name,
            Description=now.get("description", ""),
            SecretString=json.dumps({"username": "app", "password": "simulated"}),
            Tags=tags_of(now),
        )["ARN"]
        builder.remember(name, secret=arn)
    if now.get("unused"):
        unused = {name.name: True, **builder.on_shelf(name.account, name.region, "secretsmanager").get("unused", {})}
        builder.put(name.account, name.region, "secretsmanager", unused=unused)
    days = now.get("rotation", 0)
    if days and days != before.get("rotation", 0):
        secrets.rotate_secret(
            SecretId=builder.recall(name)["secret"],
            RotationRules={"AutomaticallyAfterDays": days},
            RotateImmediately=False,
        )


@removal("bucket")
def remove_bucket(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    builder.client("s3", name.region).delete_bucket(Bucket=name.name)
    builder.forget(name)
