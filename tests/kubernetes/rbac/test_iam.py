"""Who comes into a cluster from IAM, and which roles pods become."""

from __future__ import annotations

from typing import Any

import pytest

from posture.core.gap import GapReason
from posture.core.values import Unknown
from posture.kubernetes.rbac.graph import RbacLogin
from posture.kubernetes.rbac.iam import RoleWay, config_map_logins, login_of, pod_roles, trusts_account
from posture.kubernetes.rbac.nodes import service_account

DENIED = Unknown("eks:DescribeAccessEntry", "AccessDenied", GapReason.DENIED)
ROLE = "arn:aws:iam::111122223333:role/orders"
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
NAME = ISSUER.removeprefix("https://")
SUBJECT = "system:serviceaccount:shop:web"
WEB = service_account("shop", "web")


def policy(name: str, *namespaces: str) -> dict[str, Any]:
    scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
    return {"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}", "accessScope": scope}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {"principalArn": ROLE, "kubernetesGroups": ["dev"], "AccessPolicies": [policy("AmazonEKSViewPolicy")]},
            RbacLogin(ROLE, groups=("dev",), policies=(("AmazonEKSViewPolicy", ""),)),
        ),
        (
            {"principalArn": ROLE, "kubernetesGroups": [], "AccessPolicies": [policy("AmazonEKSEditPolicy", "a", "b")]},
            RbacLogin(ROLE, policies=(("AmazonEKSEditPolicy", "a"), ("AmazonEKSEditPolicy", "b"))),
        ),
        (
            {"principalArn": ROLE, "kubernetesGroups": DENIED, "AccessPolicies": []},
            RbacLogin(ROLE, is_complete=False),
        ),
        ({"principalArn": ROLE, "AccessPolicies": DENIED}, RbacLogin(ROLE, is_complete=False)),
        ({"principalArn": ROLE, "AccessPolicies": [policy("AmazonNewPolicy")]}, RbacLogin(ROLE, is_complete=False)),
        ({"principalArn": ROLE, "AccessPolicies": [policy("AmazonEKSAutoNodePolicy")]}, RbacLogin(ROLE)),
        ({"principalArn": DENIED}, None),
    ],
)
def test_access_entries(entry: dict[str, Any], expected: RbacLogin | None) -> None:
    assert login_of(entry) == expected


def test_the_config_map_is_read_as_yaml() -> None:
    text = f"- rolearn: {ROLE}\n  username: ops\n  groups:\n  - system:masters\n"
    assert config_map_logins({"mapRoles": text}) == [RbacLogin(ROLE, "ops", ("system:masters",))]
    assert config_map_logins({}) == []


@pytest.mark.parametrize("text", ["{", "a: b", "- !!python/object:os.system x", 7, "x" * 300_000])
def test_a_broken_config_map_is_not_known(text: object) -> None:
    assert config_map_logins({"mapRoles": text}) is None


NESTED_MERGES = "- &a0 {k: 1}\n" + "".join(f"- &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 5))


@pytest.mark.parametrize("text", ["[" * 50_000, "- {rolearn: &a x, username: *a}", NESTED_MERGES, "- a\n---\n- b\n"])
def test_a_hostile_config_map_is_not_known(text: str) -> None:
    assert config_map_logins({"mapRoles": text}) is None


@pytest.mark.parametrize("value", ["2001-99-99", "9" * 5_000, "!!int x"])
def test_no_value_of_a_config_map_ends_the_reading(value: str) -> None:
    assert config_map_logins({"mapUsers": f"- userarn: {ROLE}\n  other: {value}\n"}) == [RbacLogin(ROLE)]


def trust(**condition: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{NAME}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("policy_document", "expected"),
    [
        (trust(StringEquals={f"{NAME}:sub": SUBJECT, f"{NAME}:aud": "sts.amazonaws.com"}), True),
        (trust(StringLike={f"{NAME}:sub": "system:serviceaccount:shop:*"}), True),
        (trust(), True),
        (trust(StringEquals={f"{NAME}:sub": "system:serviceaccount:shop:other"}), False),
        (trust(StringEquals={f"{NAME}:aud": "another"}), False),
        ({"Version": "2012-10-17", "Statement": []}, False),
        (DENIED, None),
        (None, None),
    ],
)  # fmt: skip
def test_the_roles_trust_decides(policy_document: Any, *, expected: bool | None) -> None:
    assert trusts_account(policy_document, ROLE, ISSUER, WEB) is expected
    assert trusts_account(policy_document, ROLE, "", WEB) is None, "the issuer is not known"


def test_a_trust_in_another_cluster_lets_nobody_in() -> None:
    document = trust(StringEquals={f"{NAME}:sub": "system:serviceaccount:shop:web"})
    assert trusts_account(document, ROLE, "https://oidc.eks.eu-central-1.amazonaws.com/id/OTHER", WEB) is False


def test_pods_become_roles_by_annotation_and_association() -> None:
    annotated = {
        "kind": "ServiceAccount",
        "metadata": {"name": "web", "namespace": "shop", "annotations": {"eks.amazonaws.com/role-arn": ROLE}},
    }
    associated = {"namespace": "ops", "serviceAccount": "backup", "roleArn": ROLE}
    unread = {"namespace": "ops", "serviceAccount": "x", "roleArn": DENIED}
    one, other = pod_roles([annotated, {"kind": "ServiceAccount"}], [associated, unread], {}, ISSUER)
    assert (one.account, one.way, one.is_trusted) == (WEB, RoleWay.IRSA, None)
    assert (other.account, other.way, other.is_trusted) == (
        service_account("ops", "backup"),
        RoleWay.POD_IDENTITY,
        True,
    )
