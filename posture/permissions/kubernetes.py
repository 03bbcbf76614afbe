"""How the role is let into EKS clusters, and what it may read there.

The ClusterRole follows from what collectors declare, as the IAM policies do. It has no right to a Secret, and none to
write. Access policies of EKS are no substitute: AmazonEKSViewPolicy has neither roles nor nodes, and
AmazonEKSAdminViewPolicy reads Secrets.
"""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors import all_collectors
from posture.core.arn import Arn
from posture.core.kubernetes import ApiResource

GROUP = "plumbline-readonly"
"""The group of Kubernetes by which the role is let in."""


def read_resources() -> list[ApiResource]:
    """Return everything that collectors read in clusters, sorted by group and name."""
    found = {one for each in all_collectors().values() for one in each.kubernetes}
    return sorted(found, key=lambda one: (one.group, one.plural, one.name))


def cluster_role() -> str:
    """Return the ClusterRole and its binding, as YAML."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from ("apiVersion: rbac.authorization.k8s.io/v1", "kind: ClusterRole", "metadata:", f"  name: {GROUP}")
    yield "rules:"
    for group, plurals in _by_group().items():
        yield f'- apiGroups: ["{group}"]'
        yield f"  resources: [{', '.join(plurals)}]"
        yield "  verbs: [list]"
    for one in (each for each in read_resources() if each.name):
        yield f'- apiGroups: ["{one.group}"]'
        yield f"  resources: [{one.plural}]"
        yield f"  resourceNames: [{one.name}]"
        yield "  verbs: [get]"
    yield "---"
    yield from ("apiVersion: rbac.authorization.k8s.io/v1", "kind: ClusterRoleBinding", "metadata:", f"  name: {GROUP}")
    yield from ("roleRef:", "  apiGroup: rbac.authorization.k8s.io", "  kind: ClusterRole", f"  name: {GROUP}")
    yield from ("subjects:", "- apiGroup: rbac.authorization.k8s.io", "  kind: Group", f"  name: {GROUP}")


def _by_group() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in read_resources():
        if not one.name:
            found.setdefault(one.group, []).append(one.plural)
    return found


def access_entry_command(cluster_arn: str, role_arn: str) -> str:
    """Return the AWS CLI command that lets the role into a cluster."""
    cluster = Arn.parse(cluster_arn)
    return (
        f"aws eks create-access-entry --region {cluster.region} --cluster-name {cluster.name} "
        f"--principal-arn {role_arn} --kubernetes-groups {GROUP}"
    )


def aws_auth_entry(role_arn: str) -> str:
    """Return the entry of mapRoles for a cluster without access entries, as YAML.

    The config map knows roles without their path.
    """
    parsed = Arn.parse(role_arn)
    plain = str(parsed._replace(resource=f"role/{parsed.name}"))
    return f"- rolearn: {plain}\n  username: plumbline\n  groups: [{GROUP}]\n"
