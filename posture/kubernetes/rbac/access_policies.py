"""What the access policies of EKS allow, as rules of roles.

https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, read in November 2026. Only rights
that lead to more are written out: reading without secrets leads nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from posture.kubernetes.rbac.rules import RbacRule, rules_of

READ = ("get", "list", "watch")
WRITE = ("create", "delete", "deletecollection", "patch", "update")


def _rule(group: str, resources: tuple[str, ...], *verbs: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


_ENTER = ("pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy")
_EDIT = [
    _rule("apps", ("daemonsets", "deployments", "replicasets", "statefulsets"), *WRITE, *READ),
    _rule("batch", ("cronjobs", "jobs"), *WRITE, *READ),
    _rule("", ("pods", *_ENTER), *WRITE, *READ),
    _rule("", ("configmaps", "serviceaccounts", "services", "persistentvolumeclaims"), *WRITE, *READ),
    _rule("", ("serviceaccounts",), "impersonate"),
]
_ADMIN = [*_EDIT, _rule("rbac.authorization.k8s.io", ("rolebindings", "roles"), *WRITE, *READ)]
RULES: Mapping[str, list[dict[str, Any]]] = {
    "AmazonEKSClusterAdminPolicy": [_rule("*", ("*",), "*")],
    "AmazonEKSAdminPolicy": _ADMIN,
    "AmazonEKSEditPolicy": _EDIT,
    "AmazonEKSAdminViewPolicy": [_rule("*", ("*",), *READ)],
    "AmazonEKSSecretReaderPolicy": [_rule("", ("secrets",), *READ)],
    "AmazonEKSViewPolicy": [_rule("", ("pods", "services", "configmaps"), *READ)],
}

NARROW_POLICIES = frozenset(
    {
        "AmazonEKSAutoNodePolicy",
        "AmazonEKSBlockStorageClusterPolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSComputeClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSLoadBalancingClusterPolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingClusterPolicy",
        "AmazonEKSNetworkingPolicy",
        "AmazonEKSHybridPolicy",
    }
)
"""Policies of AWS's own roles, for one job each; AWS does not list all of their rules."""


@cache
def access_policy_rules(policy: str) -> tuple[RbacRule, ...] | None:
    """Return the rules of an access policy by its name; None for an unknown one."""
    rules = RULES.get(policy)
    return None if rules is None else tuple(rules_of({"rules": rules}, policy))
