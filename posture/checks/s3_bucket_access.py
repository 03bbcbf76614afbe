"""Judge whether the public may reach an S3 bucket, by policy, ACL and blocks.

What the policy lets known others do is judged in `s3_bucket_policy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from posture.checks.s3_account_public_access_block import BLOCK, SETTINGS
from posture.checks.stores import SENSITIVE, classification_path, sensitive
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
from posture.core.iam.outside import public_access
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.policy import Policy, parse
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import all_found, any_of, first_known

BUCKET = "AWS::S3::Bucket"
ACCOUNT_BLOCK = "AWS::S3::AccountPublicAccessBlock"
ANYONE = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "anyone on the internet",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "anyone with any AWS account",
}

_BLOCKED = dict.fromkeys(SETTINGS, True)
_OPEN = dict.fromkeys(SETTINGS, False)
_PUBLIC_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::example/*"],
        }
    ],
}


def _bucket(**config: Any) -> dict[str, Any]:
    """Return the configuration of a private bucket, with changes, for examples."""
    return {
        BLOCK: None,
        "Policy": None,
        "PolicyStatus": None,
        "Acl": {"Grants": []},
        "OwnershipControls": None,
        **config,
    }


_PUBLIC = _bucket(Policy=_PUBLIC_POLICY, PolicyStatus={"IsPublic": True})
_PUBLIC_ACL = _bucket(
    Acl={"Grants": [{"Grantee": {"Type": "Group", "URI": next(iter(ANYONE))}, "Permission": "READ"}]},
)
_ACCOUNT_BLOCKS = (neighbour(ACCOUNT_BLOCK, {BLOCK: _BLOCKED}),)


class PublicGrant(NamedTuple):
    """One way in for anyone, and the evidence path that shows it."""

    sentence: str
    path: str


@check(
    resource_type=BUCKET,
    title="S3 bucket blocks public access",
    problem="S3 bucket does not block public access",
    severity=Severity.MEDIUM,
    controls=("practices:data", "cis_aws_7:3.1.4", "aws_fsbp:S3.8"),
    aliases=("prowler:s3_bucket_level_public_access_block", "securityhub:S3.8"),
    needs=(ACCOUNT_BLOCK,),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → Block public access → Edit → Block all public access.",
        cli="aws s3api put-public-access-block --bucket {name} --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        terraform='resource "aws_s3_bucket_public_access_block" "this" {\n  bucket                  = '
        "aws_s3_bucket.this.id\n"
        "  block_public_acls       = true\n  ignore_public_acls      = true\n  block_public_policy     = true\n"
        "  restrict_public_buckets = true\n}",
    ),
    examples=(
        passes({BLOCK: _BLOCKED}),
        passes({BLOCK: None}, "the account blocks for it", related=_ACCOUNT_BLOCKS),
        passes({BLOCK: denied("s3:GetBucketPublicAccessBlock")}, "the account blocks for it", related=_ACCOUNT_BLOCKS),
        fails({BLOCK: {**_BLOCKED, "BlockPublicPolicy": False}}, "one setting is off"),
        fails({BLOCK: None}, "it was never set"),
        is_unknown({BLOCK: denied("s3:GetBucketPublicAccessBlock")}),
        is_unknown({BLOCK: _OPEN}, "the account's setting is not known", gaps=(ACCOUNT_BLOCK,)),
    ),
)
def s3_bucket_public_access_blocked(bucket: Resource, related: Related) -> Outcome:
    """A block holds against every later mistake in the bucket's policy and ACLs, where a right policy does not.

    What counts is the stricter of the account's setting and the bucket's own.
    """
    off = [setting for setting in SETTINGS if not _blocks(bucket, related, setting)]
    if off:
        return failed(f"Neither the bucket nor its account turns on: {', '.join(off)}.", BLOCK)
    return passed("The bucket's own block and its account's together turn on all four settings.", BLOCK)


@check(
    resource_type=BUCKET,
    title="S3 bucket is not public",
    problem="S3 bucket is public",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "practices:iam", "cis_aws_7:2.21", "aws_fsbp:S3.2", "aws_fsbp:S3.3"),
    aliases=(
        "prowler:s3_bucket_public_access",
        "prowler:s3_bucket_public_list_acl",
        "prowler:s3_bucket_public_write_acl",
        "prowler:s3_bucket_policy_public_write_access",
        "securityhub:S3.2",
        "securityhub:S3.3",
    ),
    needs=(ACCOUNT_BLOCK,),
    remediation=Remediation(
        console="S3 → the bucket → Permissions: turn on Block all public access, then remove the public statement or "
        "grant. Serve public files through CloudFront with origin access control.",
        cli="aws s3api put-public-access-block --bucket {name} --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
    ),
    examples=(
        passes(_bucket()),
        passes({**_PUBLIC, BLOCK: _BLOCKED}, "a public policy that is blocked"),
        passes(_PUBLIC, "a public policy that the account blocks", related=_ACCOUNT_BLOCKS),
        passes(
            {**_PUBLIC_ACL, "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            "ACLs are disabled",
        ),
        fails(_PUBLIC, "anyone may read by policy"),
        fails(_PUBLIC_ACL, "anyone may list by ACL"),
        fails({**_PUBLIC, "Acl": denied("s3:GetBucketAcl")}, "the policy alone suffices"),
        fails({**_PUBLIC, "PolicyStatus": denied("s3:GetBucketPolicyStatus")}, "read from the policy's text"),
        fails({**_PUBLIC, "PolicyStatus": {}}, "a status that says nothing"),
        fails({**_PUBLIC, "PolicyStatus": None}, "no status, although there is a policy"),
        is_unknown(_bucket(Acl={}), "the answer leaves out the grants"),
        is_unknown(_bucket(Policy=denied("s3:GetBucketPolicy"), PolicyStatus={}), "neither text nor status"),
        is_unknown(_bucket(Acl=denied("s3:GetBucketAcl"))),
        is_unknown(_PUBLIC, "the account's block is not known", gaps=(ACCOUNT_BLOCK,)),
    ),
    version=3,
)
def s3_bucket_not_public(bucket: Resource, related: Related) -> Outcome:
    """Scanners find a public bucket within hours, and what was copied cannot be called back.

    A bucket is public when its policy or ACL lets anyone in and neither its own public access block
    nor its account's prevents it.
    """
    openings = public_openings(bucket, related)
    if openings:
        return failed(" ".join(opening.sentence for opening in openings), *(opening.path for opening in openings))
    return passed("Neither policy nor ACL lets the public in, or a public access block prevents it.")


@check(
    resource_type=BUCKET,
    title="S3 bucket with sensitive data is not public",
    problem="S3 bucket with sensitive data is public",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data",),
    needs=(ACCOUNT_BLOCK,),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → turn on Block all public access at once; then find out from the "
        "access "
        "logs or CloudTrail data events who read what, and inform your privacy officer.",
        cli="aws s3api put-public-access-block --bucket {name} --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
    ),
    examples=(
        passes(_bucket(), tags=SENSITIVE),
        fails(_PUBLIC, tags={"classification": "PII"}),
        is_unknown(_PUBLIC, "tags are not readable", tags=denied("s3:GetBucketTagging")),
        is_unknown(_bucket(Acl=denied("s3:GetBucketAcl")), tags=SENSITIVE),
        does_not_apply(_PUBLIC, "public data", tags={"data-classification": "public"}),
        does_not_apply(_PUBLIC, "not classified"),
    ),
    version=3,
)
def s3_bucket_sensitive_not_public(bucket: Resource, related: Related) -> Outcome:
    """The organization itself has tagged this data as sensitive, and anyone can reach it.

    That is a breach until shown otherwise, with duties to regulators that count from the day it is known.
    """
    level = sensitive(bucket)
    if level is None:
        return not_applicable("No tag calls the bucket's data sensitive.")
    openings = public_openings(bucket, related)
    if openings:
        sentences = " ".join(opening.sentence for opening in openings)
        paths = [opening.path for opening in openings]
        return failed(f"Data classified as {level.name} is public. {sentences}", classification_path(bucket), *paths)
    return passed(f"Data classified as {level.name} is not public.", classification_path(bucket))


def public_openings(bucket: Resource, related: Related) -> list[PublicGrant]:
    """Return the unblocked ways in for anyone; raises if unknown.

    It is unknown where none is found and one could not be read.
    """
    return all_found(lambda: _by_policy(bucket, related), lambda: _by_acl(bucket, related))


def _by_policy(bucket: Resource, related: Related) -> Iterator[PublicGrant]:
    # Amazon S3's own word counts for more than this reading of the text, which is used where it is missing.
    public = first_known(
        lambda: None if bucket.config["Policy"] else False,
        lambda: bucket.config.at("PolicyStatus", "IsPublic"),
        lambda: bool(public_access(_policy_of(bucket))),
    )
    if not public or _blocks(bucket, related, "RestrictPublicBuckets"):
        return
    statements = first_known(lambda: public_access(_policy_of(bucket)), lambda: ()) or ()
    for statement in statements:
        yield PublicGrant(f"Policy statement {statement.label} lets in anyone.", statement.path(statement.who))
    if not statements:
        yield PublicGrant("Amazon S3 calls the bucket's policy public.", "PolicyStatus.IsPublic")


def _by_acl(bucket: Resource, related: Related) -> Iterator[PublicGrant]:
    rules = bucket.config.at("OwnershipControls", "Rules", default=[])
    if any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules):
        return
    grants = [
        (index, grant["Permission"], ANYONE[grant["Grantee"]["URI"]])
        for index, grant in enumerate(bucket.config["Acl"]["Grants"])
        if grant["Grantee"].get("URI") in ANYONE
    ]
    if grants and not _blocks(bucket, related, "IgnorePublicAcls"):
        for index, permission, who in grants:
            yield PublicGrant(f"The ACL grants {permission} to {who}.", f"Acl.Grants[{index}].Grantee.URI")


def _blocks(bucket: Resource, related: Related, setting: str) -> bool:
    """Return True if a setting is on for the bucket or its account; either suffices."""
    return any_of(
        lambda: bucket.config.at(BLOCK, setting),
        lambda: any_of(*(partial(account.config.at, BLOCK, setting) for account in related.everywhere(ACCOUNT_BLOCK))),
    )


def _policy_of(bucket: Resource) -> Policy:
    return parse(bucket.config["Policy"] or {})
