"""Judge managed policies that allow everything, a service, any role or any key."""

from __future__ import annotations

from typing import Any

from posture.checks.iam_grants import (
    READ,
    UNREADABLE,
    assumes_any_role,
    decrypts_by_every_key,
    is_everything,
    is_whole_service,
    judge_managed,
    passes_any_role,
    statement,
)
from posture.core.check import Remediation, check, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import GLOBAL, Resource

POLICY = "AWS::IAM::ManagedPolicy"
_BY_AWS = "AWS keeps the policy; nobody else can change it."
_EDIT = "IAM → Policies → {name} → Edit: "


def _policy(document: Any, **rest: Any) -> dict[str, Any]:
    return {"Owner": "customer", "AttachmentCount": 1, "PolicyDocument": document, **rest}


def _is_by_aws(policy: Resource) -> bool:
    return bool(policy.config["Owner"] == "AWS")


@check(
    resource_type=POLICY,
    title="Attached policy does not allow everything",
    problem="Attached policy allows everything",
    severity=Severity.HIGH,
    controls=("practices:iam", "cis_aws_7:2.14", "aws_fsbp:IAM.1"),
    aliases=(
        "securityhub:IAM.1",
        "prowler:iam_customer_attached_policy_no_administrative_privileges",
        "prowler:iam_customer_unattached_policy_no_administrative_privileges",
    ),
    remediation=Remediation(
        console=_EDIT + "in the named statement list the actions and resources that are used. IAM Access Analyzer "
        "generates such a policy from CloudTrail: the role → Permissions → Generate policy.",
        cli="aws iam create-policy-version --policy-arn {arn} --policy-document file://policy.json --set-as-default",
    ),
    examples=(
        passes(_policy(READ), region=GLOBAL),
        passes(_policy(statement(Action=["*"], Resource=["arn:aws:s3:::a"])), "one resource", region=GLOBAL),
        fails(_policy(statement(Action=["*"])), region=GLOBAL),
        fails(_policy(statement(Action=["*"]), AttachmentCount=0), "attached to nothing yet", region=GLOBAL),
        is_unknown(_policy(UNREADABLE), region=GLOBAL),
        is_unknown(_policy(None), "the answer leaves out the version in force", region=GLOBAL),
        does_not_apply(_policy(statement(Action=["*"]), Owner="AWS"), "AWS's own", region=GLOBAL),
        does_not_apply(
            _policy(statement(Action=["*"]), AttachmentCount=0, PermissionsBoundaryUsageCount=2),
            "a boundary allows nothing by itself",
            region=GLOBAL,
        ),
    ),
)
def iam_policy_not_everything(policy: Resource) -> Outcome:
    """Whoever has such a policy is the account's administrator, by whatever name the policy goes.

    A stolen session of one of them is the whole account.
    """
    if _is_by_aws(policy):
        return not_applicable(_BY_AWS, "Owner")
    if _bounds_alone(policy):
        return not_applicable("The policy is a permissions boundary alone, which allows nothing.", "AttachmentCount")
    return judge_managed(policy, is_everything, "allows every action on every resource", "It allows less than all.")


def _bounds_alone(policy: Resource) -> bool:
    return not policy.config["AttachmentCount"] and bool(policy.config.get("PermissionsBoundaryUsageCount"))


@check(
    resource_type=POLICY,
    title="AWS's administrator policies are attached to nothing",
    problem="An administrator policy of AWS is attached",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "cis_aws_7:2.14"),
    aliases=("prowler:iam_aws_attached_policy_no_administrative_privileges",),
    remediation=Remediation(
        console="IAM → Policies → {name} → Entities attached: detach it from each that has work of its own, and give "
        "it a policy for that work. For people, let IAM Identity Center hand out administration for hours.",
        cli="aws iam list-entities-for-policy --policy-arn {arn}",
    ),
    examples=(
        passes(_policy(READ, Owner="AWS"), region=GLOBAL),
        fails(_policy(statement(Action=["*"]), Owner="AWS"), region=GLOBAL),
        is_unknown(_policy(UNREADABLE, Owner="AWS"), region=GLOBAL),
        does_not_apply(_policy(statement(Action=["*"])), "the account's own policy", region=GLOBAL),
    ),
)
def iam_policy_by_aws_not_everything(policy: Resource) -> Outcome:
    """AdministratorAccess is the quickest way to make something work, and is seldom taken back afterwards."""
    if not _is_by_aws(policy):
        return not_applicable("The policy is the account's own.", "Owner")
    outcome = judge_managed(policy, is_everything, "allows every action on every resource", "It allows less than all.")
    if outcome.status.value == "fail":
        count = policy.config["AttachmentCount"]
        return failed(f"It allows everything and is attached {_times(count)}.", *outcome.evidence, "AttachmentCount")
    return outcome


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


@check(
    resource_type=POLICY,
    title="Policy allows no whole service",
    problem="Policy allows all actions of a service",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:IAM.21"),
    aliases=("securityhub:IAM.21",),
    remediation=Remediation(
        console=_EDIT + "in the named statement list the actions that are used; the policy's Last accessed tab of "
        "whoever has it shows which.",
        cli="aws iam generate-service-last-accessed-details --arn {arn} --granularity ACTION_LEVEL",
    ),
    examples=(
        passes(_policy(READ), region=GLOBAL),
        fails(_policy(statement(Action=["s3:*"])), region=GLOBAL),
        fails(_policy(statement(NotAction=["iam:*"])), "everything but", region=GLOBAL),
        is_unknown(_policy(UNREADABLE), region=GLOBAL),
        does_not_apply(_policy(statement(Action=["s3:*"]), Owner="AWS"), "AWS's own", region=GLOBAL),
    ),
)
def iam_policy_no_whole_service(policy: Resource) -> Outcome:
    """A wildcard for a service also allows what it will be able to do next year, and its deletion today."""
    if _is_by_aws(policy):
        return not_applicable(_BY_AWS, "Owner")
    return judge_managed(policy, is_whole_service, "allows all actions of a service", "It names its actions.")


@check(
    resource_type=POLICY,
    title="Policy does not allow decrypting by every KMS key",
    problem="Policy allows decrypting by every KMS key",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:encryption", "aws_fsbp:KMS.1"),
    aliases=("securityhub:KMS.1",),
    remediation=Remediation(
        console=_EDIT + "name the keys that are used in the statement's resources.",
        cli="aws iam create-policy-version --policy-arn {arn} --policy-document file://policy.json --set-as-default",
    ),
    examples=(
        passes(_policy(statement(Action=["kms:Decrypt"], Resource=["arn:aws:kms:*:*:key/1234"])), region=GLOBAL),
        fails(_policy(statement(Action=["kms:Decrypt"])), region=GLOBAL),
        fails(_policy(statement(Action=["kms:*"], Resource=["arn:aws:kms:eu-central-1:111122223333:key/*"])),
              "all keys of a region", region=GLOBAL),
        is_unknown(_policy(UNREADABLE), region=GLOBAL),
        does_not_apply(_policy(statement(Action=["kms:*"]), Owner="AWS"), "AWS's own", region=GLOBAL),
    ),
)  # fmt: skip
def iam_policy_no_decryption_by_every_key(policy: Resource) -> Outcome:
    """Keys keep data apart only where each of them opens for those alone who work with that data."""
    if _is_by_aws(policy):
        return not_applicable(_BY_AWS, "Owner")
    return judge_managed(policy, decrypts_by_every_key, "allows decrypting by every key", "It names its keys.")


@check(
    resource_type=POLICY,
    title="Policy names the roles that may be passed or assumed",
    problem="Policy allows passing or assuming any role",
    severity=Severity.HIGH,
    controls=("practices:iam",),
    aliases=("prowler:iam_no_custom_policy_permissive_role_assumption",),
    remediation=Remediation(
        console=_EDIT + "name the roles in the statement's resources; for iam:PassRole also add the condition "
        "iam:PassedToService.",
        cli="aws iam create-policy-version --policy-arn {arn} --policy-document file://policy.json --set-as-default",
    ),
    examples=(
        passes(
            _policy(statement(Action=["iam:PassRole"], Resource=["arn:aws:iam::111122223333:role/web"])), region=GLOBAL
        ),
        passes(
            _policy(
                statement(
                    Action=["iam:PassRole"],
                    Condition={"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}},
                )
            ),
            "to one service",
            region=GLOBAL,
        ),
        fails(_policy(statement(Action=["iam:PassRole"])), region=GLOBAL),
        fails(_policy(statement(Action=["sts:AssumeRole"])), "any role that trusts the account", region=GLOBAL),
        is_unknown(_policy(UNREADABLE), region=GLOBAL),
        does_not_apply(_policy(READ, Owner="AWS"), "AWS's own", region=GLOBAL),
    ),
)
def iam_policy_names_roles(policy: Resource) -> Outcome:
    """Whoever may pass any role to a machine of their own has what the mightiest role of the account has."""
    if _is_by_aws(policy):
        return not_applicable(_BY_AWS, "Owner")
    return judge_managed(
        policy,
        lambda allowed: passes_any_role(allowed) or assumes_any_role(allowed),
        "lets pass or assume any role",
        "It names the roles, or none is passed or assumed.",
    )


@check(
    resource_type=POLICY,
    title="Policy of the account is attached or a boundary",
    problem="Policy of the account is attached to nothing",
    severity=Severity.LOW,
    controls=("practices:iam", "practices:legacy"),
    remediation=Remediation(
        console="IAM → Policies → {name} → Delete, once no template names it.",
        cli="aws iam delete-policy --policy-arn {arn}",
    ),
    examples=(
        passes(_policy(READ), region=GLOBAL),
        passes(_policy(READ, AttachmentCount=0, PermissionsBoundaryUsageCount=1), "a boundary", region=GLOBAL),
        fails(_policy(READ, AttachmentCount=0, PermissionsBoundaryUsageCount=0), region=GLOBAL),
        is_unknown(_policy(READ, AttachmentCount=UNREADABLE), region=GLOBAL),
        does_not_apply(_policy(READ, Owner="AWS"), "AWS's own", region=GLOBAL),
    ),
)
def iam_policy_attached(policy: Resource) -> Outcome:
    """A policy that waits is attached one day by somebody who reads its name and not its text."""
    if _is_by_aws(policy):
        return not_applicable(_BY_AWS, "Owner")
    if policy.config["AttachmentCount"]:
        return passed("It is attached.", "AttachmentCount")
    if policy.config["PermissionsBoundaryUsageCount"]:
        return passed("It bounds what others may do.", "PermissionsBoundaryUsageCount")
    return failed("It is attached to nothing.", "AttachmentCount", "PermissionsBoundaryUsageCount")
