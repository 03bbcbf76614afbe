"""Judges inline policies of users, and whether users have policies of their own."""

from __future__ import annotations

from posture.checks.iam_grants import (
    ADMINISTRATOR_ALIASES,
    DECRYPTS_ALL,
    DETAILS,
    EVERYTHING,
    EVERYTHING_RIGHT,
    EVERYTHING_WRONG,
    KEYS_RIGHT,
    KEYS_WRONG,
    READ,
    decrypts_by_every_key,
    edit_inline,
    inline_examples,
    is_everything,
    judge_inline,
)
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import GLOBAL, Resource

USER = "AWS::IAM::User"
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_INLINE = {"PolicyName": "push", "PolicyDocument": READ}


@check(
    resource_type=USER,
    title="User's inline policies do not allow everything",
    problem="User's inline policy allows everything",
    severity=Severity.HIGH,
    controls=("practices:iam", "cis_aws_7:2.14"),
    aliases=ADMINISTRATOR_ALIASES,
    remediation=edit_inline("Users"),
    examples=inline_examples("UserPolicyList", EVERYTHING),
)
def iam_user_inline_not_everything(user: Resource) -> Outcome:
    """A user's keys last until somebody ends them; with such a policy each of them is the whole account."""
    return judge_inline(user, "UserPolicyList", is_everything, EVERYTHING_WRONG, EVERYTHING_RIGHT)


@check(
    resource_type=USER,
    title="User's inline policies do not allow decrypting by every KMS key",
    problem="User's inline policy allows decrypting by every KMS key",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:encryption", "aws_fsbp:KMS.2"),
    aliases=("securityhub:KMS.2",),
    remediation=edit_inline("Users"),
    examples=inline_examples("UserPolicyList", DECRYPTS_ALL),
)
def iam_user_inline_no_decryption_by_every_key(user: Resource) -> Outcome:
    """Keys keep data apart only where each of them opens for those alone who work with that data."""
    return judge_inline(user, "UserPolicyList", decrypts_by_every_key, KEYS_WRONG, KEYS_RIGHT)


@check(
    resource_type=USER,
    title="User gets permissions from groups alone",
    problem="User has policies of its own",
    severity=Severity.LOW,
    controls=("practices:iam", "cis_aws_7:2.13", "aws_fsbp:IAM.2"),
    aliases=("securityhub:IAM.2", "prowler:iam_policy_attached_only_to_group_or_roles"),
    remediation=Remediation(
        console="IAM → Users → {name} → Permissions: add the user to a group with what it needs, then remove the "
        "policies that are attached directly. Better: a role, or IAM Identity Center for people.",
        cli="aws iam detach-user-policy --user-name {name} --policy-arn <arn>",
    ),
    examples=(
        passes({"UserPolicyList": [], "AttachedManagedPolicies": []}, region=GLOBAL),
        fails({"UserPolicyList": [], "AttachedManagedPolicies": [_READ_ONLY]}, region=GLOBAL),
        fails({"UserPolicyList": [_INLINE], "AttachedManagedPolicies": []}, region=GLOBAL),
        is_unknown({"UserPolicyList": denied(DETAILS), "AttachedManagedPolicies": []}, region=GLOBAL),
    ),
)
def iam_user_permissions_from_groups(user: Resource) -> Outcome:
    """What is given to one person stays when the person's work changes, and nobody finds it by the group's name."""
    own = {key: user.config[key] for key in ("AttachedManagedPolicies", "UserPolicyList")}
    with_any = [key for key, policies in own.items() if policies]
    if with_any:
        return failed("Policies are attached to the user itself.", *with_any)
    return passed("The user has no policy of its own.", *own)
