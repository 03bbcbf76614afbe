"""Judges what EKS access entries lead to by the cluster's own roles."""

from __future__ import annotations

from typing import Any

from posture.core.arn import Arn
from posture.core.check import (
    EXAMPLE_ACCOUNT,
    EXAMPLE_REGION,
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    passes,
)
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource
from posture.kubernetes.checks.escalation import describe
from posture.kubernetes.rbac.chains import has_all_rights
from posture.kubernetes.rbac.neighbours import OBJECTS, graph_of_entry
from posture.kubernetes.rbac.nodes import NodeKind, RbacNode

ENTRY = "AWS::EKS::AccessEntry"
_HOME = f"arn:aws:eks:{EXAMPLE_REGION}:{EXAMPLE_ACCOUNT}:cluster/shop"
_PRINCIPAL = f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/deploy"


def _entry(*policies: str, groups: tuple[str, ...] = ()) -> dict[str, Any]:
    granted = [
        {"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}", "accessScope": {"type": "cluster"}}
        for name in policies
    ]
    return {
        "clusterName": "shop",
        "principalArn": _PRINCIPAL,
        "kubernetesGroups": list(groups),
        "AccessPolicies": granted,
    }


def _object(kind: str, name: str, namespace: str = "", **content: Any) -> Resource:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return Resource(
        type=f"Kubernetes::{kind}",
        arn=f"{_HOME}/{namespace or '-'}/{kind}/{name}",
        account_id=EXAMPLE_ACCOUNT,
        region=EXAMPLE_REGION,
        name=name,
        raw_config={"kind": kind, "metadata": metadata, "Cluster": _HOME, **content},
    )


def _binding(name: str, role: str, kind: str, subject: str, namespace: str = "") -> Resource:
    one = {"kind": kind, "name": subject, **({"namespace": namespace} if namespace else {})}
    return _object("ClusterRoleBinding", name, roleRef={"kind": "ClusterRole", "name": role}, subjects=[one])


_CLUSTER = (
    _object("ClusterRole", "cluster-admin", rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]),
    _object("ClusterRole", "starter", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]),
    _object("ServiceAccount", "operator", "tools"),
    _binding("operator", "cluster-admin", "ServiceAccount", "operator", "tools"),
    _binding("starters", "starter", "Group", "dev"),
    _binding("ops", "cluster-admin", "Group", "ops"),
)
"""A cluster in which an operator is cluster-admin, and developers start pods anywhere."""


@check(
    resource_type=ENTRY,
    title="EKS access entry's principal cannot make itself cluster-admin",
    problem="EKS access entry's principal can make itself cluster-admin",
    severity=Severity.HIGH,
    controls=("practices:kubernetes", "practices:iam"),
    needs=(*OBJECTS, ENTRY),
    remediation=Remediation(
        console="Narrow the access policy to the namespaces that the principal works in, or remove the group's binding "
        "on which the first step rests. The cluster's page shows each step.",
        cli="aws eks associate-access-policy --region {region} --cluster-name <cluster> --principal-arn <principal> "
        "--policy-arn <policy> --access-scope type=namespace,namespaces=<namespaces>",
    ),
    examples=(
        passes(_entry("AmazonEKSViewPolicy"), related=_CLUSTER),
        passes(_entry(groups=("viewers",)), related=_CLUSTER),
        fails(_entry("AmazonEKSEditPolicy"), "it starts pods as the operator", related=_CLUSTER),
        fails(_entry(groups=("dev",)), "by its group", related=_CLUSTER),
        is_unknown({**_entry(), "kubernetesGroups": denied("eks:DescribeAccessEntry")}, related=_CLUSTER),
        is_unknown(_entry("AmazonEKSEditPolicy"), gaps=(OBJECTS[3],), related=_CLUSTER),
        does_not_apply(_entry("AmazonEKSClusterAdminPolicy"), "it is an administrator as meant", related=_CLUSTER),
        does_not_apply(_entry(groups=("ops",)), "its group is", related=_CLUSTER),
        does_not_apply(_entry(groups=("dev",)), "the cluster is not connected"),
    ),
)
def eks_access_entry_power_not_administrator(entry: Resource, related: Related) -> Outcome:
    """Whoever starts pods in every namespace starts one as the most powerful service account there is.

    The entry looks harmless in IAM and EKS; what it leads to is written in the cluster's own roles.
    """
    principal = entry.config["principalArn"]
    home = f"arn:{Arn.parse(principal).partition}:eks:{entry.region}:{entry.account_id}"
    found = graph_of_entry(entry, related, f"{home}:cluster/{entry.config['clusterName']}")
    if found is None:
        return not_applicable("The cluster is not connected: its roles are not read.", "clusterName")
    node = RbacNode(NodeKind.PRINCIPAL, principal)
    chain = found.chains.get(node)
    if chain is None:
        if found.is_administrator(node) is None:
            return unknown("Not all of its groups and policies are known.", "kubernetesGroups", "AccessPolicies")
        return passed("No chain of rights leads from it to cluster-admin.", "kubernetesGroups", "AccessPolicies")
    if has_all_rights(chain):
        return not_applicable("It is cluster-admin by what it was given.", "AccessPolicies", "kubernetesGroups")
    return failed(describe(chain), "AccessPolicies", "kubernetesGroups")
