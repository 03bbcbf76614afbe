"""Subjects of RBAC, and what they can reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ACCOUNT_PREFIX = "system:serviceaccount:"
ACCOUNTS_GROUP = "system:serviceaccounts"
AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
ANONYMOUS, MASTERS = "system:anonymous", "system:masters"
EVERYWHERE = ""
"""In place of a namespace: the whole cluster."""
OWN_PREFIXES = ("system:", "eks:")
"""Names of users that Kubernetes and EKS keep for themselves: no access entry may use them."""


class NodeKind(StrEnum):
    """What a node of the graph is."""

    USER = "User"
    GROUP = "Group"
    SERVICE_ACCOUNT = "ServiceAccount"
    PRINCIPAL = "Principal"
    """A principal of IAM that the cluster lets in; its name is the ARN."""
    ACCOUNTS = "Accounts"
    """Any service account of a namespace, or of the cluster."""
    PODS = "Pods"
    """Any running pod of a namespace, or of the cluster."""
    ADMINISTRATOR = "Administrator"
    """Everything on everything, in the whole cluster."""


SUBJECTS = (NodeKind.USER, NodeKind.GROUP, NodeKind.SERVICE_ACCOUNT, NodeKind.PRINCIPAL)


@dataclass(frozen=True, slots=True, order=True)
class RbacNode:
    """A subject, or something that a subject can reach."""

    kind: NodeKind
    name: str = ""
    namespace: str = EVERYWHERE

    def __str__(self) -> str:
        if self.kind is NodeKind.SERVICE_ACCOUNT:
            return f"{self.namespace}/{self.name}"
        if self.kind in SUBJECTS:
            return self.name
        where = f"in {self.namespace}" if self.namespace else "in the cluster"
        return {
            NodeKind.ACCOUNTS: f"any service account {where}",
            NodeKind.PODS: f"any pod {where}",
            NodeKind.ADMINISTRATOR: "cluster-admin",
        }[self.kind]

    @property
    def is_anonymous(self) -> bool:
        """Whether it is whoever calls, without a login."""
        return self in (RbacNode(NodeKind.USER, ANONYMOUS), RbacNode(NodeKind.GROUP, UNAUTHENTICATED))

    @property
    def is_everybody(self) -> bool:
        """Whether it is everybody who has a login, or every pod."""
        return self.kind is NodeKind.GROUP and self.name in (AUTHENTICATED, ACCOUNTS_GROUP)

    def groups(self) -> Iterator[str]:
        """Yield the groups that Kubernetes puts it in without being asked."""
        if self.is_anonymous:
            return
        if self.kind is NodeKind.SERVICE_ACCOUNT:
            yield ACCOUNTS_GROUP
            yield f"{ACCOUNTS_GROUP}:{self.namespace}"
        yield AUTHENTICATED


ADMINISTRATOR = RbacNode(NodeKind.ADMINISTRATOR)


def service_account(namespace: str, name: str) -> RbacNode:
    """Return the node of a service account."""
    return RbacNode(NodeKind.SERVICE_ACCOUNT, name, namespace)


def user(name: str) -> RbacNode:
    """Return the node of a user, which may be a service account by its user name."""
    if name.startswith(ACCOUNT_PREFIX):
        namespace, colon, account = name.removeprefix(ACCOUNT_PREFIX).partition(":")
        if colon:
            return service_account(namespace, account)
    return RbacNode(NodeKind.USER, name)


def subject_of(raw: Mapping[str, Any], namespace: str) -> RbacNode | None:
    """Return the node of a binding's subject; None where it names nobody.

    `namespace` is the binding's.
    """
    kind, name = raw.get("kind"), raw.get("name")
    if not isinstance(name, str) or not name:
        return None
    if kind == "User":
        return user(name)
    if kind == "Group":
        return RbacNode(NodeKind.GROUP, name)
    if kind == "ServiceAccount":
        own = raw.get("namespace")
        return service_account(own if isinstance(own, str) and own else namespace, name)
    return None
