"""Judges the account-wide S3 Block Public Access."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BLOCK = "PublicAccessBlockConfiguration"


@check(
    resource_type="AWS::S3::AccountPublicAccessBlock",
    title="S3 blocks public access for the whole account",
    problem="S3 does not block public access for the whole account",
    severity=Severity.HIGH,
    controls=("practices:data", "cis_aws_7:3.1.4", "aws_fsbp:S3.1"),
    aliases=("prowler:s3_account_level_public_access_blocks", "securityhub:S3.1"),
    remediation=Remediation(
        console="S3 → Block Public Access settings for this account → Edit → Block all public access → Save. "
        "Move public sites behind CloudFront with origin access control first.",
        cli="aws s3control put-public-access-block --account-id {account} --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        terraform='resource "aws_s3_account_public_access_block" "this" {\n  block_public_acls       = true\n'
        "  ignore_public_acls      = true\n  block_public_policy     = true\n  restrict_public_buckets = true\n}",
    ),
    examples=(
        passes({BLOCK: dict.fromkeys(SETTINGS, True)}),
        fails({BLOCK: {**dict.fromkeys(SETTINGS, True), "RestrictPublicBuckets": False}}, "one setting is off"),
        fails({BLOCK: None}, "it was never set"),
        is_unknown({BLOCK: denied("s3:GetAccountPublicAccessBlock")}),
    ),
)
def s3_account_public_access_blocked(account: Resource) -> Outcome:
    """One wrong click on one bucket's policy can put its data on the internet.

    The account-wide block makes that click harmless, for every bucket there is and every bucket to come.
    Nothing that is served through CloudFront, access points or VPC endpoints needs it off.
    """
    block = account.config.get(BLOCK)
    if block is None:
        return failed("Block Public Access was never set for the account.", BLOCK)
    off = [setting for setting in SETTINGS if not block.get(setting)]
    if off:
        return failed(f"Turned off for the account: {', '.join(off)}.", *(f"{BLOCK}.{setting}" for setting in off))
    return passed("All four settings are on for the whole account.", BLOCK)
