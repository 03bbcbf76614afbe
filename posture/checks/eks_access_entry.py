"""Judge EKS access entries: root, users and outside accounts in a cluster."""

from __future__ import annotations

from typing import Any

from posture.checks.sharing import judge_shared_accounts, sharing_examples
from posture.core.arn import Arn
from posture.core.check import EXAMPLE_ACCOUNT, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.values import first_known

ENTRY = "AWS::EKS::AccessEntry"
DESCRIBE = "eks:DescribeAccessEntry"
POLICIES = "eks:ListAssociatedAccessPolicies"
MASTERS = "system:masters"
_ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"
_DELETE = "aws eks delete-access-entry --region {region} --cluster-name <cluster> --principal-arn <principal>"
_IN_ACCESS = "EKS → Clusters → the cluster → Access → IAM access entries → "


def _entry(principal: str, *policies: dict[str, Any], groups: tuple[str, ...] = ()) -> dict[str, Any]:
    arn = f"arn:aws:iam::{EXAMPLE_ACCOUNT}:{principal}"
    return {"principalArn": arn, "kubernetesGroups": list(groups), "AccessPolicies": list(policies)}


def _policy(name: str, scope: str = "cluster") -> dict[str, Any]:
    return {"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}", "accessScope": {"type": scope}}


_ADMIN = _policy(_ADMIN_POLICY)


@check(
    resource_type=ENTRY,
    title="EKS access entry is not the root user's",
    problem="EKS access entry lets in the root user",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:kubernetes", "practices:iam"),
    remediation=Remediation(
        console=f"Give a role an entry with the policy {_ADMIN_POLICY} first; then {_IN_ACCESS}the root user's entry → "
        "Delete.",
        cli=_DELETE,
    ),
    examples=(
        passes(_entry("role/root")),
        fails(_entry("root")),
        is_unknown({"principalArn": denied(DESCRIBE)}),
    ),
)
def eks_access_entry_not_root(entry: Resource) -> Outcome:
    """A cluster that the root user made keeps that user as an administrator, and no policy can take that away.

    Whoever administers the cluster then has a reason to keep using root.
    """
    if Arn.parse(entry.config["principalArn"]).resource == "root":
        return failed("The entry lets in the root user.", "principalArn")
    return passed("The entry is not the root user's.", "principalArn")


@check(
    resource_type=ENTRY,
    title="EKS cluster's administrator is a role",
    problem="EKS cluster's administrator is an IAM user",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:kubernetes", "practices:iam"),
    remediation=Remediation(
        console=f"{_IN_ACCESS}Create access entry: a role that people assume with MFA, with {_ADMIN_POLICY}. Then "
        "delete the user's entry.",
        cli=_DELETE,
    ),
    examples=(
        passes(_entry("role/ops/Admin", _ADMIN)),
        fails(_entry("user/jo", _ADMIN)),
        fails(_entry("user/jo", groups=("viewers", MASTERS)), "by the group that Kubernetes never refuses"),
        fails({**_entry("user/jo", _ADMIN), "kubernetesGroups": denied(DESCRIBE)}, "the policy alone is enough"),
        is_unknown({**_entry("user/jo"), "AccessPolicies": denied(POLICIES)}),
        does_not_apply(_entry("user/jo", _policy("AmazonEKSViewPolicy")), "no administrator"),
        does_not_apply(_entry("user/jo", _policy(_ADMIN_POLICY, "namespace")), "in named namespaces alone"),
        does_not_apply(_entry("root", _ADMIN), "another check judges the root user's entry"),
    ),
)
def eks_access_entry_administrator_is_role(entry: Resource) -> Outcome:
    """An administrator reads every secret and takes every pod's role; a user's access keys never expire by themselves.

    Roles give sessions of hours, after MFA, and each of them has a name in the audit log.
    """
    admin_by = first_known(lambda: _admin_policy(entry), lambda: _admin_group(entry))
    if admin_by is None:
        return not_applicable("The entry does not administer the whole cluster.", "AccessPolicies", "kubernetesGroups")
    kind = Arn.parse(entry.config["principalArn"]).resource.split("/")[0]
    if kind == "user":
        return failed("An IAM user administers the cluster.", "principalArn", admin_by)
    if kind == "root":
        return not_applicable("The root user's entry is judged by a check of its own.", "principalArn")
    return passed("A role administers the cluster.", "principalArn", admin_by)


def _admin_policy(entry: Resource) -> str | None:
    """Return the path of the policy that makes an administrator of the whole cluster."""
    for index, policy in enumerate(entry.config["AccessPolicies"] or ()):
        if policy["policyArn"].endswith(f"/{_ADMIN_POLICY}") and policy["accessScope"]["type"] == "cluster":
            return f"AccessPolicies[{index}]"
    return None


def _admin_group(entry: Resource) -> str | None:
    groups = entry.config["kubernetesGroups"] or ()
    return next((f"kubernetesGroups[{index}]" for index, name in enumerate(groups) if name == MASTERS), None)


@check(
    resource_type=ENTRY,
    title="EKS access entry names no built-in administrators' group",
    problem="EKS access entry puts its principal into system:masters",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:kubernetes", "practices:iam"),
    remediation=Remediation(
        console=f"{_IN_ACCESS}the entry → Edit: remove the group system:masters, and add the access policy "
        f"{_ADMIN_POLICY} if the principal has to administer the whole cluster.",
        cli="aws eks update-access-entry --region {region} --cluster-name <cluster> --principal-arn <principal> "
        "--kubernetes-groups",
    ),
    examples=(
        passes(_entry("role/ops/Admin", _ADMIN)),
        passes(_entry("role/dev", groups=("viewers",))),
        fails(_entry("role/dev", groups=("viewers", MASTERS))),
        is_unknown({"kubernetesGroups": denied(DESCRIBE)}),
    ),
)
def eks_access_entry_not_in_masters(entry: Resource) -> Outcome:
    """Kubernetes does not ask its rules for members of system:masters, so nothing in the cluster can limit them.

    An access policy grants the same and can be taken away, narrowed to namespaces, and seen in CloudTrail.
    """
    path = _admin_group(entry)
    if path:
        return failed("The entry's groups include system:masters.", path)
    return passed("The entry's groups do not include system:masters.", "kubernetesGroups")


@check(
    resource_type=ENTRY,
    title="EKS access entry lets in the organization alone",
    problem="EKS access entry lets in an account outside the organization",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:containers", "practices:iam", "practices:accounts"),
    remediation=Remediation(
        console=f"{_IN_ACCESS}the entry → Delete; give the partner a role of your own account to assume, which asks "
        "for an external id.",
        cli=_DELETE,
    ),
    examples=sharing_examples(
        _entry("role/ops/Admin"),
        {"principalArn": "arn:aws:iam::444455556666:role/partner"},
        DESCRIBE,
    ),
)
def eks_access_entry_inside_organization(entry: Resource) -> Outcome:
    """Somebody else decides who uses the role, with which MFA, and when a person who left loses it.

    What they do in the cluster they do without one of your roles, so none of your policies limits it.
    """
    return judge_shared_accounts(entry, [Arn.parse(entry.config["principalArn"]).account_id], "principalArn")
