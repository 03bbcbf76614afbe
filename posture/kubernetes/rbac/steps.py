"""Steps from one subject to the next, each with the rules that allow it.

Written from https://kubernetes.io/docs/concepts/security/rbac-good-practices/. A step is here if it works by the API
alone. What needs luck is a power and no step: tokens in secrets that may not exist, pods that break out of their node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from posture.kubernetes.rbac.graph import Rbac, RbacGrant
from posture.kubernetes.rbac.nodes import ADMINISTRATOR, EVERYWHERE, MASTERS, NodeKind, RbacNode
from posture.kubernetes.rights import ANY

RBAC = "rbac.authorization.k8s.io"
WRITE = ("create", "patch", "update")
CHANGE = ("patch", "update")
READ = ("get", "list", "watch")
WEBSOCKET_CREATE_SINCE = 35
"""The minor version from which opening a WebSocket to a pod takes the verb `create`."""
STRONG_ROLES = ("cluster-admin", "admin", "edit")
"""Kubernetes's own roles whose holder becomes any service account of a namespace."""
AWS_AUTH = "aws-auth"
RESOURCES: Mapping[str, tuple[str, str]] = {
    "Deployment": ("apps", "deployments"),
    "DaemonSet": ("apps", "daemonsets"),
    "StatefulSet": ("apps", "statefulsets"),
    "ReplicaSet": ("apps", "replicasets"),
    "CronJob": ("batch", "cronjobs"),
    "ReplicationController": ("", "replicationcontrollers"),
}
"""Workloads whose service account can be changed: their API group and resource."""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """A step that a subject can take, or a part of a whole."""

    source: RbacNode
    target: RbacNode
    verb: str = ""
    """As "bind"; empty where the target is a part of the source, as a pod of a namespace."""
    clause: str = ""
    """What the source does, as "gives itself cluster-admin"."""
    needs: tuple[tuple[RbacGrant, ...], ...] = ()
    """Grants: one of each group is enough."""
    through: tuple[str, ...] = ()
    """Ids of the workloads that are used."""

    def survives(self, binding: str) -> bool:
        """Return True if the step can be taken without a binding."""
        return all(any(grant.binding != binding for grant in group) for group in self.needs)


@dataclass(frozen=True, slots=True)
class Need:
    """One of the rights that a step takes."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = field(default=("",))
    """Objects: the right on any of them is enough; "" means on all."""


@dataclass(frozen=True, slots=True)
class EscalationWay:
    """A kind of step."""

    verb: str
    clause: str
    target: NodeKind
    needs: tuple[Need, ...]
    only_cluster: bool = False
    """Whether it takes rights in the whole cluster."""


_BIND = Need(RBAC, ("clusterroles",), ("bind",), ("", *STRONG_ROLES))
_START = "starts pods as any service account"
WAYS = (
    EscalationWay("bind", "gives itself cluster-admin", NodeKind.ADMINISTRATOR,
        (Need(RBAC, ("clusterroles",), ("bind",), ("", "cluster-admin")),
         Need(RBAC, ("clusterrolebindings",), WRITE)), only_cluster=True),
    EscalationWay("bind", "gives itself a strong role", NodeKind.ACCOUNTS,
        (_BIND, Need(RBAC, ("rolebindings",), WRITE))),
    EscalationWay("impersonate", "acts as system:masters", NodeKind.ADMINISTRATOR,
        (Need("", ("users", "serviceaccounts"), ("impersonate",)),
         Need("", ("groups",), ("impersonate",), ("", MASTERS))), only_cluster=True),
    EscalationWay("impersonate", "acts as a service account", NodeKind.ACCOUNTS,
        (Need("", ("serviceaccounts",), ("impersonate",)),)),
    EscalationWay("token", "makes tokens of service accounts", NodeKind.ACCOUNTS,
        (Need("", ("serviceaccounts/token",), ("create",)),)),
    EscalationWay("token secret", "makes secrets that hold tokens, and reads them", NodeKind.ACCOUNTS,
        (Need("", ("secrets",), ("create",)), Need("", ("secrets",), READ))),
    EscalationWay("create pods", _START, NodeKind.ACCOUNTS, (Need("", ("pods",), ("create",)),)),
    EscalationWay("create workloads", _START, NodeKind.ACCOUNTS,
        (Need("apps", ("deployments", "daemonsets", "statefulsets", "replicasets"), WRITE),)),
    EscalationWay("create workloads", _START, NodeKind.ACCOUNTS, (Need("", ("replicationcontrollers",), WRITE),)),
    EscalationWay("create jobs", _START, NodeKind.ACCOUNTS, (Need("batch", ("jobs", "cronjobs"), WRITE),)),
    EscalationWay("debug", "adds containers to running pods", NodeKind.PODS,
        (Need("", ("pods/ephemeralcontainers",), CHANGE),)),
    EscalationWay("nodes/proxy", "runs programs in pods through the nodes' agents", NodeKind.PODS,
        (Need("", ("nodes/proxy",), ("create", "get")),), only_cluster=True),
    EscalationWay("webhook", "changes pods when they start", NodeKind.PODS,
        (Need("admissionregistration.k8s.io", ("mutatingwebhookconfigurations",), WRITE),), only_cluster=True),
)  # fmt: skip


def steps_of(rbac: Rbac, subject: RbacNode) -> Iterator[EscalationStep]:
    """Yield the steps that a subject can take with all it holds."""
    if rbac.is_master(subject):
        yield EscalationStep(subject, ADMINISTRATOR, "system:masters", "is in the group that Kubernetes never refuses")
    held = [grant for grant in rbac.held(subject) if grant.rule.may_lead_further]
    if not held:
        return
    whole = tuple(grant for grant in held if grant.rule.is_administrator and not grant.namespace)
    if whole:
        yield EscalationStep(subject, ADMINISTRATOR, "*", "may do everything", (whole,))
    yield from _ways(rbac, subject, held)
    yield from _escalations(rbac, subject, held)
    yield from _named_accounts(rbac, subject, held)
    yield from _named_workloads(rbac, subject, held)
    yield from _identities(rbac, subject, held)
    yield from _config_map(rbac, subject, held)


def parts_of(rbac: Rbac) -> Iterator[EscalationStep]:
    """Yield the parts of wholes.

    The cluster's service accounts and pods consist of those of its namespaces, and these of each one.
    """
    for kind, members in (
        (NodeKind.ACCOUNTS, [account for _, account in rbac.existing_accounts()]),
        (NodeKind.PODS, list(rbac.running)),
    ):
        for namespace in sorted({member.namespace for member in members}):
            yield EscalationStep(RbacNode(kind), RbacNode(kind, namespace=namespace))
        for member in members:
            through = rbac.running.get(member, ()) if kind is NodeKind.PODS else ()
            yield EscalationStep(RbacNode(kind, namespace=member.namespace), member, through=through)


def find(held: list[RbacGrant], need: Need, namespace: str = EVERYWHERE) -> tuple[RbacGrant, ...]:
    """Return the grants by which a need is met in a namespace.

    For "", in the whole cluster.
    """
    return tuple(
        grant
        for grant in held
        if grant.namespace in (EVERYWHERE, namespace)
        and any(
            grant.rule.allows(need.group, resource, need.verbs, name)
            for resource in need.resources
            for name in need.names
        )
    )


def _ways(rbac: Rbac, subject: RbacNode, held: list[RbacGrant]) -> Iterator[EscalationStep]:
    namespaces = sorted({grant.namespace for grant in held} | {EVERYWHERE})
    for way in (*WAYS, _exec(rbac)):
        for namespace in namespaces:
            if namespace and way.only_cluster:
                break
            needs = tuple(find(held, need, namespace) for need in way.needs)
            if all(needs):
                yield EscalationStep(subject, RbacNode(way.target, namespace=namespace), way.verb, way.clause, needs)


def _exec(rbac: Rbac) -> EscalationWay:
    verbs = ("create",) if rbac.minor >= WEBSOCKET_CREATE_SINCE else ("create", "get")
    return EscalationWay("exec", "runs programs in pods", NodeKind.PODS, (Need("", ("pods/exec",), verbs),))


def _escalations(rbac: Rbac, subject: RbacNode, held: list[RbacGrant]) -> Iterator[EscalationStep]:
    """Yield the steps of those who may add any rule to a role that they hold."""
    if not any("escalate" in grant.rule.verbs or ANY in grant.rule.verbs for grant in held):
        return
    own = {binding.id: binding for one in rbac.identities(subject) for binding in rbac.by_subject.get(one, ())}
    about = _by_name(held)
    for binding in own.values():
        namespace, kind, name = binding.role.split("/", 2)
        resource, where = ("roles", namespace) if kind == "Role" else ("clusterroles", EVERYWHERE)
        near = about[""] if name not in about else [*about[""], *about[name]]
        needs = tuple(find(near, Need(RBAC, (resource,), verbs, (name,)), where) for verbs in (("escalate",), CHANGE))
        if all(needs):
            clause = f"adds any rule to its own role {name}"
            holds = (*needs, tuple(RbacGrant(binding.id, "", binding.role, grant.rule) for grant in needs[0][:1]))
            target = RbacNode(NodeKind.ACCOUNTS, namespace=binding.namespace) if binding.namespace else ADMINISTRATOR
            yield EscalationStep(subject, target, "escalate", clause, holds)


def _by_name(held: list[RbacGrant]) -> Mapping[str, list[RbacGrant]]:
    """Return grants by the names of their objects; "" has those about any."""
    found: defaultdict[str, list[RbacGrant]] = defaultdict(list)
    for grant in held:
        for name in grant.rule.names or ("",):
            found[name].append(grant)
    return found


def _named_accounts(rbac: Rbac, subject: RbacNode, held: list[RbacGrant]) -> Iterator[EscalationStep]:
    """Yield the steps of rules that name the service accounts which they are about."""
    for grant in held:
        for name in sorted(grant.rule.names):
            for resource, verb, label, clause in (
                ("serviceaccounts/token", "create", "token", "makes its tokens"),
                ("serviceaccounts", "impersonate", "impersonate", "acts as it"),
            ):
                if not grant.rule.allows("", resource, (verb,), name):
                    continue
                spaces = [grant.namespace] if grant.namespace else rbac.accounts
                for namespace in spaces:
                    if name in rbac.accounts.get(namespace, ()):
                        target = RbacNode(NodeKind.SERVICE_ACCOUNT, name, namespace)
                        yield EscalationStep(subject, target, label, clause, ((grant,),))


def _named_workloads(rbac: Rbac, subject: RbacNode, held: list[RbacGrant]) -> Iterator[EscalationStep]:
    """Yield the steps of rules that name workloads.

    Whoever changes a workload chooses its service account.
    """
    for grant in held:
        for kind, (group, resource) in RESOURCES.items() if grant.rule.names else ():
            for name in sorted(grant.rule.names):
                if not grant.rule.allows(group, resource, CHANGE, name):
                    continue
                for workload in rbac.named_workloads.get((kind, name), ()):
                    namespace = workload.split("/", 1)[0]
                    if grant.namespace in (EVERYWHERE, namespace):
                        clause = f"gives {kind} {name} any service account"
                        target = RbacNode(NodeKind.ACCOUNTS, namespace=namespace)
                        yield EscalationStep(subject, target, "change workload", clause, ((grant,),), (workload,))


def _identities(rbac: Rbac, subject: RbacNode, held: list[RbacGrant]) -> Iterator[EscalationStep]:
    """Yield the steps of those who may act as other users, and as groups on top."""
    if not any("impersonate" in grant.rule.verbs or ANY in grant.rule.verbs for grant in held):
        return
    anyone = find(held, Need("", ("users", "serviceaccounts"), ("impersonate",)))
    for target in rbac.grants:
        if target.kind is NodeKind.USER:
            grants = find(held, Need("", ("users",), ("impersonate",), ("", target.name)))
            if grants and target != subject:
                yield EscalationStep(subject, target, "impersonate", "acts as the user", (grants,))
        elif target.kind is NodeKind.GROUP and anyone:
            grants = find(held, Need("", ("groups",), ("impersonate",), ("", target.name)))
            if grants:
                yield EscalationStep(subject, target, "impersonate", "acts as a member of the group", (anyone, grants))


def _config_map(rbac: Rbac, subject: RbacNode, held: list[RbacGrant]) -> Iterator[EscalationStep]:
    needed = writes_logins(held)
    if needed and rbac.reads_config_map:
        yield EscalationStep(
            subject, ADMINISTRATOR, AWS_AUTH, "makes its IAM role an administrator in aws-auth", (needed,)
        )


def writes_logins(held: list[RbacGrant]) -> tuple[RbacGrant, ...]:
    """Return the grants that allow to change the config map of logins."""
    return find(held, Need("", ("configmaps",), CHANGE, ("", AWS_AUTH)), "kube-system")
