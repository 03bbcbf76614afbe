"""Objects of RBAC for tests."""

from __future__ import annotations

from typing import Any

RBAC = "rbac.authorization.k8s.io"


def rule(resources: str, verbs: str, group: str = "", names: str = "") -> dict[str, Any]:
    """Return a rule; lists are written with spaces between."""
    made: dict[str, Any] = {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
    return made | ({"resourceNames": names.split()} if names else {})


EVERYTHING = rule("*", "*", "*")


def metadata(name: str, namespace: str = "", **labels: str) -> dict[str, Any]:
    """Return an object's metadata."""
    made: dict[str, Any] = {"name": name, "labels": labels}
    return made | ({"namespace": namespace} if namespace else {})


def role(name: str, *rules: dict[str, Any], namespace: str = "", **labels: str) -> dict[str, Any]:
    """Return a role of a namespace, or a cluster role."""
    kind = "Role" if namespace else "ClusterRole"
    return {"kind": kind, "metadata": metadata(name, namespace, **labels), "rules": list(rules)}


def binding(
    name: str, role_name: str, *subjects: str, namespace: str = "", kind: str = "ClusterRole", **labels: str
) -> dict[str, Any]:
    """Return a binding; subjects are "namespace/account", "user:name" or "group:name"."""
    return {
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata(name, namespace, **labels),
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role_name},
        "subjects": [_subject(each) for each in subjects],
    }


def account(namespace: str, name: str) -> dict[str, Any]:
    """Return a service account."""
    return {"kind": "ServiceAccount", "metadata": metadata(name, namespace)}


def deployment(namespace: str, name: str, service_account: str) -> dict[str, Any]:
    """Return a workload that runs as a service account."""
    spec = {"serviceAccountName": service_account, "containers": [{"name": "c", "image": "i"}]}
    return {"kind": "Deployment", "metadata": metadata(name, namespace), "spec": {"template": {"spec": spec}}}


def _subject(words: str) -> dict[str, str]:
    for prefix, kind in (("user:", "User"), ("group:", "Group")):
        if words.startswith(prefix):
            return {"kind": kind, "name": words.removeprefix(prefix), "apiGroup": RBAC}
    namespace, _, name = words.partition("/")
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
