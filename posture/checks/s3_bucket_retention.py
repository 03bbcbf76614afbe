"""Judge what of a bucket's data survives a mistake, a thief or a lost region."""

from __future__ import annotations

from posture.checks.stores import SENSITIVE, sensitive
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import Resource

BUCKET = "AWS::S3::Bucket"


@check(
    resource_type=BUCKET,
    title="S3 bucket keeps versions of its objects",
    problem="S3 bucket does not keep versions of its objects",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:S3.14"),
    aliases=("prowler:s3_bucket_object_versioning", "securityhub:S3.14"),
    remediation=Remediation(
        console="S3 → the bucket → Properties → Bucket Versioning → Edit → Enable; add a lifecycle rule for old "
        "versions.",
        cli="aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled",
        terraform='resource "aws_s3_bucket_versioning" "this" {\n  bucket = aws_s3_bucket.this.id\n'
        '  versioning_configuration {\n    status = "Enabled"\n  }\n}',
    ),
    examples=(
        passes({"Versioning": {"Status": "Enabled"}}),
        fails({"Versioning": {"Status": "Suspended"}}),
        fails({"Versioning": {}}, "never enabled"),
        is_unknown({"Versioning": denied("s3:GetBucketVersioning")}),
    ),
)
def s3_bucket_versioning_enabled(bucket: Resource) -> Outcome:
    """Without versions, an overwrite or a delete is final, whether by a bug, by mistake or by an extortionist."""
    status = bucket.config.at("Versioning", "Status")
    if status == "Enabled":
        return passed("Versioning is enabled.", "Versioning.Status")
    return failed(
        "Versioning is suspended." if status == "Suspended" else "Versioning was never enabled.", "Versioning"
    )


@check(
    resource_type=BUCKET,
    title="S3 bucket asks for MFA to delete versions",
    problem="S3 bucket deletes versions without MFA",
    severity=Severity.LOW,
    controls=("practices:data", "cis_aws_7:3.1.2", "aws_fsbp:S3.20"),
    aliases=("prowler:s3_bucket_no_mfa_delete", "securityhub:S3.20"),
    remediation=Remediation(
        console="The console cannot set it: sign in as root with the CLI, with versioning on and no lifecycle rules.",
        cli="aws s3api put-bucket-versioning --bucket {name} --versioning-configuration "
        "Status=Enabled,MFADelete=Enabled "
        "--mfa 'arn:aws:iam::{account}:mfa/root-account-mfa-device 123456'",
    ),
    examples=(
        passes({"Versioning": {"Status": "Enabled", "MFADelete": "Enabled"}, "LifecycleConfiguration": None}),
        fails({"Versioning": {"Status": "Enabled"}, "LifecycleConfiguration": None}),
        is_unknown({"Versioning": denied("s3:GetBucketVersioning"), "LifecycleConfiguration": None}),
        does_not_apply(
            {
                "Versioning": {"Status": "Enabled"},
                "LifecycleConfiguration": {"Rules": [{"ID": "a", "Status": "Enabled"}]},
            },
            "lifecycle rules exclude MFA delete",
        ),
    ),
)
def s3_bucket_mfa_delete_enabled(bucket: Resource) -> Outcome:
    """With MFA delete a stolen access key can neither destroy old versions nor switch versioning off.

    AWS does not allow it together with lifecycle rules; Object Lock is the alternative there.
    """
    if bucket.config.at("LifecycleConfiguration", "Rules", default=[]):
        return not_applicable("AWS does not allow MFA delete together with lifecycle rules.", "LifecycleConfiguration")
    if bucket.config.at("Versioning", "MFADelete") == "Enabled":
        return passed("Deleting a version needs MFA.", "Versioning.MFADelete")
    return failed("A version can be deleted without MFA.", "Versioning")


@check(
    resource_type=BUCKET,
    title="S3 bucket has lifecycle rules",
    problem="S3 bucket has no lifecycle rules",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:S3.13"),
    aliases=("prowler:s3_bucket_lifecycle_enabled", "securityhub:S3.13"),
    remediation=Remediation(
        console="S3 → the bucket → Management → Create lifecycle rule: expire what may go, and old versions.",
        cli="aws s3api put-bucket-lifecycle-configuration --bucket {name} --lifecycle-configuration "
        "file://lifecycle.json",
    ),
    examples=(
        passes({"LifecycleConfiguration": {"Rules": [{"ID": "expire", "Status": "Enabled"}]}}),
        fails({"LifecycleConfiguration": {"Rules": [{"ID": "expire", "Status": "Disabled"}]}}, "all rules are off"),
        fails({"LifecycleConfiguration": None}),
        is_unknown({"LifecycleConfiguration": denied("s3:GetLifecycleConfiguration")}),
    ),
)
def s3_bucket_lifecycle_configured(bucket: Resource) -> Outcome:
    """Data that nobody deletes is kept for ever, paid for every month, and leaks when the rest does."""
    rules = bucket.config.at("LifecycleConfiguration", "Rules", default=[])
    enabled = [rule for rule in rules if rule.get("Status") == "Enabled"]
    if enabled:
        return passed(
            f"{len(enabled)} lifecycle rule{'s are' if len(enabled) > 1 else ' is'} on.", "LifecycleConfiguration"
        )
    return failed("No lifecycle rule is on.", "LifecycleConfiguration")


@check(
    resource_type=BUCKET,
    title="S3 bucket with sensitive data has Object Lock",
    problem="S3 bucket with sensitive data has no Object Lock",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:S3.15"),
    aliases=("prowler:s3_bucket_object_lock", "securityhub:S3.15"),
    remediation=Remediation(
        console="S3 → the bucket → Properties → Object Lock → Edit → Enable, with a default retention in governance "
        "mode.",
        cli="aws s3api put-object-lock-configuration --bucket {name} "
        "--object-lock-configuration ObjectLockEnabled=Enabled",
    ),
    examples=(
        passes({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}, tags=SENSITIVE),
        fails({"ObjectLockConfiguration": None}, tags=SENSITIVE),
        is_unknown({"ObjectLockConfiguration": denied("s3:GetBucketObjectLockConfiguration")}, tags=SENSITIVE),
        does_not_apply({"ObjectLockConfiguration": None}, "not classified as sensitive"),
    ),
)
def s3_bucket_object_lock_enabled(bucket: Resource) -> Outcome:
    """Object Lock keeps versions from being deleted for a time, even by an administrator whose key was stolen."""
    if sensitive(bucket) is None:
        return not_applicable("No tag calls the bucket's data sensitive.")
    if bucket.config.at("ObjectLockConfiguration", "ObjectLockEnabled") == "Enabled":
        return passed("Object Lock is enabled.", "ObjectLockConfiguration.ObjectLockEnabled")
    return failed("Object Lock is not enabled.", "ObjectLockConfiguration")


@check(
    resource_type=BUCKET,
    title="S3 bucket with sensitive data is replicated",
    problem="S3 bucket with sensitive data is not replicated elsewhere",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:S3.7"),
    aliases=("prowler:s3_bucket_cross_region_replication", "securityhub:S3.7"),
    remediation=Remediation(
        console="S3 → the bucket → Management → Replication rules → Create, to a bucket in another region or account.",
        cli="aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json",
    ),
    examples=(
        passes(
            {
                "ReplicationConfiguration": {
                    "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy"}}]
                }
            },
            tags=SENSITIVE,
        ),
        fails({"ReplicationConfiguration": None}, tags=SENSITIVE),
        fails(
            {
                "ReplicationConfiguration": {
                    "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy"}}]
                }
            },
            "the copy is in the same region and account",
            tags=SENSITIVE,
            related=(neighbour(BUCKET, {}, name="copy"),),
        ),
        is_unknown({"ReplicationConfiguration": denied("s3:GetReplicationConfiguration")}, tags=SENSITIVE),
        does_not_apply({"ReplicationConfiguration": None}, "not classified as sensitive"),
    ),
    needs=(BUCKET,),
)
def s3_bucket_sensitive_replicated(bucket: Resource, related: Related) -> Outcome:
    """A copy in another region or account survives the loss of a region, and of the account's administrators."""
    if sensitive(bucket) is None:
        return not_applicable("No tag calls the bucket's data sensitive.")
    rules = bucket.config.at("ReplicationConfiguration", "Rules", default=[])
    targets = {rule["Destination"]["Bucket"] for rule in rules if rule.get("Status") == "Enabled"}
    if not targets:
        return failed("No replication rule is on.", "ReplicationConfiguration")
    here = {other.name for other in related.everywhere(BUCKET) if other.region == bucket.region}
    away = sorted(target for target in targets if target.rsplit(":", 1)[-1] not in here)
    if away:
        return passed(f"Objects are replicated to {', '.join(away)}.", "ReplicationConfiguration")
    return failed("Objects are replicated only within the same account and region.", "ReplicationConfiguration")
