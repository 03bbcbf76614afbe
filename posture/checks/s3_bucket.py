"""Judges how an S3 bucket protects what it holds.

Who may reach it is judged in `s3_bucket_access`, what survives a mistake in `s3_bucket_retention`.
"""

from __future__ import annotations

from functools import partial

from posture.checks.stores import SENSITIVE, classification_known, classified, sensitive
from posture.core.check import (
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    neighbour,
    passes,
)
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.policy import parse
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import any_of

BUCKET = "AWS::S3::Bucket"
_ENCRYPTION = "ServerSideEncryptionConfiguration"
_LOG_TARGET = {"Statement": [{"Effect": "Allow", "Principal": {"Service": ["logging.s3.amazonaws.com"]}}]}


def _encrypted(algorithm: str, key: str | None = None) -> dict[str, object]:
    """Return a bucket's configuration with a default encryption, for examples."""
    default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
    return {_ENCRYPTION: {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}}


def _tls_only(resources: list[str], action: str = "s3:*") -> dict[str, object]:
    """Return a bucket whose policy denies plain HTTP on resources, for examples."""
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": ["*"]},
        "Action": [action],
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
    }
    return {"Policy": {"Version": "2012-10-17", "Statement": [deny]}}


@check(
    resource_type=BUCKET,
    title="S3 bucket denies requests over plain HTTP",
    problem="S3 bucket accepts requests over plain HTTP",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "cis_aws_7:3.1.1", "aws_fsbp:S3.5"),
    aliases=("prowler:s3_bucket_secure_transport_policy", "securityhub:S3.5"),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → Bucket policy → Edit: add a statement that denies s3:* to everyone "
        "on the "
        "bucket and its objects where aws:SecureTransport is false.",
        cli="aws s3api put-bucket-policy --bucket {name} --policy file://tls-only.json",
        terraform='data "aws_iam_policy_document" "tls_only" {\n  statement {\n    effect    = "Deny"\n'
        '    actions   = ["s3:*"]\n    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]\n'
        '    principals {\n      type        = "*"\n      identifiers = ["*"]\n    }\n    condition {\n'
        '      test     = "Bool"\n      variable = "aws:SecureTransport"\n      values   = ["false"]\n    }\n  }\n}',
    ),
    examples=(
        passes(_tls_only(["arn:aws:s3:::example", "arn:aws:s3:::example/*"])),
        passes(_tls_only(["*"])),
        fails(_tls_only(["arn:aws:s3:::example"]), "objects are left out"),
        fails(_tls_only(["*"], action="s3:PutObject"), "reading is left out"),
        fails({"Policy": None}, "no policy"),
        is_unknown({"Policy": denied("s3:GetBucketPolicy")}),
    ),
)
def s3_bucket_insecure_transport_denied(bucket: Resource) -> Outcome:
    """Amazon S3 still answers plain HTTP, so a misconfigured client sends data and signatures in the clear.

    Only a Deny in the bucket's policy makes that impossible; it costs nothing.
    """
    arn = f"arn:{bucket.arn.split(':')[1]}:s3:::{bucket.name}"
    wanted = (arn, f"{arn}/*")
    closed = parse(bucket.config["Policy"] or {}).denies_plain_http(wanted)
    if len(closed) == len(wanted):
        return passed("The policy denies every request that does not use TLS.", "Policy")
    if not bucket.config.get("Policy"):
        return failed("The bucket has no policy, so plain HTTP is accepted.", "Policy")
    missing = {arn: "the bucket itself", f"{arn}/*": "the objects"}
    left = " and ".join(words for resource, words in missing.items() if resource not in closed)
    return failed(f"The policy does not deny plain HTTP for {left}.", "Policy")


@check(
    resource_type=BUCKET,
    title="S3 bucket with sensitive data is encrypted with a KMS key",
    problem="S3 bucket with sensitive data is not encrypted with a KMS key",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "practices:data", "aws_fsbp:S3.17"),
    aliases=("prowler:s3_bucket_kms_encryption", "securityhub:S3.17"),
    remediation=Remediation(
        console="S3 → the bucket → Properties → Default encryption → Edit → SSE-KMS, choose your key, enable Bucket "
        "Key. "
        "Objects already there keep their encryption until they are copied over themselves.",
        cli="aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration "
        "file://sse-kms.json",
        terraform='resource "aws_s3_bucket_server_side_encryption_configuration" "this" {\n'
        "  bucket = aws_s3_bucket.this.id\n  rule {\n    bucket_key_enabled = true\n"
        '    apply_server_side_encryption_by_default {\n      sse_algorithm     = "aws:kms"\n'
        "      kms_master_key_id = aws_kms_key.this.arn\n    }\n  }\n}",
    ),
    examples=(
        passes(_encrypted("aws:kms", "arn:aws:kms:eu-central-1:111122223333:key/1234"), tags=SENSITIVE),
        passes(_encrypted("aws:kms:dsse"), "two layers, with the AWS managed key", tags=SENSITIVE),
        fails(_encrypted("AES256"), tags=SENSITIVE),
        is_unknown({_ENCRYPTION: denied("s3:GetEncryptionConfiguration")}, tags=SENSITIVE),
        is_unknown(_encrypted("AES256"), "tags are not readable", tags=denied("s3:GetBucketTagging")),
        does_not_apply(_encrypted("AES256"), "not classified as sensitive"),
    ),
)
def s3_bucket_sensitive_kms_encrypted(bucket: Resource) -> Outcome:
    """Keys that Amazon S3 manages open for whoever may read the object: they add no second lock.

    With a KMS key, reading also needs the key's permission, each use is in CloudTrail, and disabling the
    key shuts everybody out at once.
    """
    level = sensitive(bucket)
    if level is None:
        return not_applicable("No tag calls the bucket's data sensitive.")
    rules = bucket.config.at(_ENCRYPTION, "Rules", default=[])
    defaults = [rule.at("ApplyServerSideEncryptionByDefault", "SSEAlgorithm", default="none") for rule in rules]
    if any(algorithm.startswith("aws:kms") for algorithm in defaults):
        return passed(f"Data classified as {level.name} is encrypted with a KMS key.", _ENCRYPTION)
    used = defaults[0] if defaults else "none"
    return failed(f"Data classified as {level.name} has {used} as its default encryption.", _ENCRYPTION)


@check(
    resource_type=BUCKET,
    title="S3 bucket logs access to it",
    problem="S3 bucket does not log access to it",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "practices:data", "aws_fsbp:S3.9"),
    aliases=("prowler:s3_bucket_server_access_logging_enabled", "securityhub:S3.9"),
    needs=(BUCKET,),
    remediation=Remediation(
        console="S3 → the bucket → Properties → Server access logging → Edit → Enable, into a bucket kept for logs.",
        cli="aws s3api put-bucket-logging --bucket {name} --bucket-logging-status file://logging.json",
        terraform='resource "aws_s3_bucket_logging" "this" {\n  bucket        = aws_s3_bucket.this.id\n'
        '  target_bucket = aws_s3_bucket.logs.id\n  target_prefix = "access/"\n}',
    ),
    examples=(
        passes({"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": ""}}),
        fails({"LoggingEnabled": None}),
        is_unknown({"LoggingEnabled": denied("s3:GetBucketLogging")}),
        does_not_apply(
            {"LoggingEnabled": None},
            "it receives the logs of others",
            related=(neighbour(BUCKET, {"LoggingEnabled": {"TargetBucket": "example"}}, name="orders"),),
        ),
        fails({"LoggingEnabled": None, "Policy": _LOG_TARGET}, "log delivery may write, and no bucket logs to it"),
        is_unknown(
            {"LoggingEnabled": None},
            "whether another bucket logs to it",
            related=(neighbour(BUCKET, {"LoggingEnabled": denied("s3:GetBucketLogging")}, name="orders"),),
        ),
    ),
    version=2,
)
def s3_bucket_access_logging_enabled(bucket: Resource, related: Related) -> Outcome:
    """After a leak the first question is who read which object; only logs that were on before can answer.

    A bucket that receives the access logs of others is left out: logging into itself would never end.
    """
    target = bucket.config.at("LoggingEnabled", "TargetBucket")
    if target:
        return passed(f"Access is logged to {target}.", "LoggingEnabled.TargetBucket")
    # Amazon S3 delivers access logs within one account and region only, so whoever logs to it is among these.
    if any_of(*(partial(_logs_to, source, bucket.name) for source in related.everywhere(BUCKET))):
        return not_applicable("The bucket receives the access logs of other buckets.", "LoggingEnabled")
    return failed("Access to the bucket is not logged.", "LoggingEnabled")


@check(
    resource_type=BUCKET,
    title="S3 bucket has ACLs disabled",
    problem="S3 bucket has ACLs enabled",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:legacy", "aws_fsbp:S3.12"),
    aliases=("prowler:s3_bucket_acl_prohibited", "securityhub:S3.12"),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → Object Ownership → Edit → ACLs disabled. Move the grants that are "
        "still "
        "needed into the bucket policy first.",
        cli="aws s3api put-bucket-ownership-controls --bucket {name} "
        "--ownership-controls file://bucket-owner-enforced.json",
        terraform='resource "aws_s3_bucket_ownership_controls" "this" {\n  bucket = aws_s3_bucket.this.id\n'
        '  rule {\n    object_ownership = "BucketOwnerEnforced"\n  }\n}',
    ),
    examples=(
        passes({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
        fails({"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}),
        fails({"OwnershipControls": None}, "never set: as in 2006, ACLs count"),
        is_unknown({"OwnershipControls": denied("s3:GetBucketOwnershipControls")}),
    ),
)
def s3_bucket_acls_disabled(bucket: Resource) -> Outcome:
    """ACLs grant access object by object, where no policy review looks, and let uploaders keep ownership.

    With ACLs disabled the bucket's owner owns every object and policies alone decide.
    """
    rules = bucket.config.at("OwnershipControls", "Rules", default=[])
    ownership = rules[0]["ObjectOwnership"] if rules else "not set"
    if ownership == "BucketOwnerEnforced":
        return passed("ACLs are disabled.", "OwnershipControls.Rules[0].ObjectOwnership")
    return failed(f"ACLs count: object ownership is {ownership}.", "OwnershipControls")


@classified(
    BUCKET,
    "S3 bucket",
    cli="aws s3api put-bucket-tagging --bucket {name} --tagging file://tags.json",
)
def s3_bucket_classified(bucket: Resource) -> Outcome:
    """What is not classified cannot be protected in proportion, nor missed when it leaks.

    Mind that put-bucket-tagging replaces all tags of a bucket: give the present ones along with the new one.
    """
    return classification_known(bucket)


def _logs_to(source: Resource, name: str) -> bool:
    return bool(source.config.at("LoggingEnabled", "TargetBucket") == name)
