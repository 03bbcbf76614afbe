"""Judge what an S3 bucket's policy lets others do, and its conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.conditions import fault
from posture.core.iam.outside import OutsideAccess, admits_strangers
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.policy import Policy, Statement, parse
from posture.core.resource import Resource

BUCKET = "AWS::S3::Bucket"
TAKES_OVER = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)
"""What Security Hub's S3.6 refuses to other accounts: each lets them change who may do what."""

_PARTNER = "arn:aws:iam::444455556666:root"
_OWN_ID, _OTHER_ID = "a1" * 32, "b2" * 32
_OWNER = {"Owner": {"ID": _OWN_ID}}
"""The ACL of a bucket shows its account's canonical user id."""


def _policy(**statement: Any) -> dict[str, Any]:
    """Return a policy of one statement, for examples."""
    basis = {
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::example/*"],
    }
    return {"Version": "2012-10-17", "Statement": [{**basis, **statement}]}


@check(
    resource_type=BUCKET,
    title="S3 bucket policy lets no other account change the bucket's protection",
    problem="S3 bucket policy lets another account change the bucket's protection",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:data", "aws_fsbp:S3.6"),
    aliases=("securityhub:S3.6",),
    remediation=Remediation(
        console="S3 → the bucket → Permissions → Bucket policy → Edit: in the named statement list only the object "
        "actions that the other account needs.",
        cli="aws s3api put-bucket-policy --bucket {name} --policy file://policy.json",
    ),
    examples=(
        passes({"Policy": _policy(Principal={"AWS": [_PARTNER]})}, "a partner may read objects"),
        passes({"Policy": None}, "no policy"),
        fails({"Policy": _policy(Principal={"AWS": [_PARTNER]}, Action=["s3:*"])}),
        passes(
            {"Policy": _policy(Principal={"CanonicalUser": [_OWN_ID]}, Action=["s3:*"]), "Acl": _OWNER},
            "the account itself, by its canonical user id",
        ),
        passes({"Policy": _policy(Principal={"AWS": ["AROAEXAMPLEID1234567"]}, Action=["s3:*"])}, "a deleted role"),
        fails({"Policy": _policy(Action=["s3:PutBucketPolicy"])}, "anyone may"),
        fails(
            {"Policy": _policy(Principal={"CanonicalUser": [_OTHER_ID]}, Action=["s3:*"]), "Acl": _OWNER},
            "a canonical user id of another account",
        ),
        fails(
            {"Policy": _policy(Principal={"Federated": ["cognito-identity.amazonaws.com"]}, Action=["s3:*"])},
            "users of an identity provider",
        ),
        is_unknown(
            {
                "Policy": _policy(Principal={"CanonicalUser": [_OTHER_ID]}, Action=["s3:*"]),
                "Acl": denied("s3:GetBucketAcl"),
            },
            "whose canonical user id it is",
        ),
        is_unknown({"Policy": denied("s3:GetBucketPolicy")}),
    ),
    version=2,
)
def s3_bucket_policy_keeps_control(bucket: Resource) -> Outcome:
    """Whoever may write the policy, the ACLs or the encryption of a bucket owns it in all but name.

    Another account may need its objects; it never needs these actions.
    """
    own = _own_ids(bucket)
    for statement in OutsideAccess(_policy_of(bucket)).to_others(*own):
        actions = statement.touches(TAKES_OVER)
        if actions:
            return failed(
                f"Statement {statement.label} lets {_who(statement, own)} do {', '.join(actions)}.",
                statement.path("Action" if statement.actions else "NotAction"),
                statement.path(statement.who),
            )
    return passed("No other account may change the bucket's policy, ACLs or encryption.", "Policy")


@check(
    resource_type=BUCKET,
    title="S3 bucket policy narrows access from outside the account",
    problem="S3 bucket policy allows broad access from outside the account",
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
        is_unknown({"Policy": denied("s3:GetBucketPolicy")}),
        does_not_apply({"Policy": None}, "no policy"),
        does_not_apply(
            {"Policy": _policy(Principal={"AWS": ["arn:aws:iam::111122223333:role/app"]})}, "own roles only"
        ),
    ),
    version=3,
)
def s3_bucket_policy_narrowed(bucket: Resource) -> Outcome:
    """A key stolen from another account opens this bucket from anywhere in the world.

    A condition on the source network, the VPC endpoint or the organization makes the key worthless elsewhere.
    """
    access = OutsideAccess(_policy_of(bucket))
    own = _own_ids(bucket)
    others = access.to_others(*own)
    if not others:
        return not_applicable("The policy lets in nobody from outside the account.")
    wide = [statement for statement in others if access.is_unguarded(statement)]
    if wide:
        names = "; ".join(f"{statement.label} ({_who(statement, own)})" for statement in wide)
        return failed(
            f"No condition narrows statement {names} to a network, VPC endpoint, account or organization.",
            *(statement.path(statement.who) for statement in wide),
        )
    return passed("Each statement that lets in others narrows from where, or from which organization.", "Policy")


@check(
    resource_type=BUCKET,
    title="S3 bucket policy has conditions that can work",
    problem="S3 bucket policy has a condition that cannot work",
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
        is_unknown({"Policy": denied("s3:GetBucketPolicy")}),
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


def _policy_of(bucket: Resource) -> Policy:
    return parse(bucket.config["Policy"] or {})


def _who(statement: Statement, own: Sequence[str]) -> str:
    if statement.names_everyone:
        return "anyone" if admits_strangers(statement) else "principals outside the account"
    return ", ".join(statement.strangers(*own))


def _own_ids(bucket: Resource) -> tuple[str, ...]:
    """Return the account's id, and its canonical user id where the policy names any."""
    named = {principal.kind for statement in _policy_of(bucket).statements for principal in statement.principals}
    return (
        (bucket.account_id, bucket.config["Acl"]["Owner"]["ID"]) if "CanonicalUser" in named else (bucket.account_id,)
    )
