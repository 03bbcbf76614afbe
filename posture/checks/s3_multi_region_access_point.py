"""Judges S3 Multi-Region Access Points."""

from __future__ import annotations

from posture.checks.s3_access_point import judge_block
from posture.checks.s3_account_public_access_block import SETTINGS
from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, Status, passed
from posture.core.resource import Resource

POINT = "AWS::S3::MultiRegionAccessPoint"
BLOCK = "PublicAccessBlock"
_ANYONE = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}]}


@check(
    resource_type=POINT,
    title="S3 Multi-Region Access Point blocks public access",
    problem="S3 Multi-Region Access Point does not block public access",
    severity=Severity.HIGH,
    controls=("practices:data", "aws_fsbp:S3.24"),
    aliases=("prowler:s3_multi_region_access_point_public_access_block", "securityhub:S3.24"),
    remediation=Remediation(
        console="The settings cannot be changed: S3 → Multi-Region Access Points → Create with Block all public access "
        "on, move the clients, and delete this one.",
        cli="aws s3control create-multi-region-access-point --region us-west-2 --account-id {account} --details "
        '\'{{"Name": "NEW-NAME", "Regions": [{{"Bucket": "BUCKET"}}]}}\'',
        terraform='resource "aws_s3control_multi_region_access_point" "this" {\n  details {\n'
        "    public_access_block {\n      restrict_public_buckets = true\n    }\n  }\n}",
    ),
    examples=(
        passes({BLOCK: dict.fromkeys(SETTINGS, True)}),
        fails({BLOCK: {**dict.fromkeys(SETTINGS, True), "RestrictPublicBuckets": False}}, "one setting is off"),
        fails({BLOCK: None}, "none is set"),
        is_unknown({BLOCK: denied("s3:ListMultiRegionAccessPoints")}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def s3_multi_region_access_point_public_access_blocked(point: Resource) -> Outcome:
    """It leads to buckets in several regions at once, and its block can only be set when it is made."""
    return judge_block(point, BLOCK)


@check(
    resource_type=POINT,
    title="S3 Multi-Region Access Point's policy lets in nobody unknown",
    problem="S3 Multi-Region Access Point's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="S3 → Multi-Region Access Points → the access point → Permissions → Policy → Edit: name the "
        "principals, or require aws:PrincipalOrgID.",
        cli="aws s3control put-multi-region-access-point-policy --region us-west-2 --account-id {account} "
        "--details file://details.json",
    ),
    examples=(
        *policy_examples("Policy", "s3:GetMultiRegionAccessPointPolicy"),
        passes({BLOCK: {"RestrictPublicBuckets": True}, "Policy": _ANYONE}, "public access is restricted"),
    ),
    version=2,
)
def s3_multi_region_access_point_policy_not_public(point: Resource) -> Outcome:
    """Whoever the policy lets in reaches every bucket behind the access point, in all its regions."""
    outcome = judge_policy_not_public(point, "Policy")
    if outcome.status is not Status.FAIL or not point.config.at(BLOCK, "RestrictPublicBuckets"):
        return outcome
    return passed("Its block of public access makes the policy harmless.", f"{BLOCK}.RestrictPublicBuckets")
