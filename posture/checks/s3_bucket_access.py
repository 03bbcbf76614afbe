"""Judges who may reach an S3 bucket: by its policy, its ACL, and what blocks either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from posture.checks.s3_account_public_access_block import BLOCK, SETTINGS
from posture.checks.stores import SENSITIVE, classification_path, sensitive
from posture.core.check import (
    Remediation,
    beside,
    cannot_tell,
    check,
    denied,
    does_not_apply,
    fails,
    passes,
)
from posture.core.conditions import fault
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.policy import Policy, Statement, parse
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import UnknownFieldError

BUCKET = "AWS::S3::Bucket"
ACCOUNT_BLOCK = "AWS::S3::AccountPublicAccessBlock"
ANYONE = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "anyone on the internet",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "anyone with any AWS account",
}
TAKES_OVER = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)
"""What Security Hub's S3.6 refuses to other accounts: each lets them change who may do what."""

_BLOCKED = dict.fromkeys(SETTINGS, True)
_OPEN = dict.fromkeys(SETTINGS, False)
_PARTNER = "arn:aws:iam::444455556666:root"


def _policy(**statement: Any) -> dict[str, Any]:
    """Return a policy of one statement, for examples."""
    basis = {
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::example/*"],
    }
    return {"Version": "2012-10-17", "Statement": [{**basis, **statement}]}


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


_PUBLIC = _bucket(Policy=_policy(), PolicyStatus={"IsPublic": True})
_PUBLIC_ACL = _bucket(
    Acl={"Grants": [{"Grantee": {"Type": "Group", "URI": next(iter(ANYONE))}, "Permission": "READ"}]},
)
_ACCOUNT_BLOCKS = (beside(ACCOUNT_BLOCK, {BLOCK: _BLOCKED}),)


class Opening(NamedTuple):
    """One way in for anyone, and the evidence path that shows it."""

    sentence: str
    path: str


@check(
    resource_type=BUCKET,
    title="S3 bucket blocks public access",
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
        cannot_tell({BLOCK: denied("s3:GetBucketPublicAccessBlock")}),
        cannot_tell({BLOCK: _OPEN}, "the account's setting is not known", gaps=(ACCOUNT_BLOCK,)),
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
        fails({**_PUBLIC, "PolicyStatus": denied("s3:GetBucketPolicyStatus")}, "told from the policy's text"),
        cannot_tell(_bucket(Acl=denied("s3:GetBucketAcl"))),
        cannot_tell(_PUBLIC, "the account's block is not known", gaps=(ACCOUNT_BLOCK,)),
    ),
)
def s3_bucket_not_public(bucket: Resource, related: Related) -> Outcome:
    """Scanners find a public bucket within hours, and what was copied cannot be called back.

    A bucket is public when its policy or ACL lets anyone in and neither its own public access block
    nor its account's stands in the way.
    """
    openings = public_openings(bucket, related)
    if openings:
        return failed(" ".join(opening.sentence for opening in openings), *(opening.path for opening in openings))
    return passed("Neither policy nor ACL lets the public in, or a public access block stands in the way.")


@check(
    resource_type=BUCKET,
    title="S3 bucket with sensitive data is not public",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data",),
    needs=(ACCOUNT_BLOCK,),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → turn on Block all public access at once; then find out from the "
        "access "
        "logs or CloudTrail data events who read what, and tell your privacy officer.",
        cli="aws s3api put-public-access-block --bucket {name} --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
    ),
    examples=(
        passes(_bucket(), tags=SENSITIVE),
        fails(_PUBLIC, tags={"classification": "PII"}),
        cannot_tell(_PUBLIC, "tags are not readable", tags=denied("s3:GetBucketTagging")),
        cannot_tell(_bucket(Acl=denied("s3:GetBucketAcl")), tags=SENSITIVE),
        does_not_apply(_PUBLIC, "public data", tags={"data-classification": "public"}),
        does_not_apply(_PUBLIC, "not classified"),
    ),
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


@check(
    resource_type=BUCKET,
    title="S3 bucket policy lets no other account change the bucket's protection",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:data", "aws_fsbp:S3.6"),
    aliases=("prowler:s3_bucket_cross_account_access", "securityhub:S3.6"),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → Bucket policy → Edit: in the named statement list only the object "
        "actions that the other account needs.",
        cli="aws s3api put-bucket-policy --bucket {name} --policy file://policy.json",
    ),
    examples=(
        passes({"Policy": _policy(Principal={"AWS": [_PARTNER]})}, "a partner may read objects"),
        passes({"Policy": None}, "no policy"),
        fails({"Policy": _policy(Principal={"AWS": [_PARTNER]}, Action=["s3:*"])}),
        fails({"Policy": _policy(Action=["s3:PutBucketPolicy"])}, "anyone may"),
        cannot_tell({"Policy": denied("s3:GetBucketPolicy")}),
    ),
)
def s3_bucket_policy_keeps_control(bucket: Resource) -> Outcome:
    """Whoever may write the policy, the ACLs or the encryption of a bucket owns it in all but name.

    Another account may need its objects; it never needs these actions.
    """
    for statement in _policy_of(bucket).to_others(bucket.account_id):
        actions = statement.touches(TAKES_OVER)
        if actions:
            return failed(
                f"Statement {statement.label} lets {_who(statement, bucket)} do {', '.join(actions)}.",
                statement.path("Action" if statement.actions else "NotAction"),
                statement.path(statement.who),
            )
    return passed("No other account may change the bucket's policy, ACLs or encryption.", "Policy")


@check(
    resource_type=BUCKET,
    title="S3 bucket policy narrows access from outside the account",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:data"),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → Bucket policy → Edit: add a condition to the named statement, such as "
        "aws:PrincipalOrgID, aws:SourceVpce or aws:SourceIp.",
        cli="aws s3api put-bucket-policy --bucket {name} --policy file://policy.json",
    ),
    examples=(
        passes({"Policy": _policy(Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}})}),
        passes(
            {
                "Policy": _policy(
                    Principal={"AWS": [_PARTNER]}, Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}
                )
            },
            "a partner, from its own network",
        ),
        fails({"Policy": _policy(Principal={"AWS": [_PARTNER]})}, "a partner, from anywhere"),
        fails(
            {"Policy": _policy(Condition={"IpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}})}, "a range that is everything"
        ),
        cannot_tell({"Policy": denied("s3:GetBucketPolicy")}),
        does_not_apply({"Policy": None}, "no policy"),
        does_not_apply(
            {"Policy": _policy(Principal={"AWS": ["arn:aws:iam::111122223333:role/app"]})}, "own roles only"
        ),
    ),
)
def s3_bucket_policy_narrowed(bucket: Resource) -> Outcome:
    """A key stolen from another account opens this bucket from anywhere in the world.

    A condition on the source network, the VPC endpoint or the organization makes the key worthless elsewhere.
    """
    policy = _policy_of(bucket)
    others = policy.to_others(bucket.account_id)
    if not others:
        return not_applicable("The policy lets in nobody from outside the account.")
    wide = [statement for statement in others if policy.unguarded(statement)]
    if wide:
        names = "; ".join(f"{statement.label} ({_who(statement, bucket)})" for statement in wide)
        return failed(
            f"No condition narrows statement {names} to a network, VPC endpoint, account or organization.",
            *(statement.path(statement.who) for statement in wide),
        )
    return passed("Each statement that lets in others narrows from where, or from which organization.", "Policy")


@check(
    resource_type=BUCKET,
    title="S3 bucket policy has conditions that can work",
    severity=Severity.HIGH,
    controls=("practices:iam",),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → Bucket policy → Edit: give the named condition the values it is "
        "meant to "
        "have, for instance your offices' ranges such as 203.0.113.0/24.",
        cli="aws s3api put-bucket-policy --bucket {name} --policy file://policy.json",
    ),
    examples=(
        passes({"Policy": _policy(Effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})}),
        fails({"Policy": _policy(Effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": [""]}})}, "an empty range"),
        fails(
            {"Policy": _policy(Effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/240"]}})},
            "no range",
        ),
        fails(
            {"Policy": _policy(Effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}})},
            "every address",
        ),
        cannot_tell({"Policy": denied("s3:GetBucketPolicy")}),
        does_not_apply({"Policy": None}, "no policy"),
        does_not_apply({"Policy": _policy()}, "no conditions"),
    ),
)
def s3_bucket_policy_conditions_valid(bucket: Resource) -> Outcome:
    """A source range that is empty, mistyped or all-embracing turns its statement into nothing or into everything.

    The policy looks like protection to whoever reads it, and denies nobody, or locks out everybody.
    """
    statements = _policy_of(bucket).statements
    conditions = [(statement, condition) for statement in statements for condition in statement.conditions]
    if not conditions:
        return not_applicable("The policy has no conditions.")
    for statement, condition in conditions:
        wrong = fault(condition)
        if wrong:
            place = f"{condition.operator} on {condition.key} in statement {statement.label}"
            return failed(f"{place} {wrong}.", statement.path(condition.path))
    return passed("Every condition has values that can match.", "Policy")


def public_openings(bucket: Resource, related: Related) -> list[Opening]:
    """Return the ways in for anyone that nothing blocks; raises where none is known and one could not be read."""
    looks: tuple[Callable[[Resource, Related], Iterator[Opening]], ...] = (_by_policy, _by_acl)
    found: list[Opening] = []
    unseen: UnknownFieldError | None = None
    for look in looks:
        try:
            found += look(bucket, related)
        except UnknownFieldError as error:
            unseen = error
    if unseen and not found:
        raise unseen
    return found


def _by_policy(bucket: Resource, related: Related) -> Iterator[Opening]:
    config = bucket.config
    if config.known("Policy") and config.get("Policy") is None:
        return
    statements = _policy_of(bucket).public() if config.known("Policy") or not config.known("PolicyStatus") else ()
    public = config.at("PolicyStatus", "IsPublic") if config.known("PolicyStatus") else bool(statements)
    if not public or _blocks(bucket, related, "RestrictPublicBuckets"):
        return
    for statement in statements:
        yield Opening(f"Policy statement {statement.label} lets in anyone.", statement.path(statement.who))
    if not statements:
        yield Opening("Amazon S3 calls the bucket's policy public.", "PolicyStatus.IsPublic")


def _by_acl(bucket: Resource, related: Related) -> Iterator[Opening]:
    rules = bucket.config.at("OwnershipControls", "Rules", default=[])
    if any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules):
        return
    grants = [
        (index, grant["Permission"], ANYONE[grant["Grantee"]["URI"]])
        for index, grant in enumerate(bucket.config.at("Acl", "Grants", default=[]))
        if grant["Grantee"].get("URI") in ANYONE
    ]
    if grants and not _blocks(bucket, related, "IgnorePublicAcls"):
        for index, permission, who in grants:
            yield Opening(f"The ACL grants {permission} to {who}.", f"Acl.Grants[{index}].Grantee.URI")


def _blocks(bucket: Resource, related: Related, setting: str) -> bool:
    """Tell whether a setting is on for the bucket or its account; an unknown one matters only if the other is off."""
    own = bucket.config
    if own.known(BLOCK) and own.at(BLOCK, setting):
        return True
    accounts = related.everywhere(ACCOUNT_BLOCK)
    return any(account.config.at(BLOCK, setting) for account in accounts) or bool(own.at(BLOCK, setting))


def _policy_of(bucket: Resource) -> Policy:
    return parse(bucket.config.get("Policy") or {})


def _who(statement: Statement, bucket: Resource) -> str:
    if statement.names_everyone:
        return "anyone" if not statement.narrowing else "principals outside the account"
    accounts = statement.other_accounts(bucket.account_id)
    return f"account{'s' if len(accounts) > 1 else ''} {', '.join(accounts)}"
