"""Judges the bucket into which a trail delivers, where it is the account's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from posture.checks.s3_account_public_access_block import BLOCK
from posture.checks.s3_bucket_access import public_openings
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

TRAIL, BUCKET, ACCOUNT_BLOCK = "AWS::CloudTrail::Trail", "AWS::S3::Bucket", "AWS::S3::AccountPublicAccessBlock"
NAME = "S3BucketName"
_CONFIG = {NAME: "trail-logs"}
_ANYONE = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}


def _bucket(**config: Any) -> Resource:
    private: dict[str, Any] = {BLOCK: None, "Policy": None, "Acl": {"Grants": []}, "OwnershipControls": None}
    return neighbour(BUCKET, {**private, **config}, name="trail-logs", region="eu-west-1")


def _judge(trail: Resource, related: Related, judge: Callable[[Resource], Outcome]) -> Outcome:
    name = trail.config[NAME]
    found = [bucket for bucket in related.everywhere(BUCKET) if bucket.name == name]
    if not found:
        return not_applicable(f"Bucket {name} is not this account's: it is judged where it belongs.", NAME)
    return judge(found[0])


@check(
    resource_type=TRAIL,
    needs=(BUCKET,),
    title="Access to the trail's bucket is logged",
    problem="Access to the trail's bucket is not logged",
    severity=Severity.LOW,
    controls=("practices:activity", "cis_aws_7:4.4", "aws_fsbp:CloudTrail.7"),
    aliases=("securityhub:CloudTrail.7", "prowler:cloudtrail_logs_s3_bucket_access_logging_enabled"),
    remediation=Remediation(
        console="S3 → the trail's bucket → Properties → Server access logging → Edit → Enable, into another bucket.",
        cli="aws s3api put-bucket-logging --bucket <trail's bucket> --bucket-logging-status file://logging.json",
        terraform='resource "aws_s3_bucket_logging" "trail" {\n  bucket        = aws_s3_bucket.trail.id\n'
        '  target_bucket = aws_s3_bucket.access_logs.id\n  target_prefix = "trail/"\n}',
    ),
    examples=(
        passes(_CONFIG, related=(_bucket(LoggingEnabled={"TargetBucket": "access-logs"}),)),
        fails(_CONFIG, related=(_bucket(LoggingEnabled=None),)),
        does_not_apply(_CONFIG, "a bucket of another account"),
        is_unknown({NAME: denied("cloudtrail:DescribeTrails")}, related=(_bucket(),)),
        is_unknown(_CONFIG, "buckets could not be listed", gaps=(BUCKET,)),
    ),
)
def cloudtrail_trail_bucket_access_logged(trail: Resource, related: Related) -> Outcome:
    """Who read the record of everything, or deleted files of it, shows in the bucket's own log alone."""
    return _judge(trail, related, _access_logged)


def _access_logged(bucket: Resource) -> Outcome:
    logging = bucket.config["LoggingEnabled"]
    if logging:
        return passed(f"Access to bucket {bucket.name} is logged to {logging['TargetBucket']}.", NAME)
    return failed(f"Access to bucket {bucket.name} is not logged.", NAME)


@check(
    resource_type=TRAIL,
    needs=(BUCKET, ACCOUNT_BLOCK),
    title="Trail's bucket is not public",
    problem="Trail's bucket is public",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:activity", "practices:data", "aws_fsbp:CloudTrail.6"),
    aliases=("securityhub:CloudTrail.6", "prowler:cloudtrail_logs_s3_bucket_is_not_publicly_accessible"),
    remediation=Remediation(
        console="S3 → the trail's bucket → Permissions: turn on Block all public access.",
        cli="aws s3api put-public-access-block --bucket <trail's bucket> --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
    ),
    examples=(
        passes(_CONFIG, related=(_bucket(),)),
        fails(_CONFIG, related=(_bucket(Policy=_ANYONE),)),
        passes(
            _CONFIG,
            "the account blocks it",
            related=(
                _bucket(Policy=_ANYONE),
                neighbour(ACCOUNT_BLOCK, {BLOCK: {"RestrictPublicBuckets": True}}, region=GLOBAL),
            ),
        ),
        does_not_apply(_CONFIG, "a bucket of another account"),
        is_unknown({NAME: denied("cloudtrail:DescribeTrails")}, related=(_bucket(),)),
        is_unknown(_CONFIG, "buckets could not be listed", gaps=(BUCKET,)),
    ),
    version=2,
)
def cloudtrail_trail_bucket_not_public(trail: Resource, related: Related) -> Outcome:
    """Anybody reads who works for you, what you run and how it is called: a plan for an attack.

    Nothing ever needs the record of an account to be public.
    """

    def judge(bucket: Resource) -> Outcome:
        openings = public_openings(bucket, related)
        if openings:
            return failed(f"Bucket {bucket.name}: {' '.join(opening.sentence for opening in openings)}", NAME)
        return passed(f"Bucket {bucket.name} is not public.", NAME)

    return _judge(trail, related, judge)
