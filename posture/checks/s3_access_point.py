"""Judges S3 access points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posture.checks.s3_account_public_access_block import SETTINGS
from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, Status, failed, passed
from posture.core.resource import Resource

POINT = "AWS::S3::AccessPoint"
BLOCK = "PublicAccessBlockConfiguration"
_ANYONE = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}]}


def judge_block(point: Resource, key: str) -> Outcome:
    """Judge whether all four settings of a block of public access are on."""
    block: Mapping[str, Any] | None = point.config[key]
    if block is None:
        return failed("Block Public Access is off.", key)
    off = [setting for setting in SETTINGS if not block.get(setting)]
    if off:
        return failed(f"Turned off: {', '.join(off)}.", *(f"{key}.{setting}" for setting in off))
    return passed("All four settings are on.", key)


@check(
    resource_type=POINT,
    title="S3 access point blocks public access",
    problem="S3 access point does not block public access",
    severity=Severity.HIGH,
    controls=("practices:data", "aws_fsbp:S3.19"),
    aliases=("prowler:s3_access_point_public_access_block", "securityhub:S3.19"),
    remediation=Remediation(
        console="The settings cannot be changed: S3 → Access points → Create access point with Block all public access "
        "on, move the clients, and delete this one.",
        cli="aws s3control create-access-point --region {region} --account-id {account} --name NEW-NAME "
        "--bucket BUCKET --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        terraform='resource "aws_s3_access_point" "this" {\n  public_access_block_configuration {\n'
        "    block_public_acls       = true\n    ignore_public_acls      = true\n"
        "    block_public_policy     = true\n    restrict_public_buckets = true\n  }\n}",
    ),
    examples=(
        passes({BLOCK: dict.fromkeys(SETTINGS, True)}),
        fails({BLOCK: {**dict.fromkeys(SETTINGS, True), "BlockPublicPolicy": False}}, "one setting is off"),
        fails({BLOCK: None}, "none is set"),
        is_unknown({BLOCK: denied("s3:GetAccessPoint")}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def s3_access_point_public_access_blocked(point: Resource) -> Outcome:
    """Access points have a block of their own, which can only be set when they are made.

    With it off, the bucket's and the account's blocks are all that stops a wrong policy.
    """
    return judge_block(point, BLOCK)


@check(
    resource_type=POINT,
    title="S3 access point's policy lets in nobody unknown",
    problem="S3 access point's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="S3 → Access points → the access point → Permissions → Policy → Edit: name the principals, or require "
        "aws:PrincipalOrgID.",
        cli="aws s3control put-access-point-policy --region {region} --account-id {account} --name {name} "
        "--policy file://policy.json",
        terraform='resource "aws_s3control_access_point_policy" "this" {\n'
        "  access_point_arn = aws_s3_access_point.this.arn\n"
        "  policy           = data.aws_iam_policy_document.this.json\n}",
    ),
    examples=(
        *policy_examples("Policy", "s3:GetAccessPointPolicy"),
        passes({"NetworkOrigin": "VPC", "Policy": _ANYONE}, "reached from its VPC alone"),
        passes({BLOCK: {"RestrictPublicBuckets": True}, "Policy": _ANYONE}, "public access is restricted"),
        fails({BLOCK: {"RestrictPublicBuckets": False}, "NetworkOrigin": "Internet", "Policy": _ANYONE}),
    ),
    version=2,
)
def s3_access_point_policy_not_public(point: Resource) -> Outcome:
    """Whoever the policy lets in reads the bucket through this door, whatever the others look like.

    The bucket's own policy must allow it as well, and most that use access points leave everything to them.
    """
    if point.config.get("NetworkOrigin") == "VPC":
        return passed("It is reached from its VPC alone.", "NetworkOrigin")
    outcome = judge_policy_not_public(point, "Policy")
    if outcome.status is not Status.FAIL or not point.config.at(BLOCK, "RestrictPublicBuckets"):
        return outcome
    return passed("Its block of public access makes the policy harmless.", f"{BLOCK}.RestrictPublicBuckets")
