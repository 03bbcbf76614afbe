"""Subjects, bindings, roles and rules, as a cluster's objects have them."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from posture.kubernetes.pods import TEMPLATES, mapping, pod_of, sequence
from posture.kubernetes.rbac.access_policies import access_policy_rules
from posture.kubernetes.rbac.nodes import EVERYWHERE, MASTERS, SUBJECTS, NodeKind, RbacNode, subject_of, user
from posture.kubernetes.rbac.rules import RbacRule, rules_of

WORKLOAD = "Workload"
ROLE_KINDS = ("ClusterRole", "Role")
BINDING_KINDS = ("ClusterRoleBinding", "RoleBinding")
RBAC_KINDS = (*ROLE_KINDS, *BINDING_KINDS)
BOOTSTRAP = "kubernetes.io/bootstrapping"
CLUSTER_ADMIN_ID = "-/ClusterRole/cluster-admin"
EVERY_RIGHT = {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnreadLists:
    """Lists that could not be read: pairs of kind and namespace.

    The namespace is "" for the whole cluster.
    """

    lists: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, lists: Iterable[tuple[str, str]]) -> UnreadLists:
        """Take kinds as Kubernetes calls them: all that make pods count as one."""
        return cls(frozenset((WORKLOAD if kind in TEMPLATES else kind, namespace) for kind, namespace in lists))

    @classmethod
    def everything(cls) -> UnreadLists:
        """Return what uploaded manifests lack.

        The cluster may hold more of each kind.
        """
        return cls.of((kind, EVERYWHERE) for kind in (*RBAC_KINDS, "ServiceAccount", WORKLOAD, "Namespace"))

    def covers(self, kind: str, namespace: str = EVERYWHERE) -> bool:
        """Return True if objects of a kind may be missing in a namespace.

        For "", anywhere.
        """
        if namespace == EVERYWHERE:
            return any(unread == kind for unread, _ in self.lists)
        return (kind, EVERYWHERE) in self.lists or (kind, namespace) in self.lists

    def rbac(self) -> tuple[str, ...]:
        """Return the kinds of RBAC that may be missing somewhere."""
        return tuple(kind for kind in RBAC_KINDS if self.covers(kind))


@dataclass(frozen=True, slots=True)
class RbacGrant:
    """A rule that a binding gives to a subject."""

    binding: str
    """The binding's id, or the access policy."""
    namespace: str
    """Where it holds; "" for the whole cluster."""
    role: str
    """The id of the role that was bound."""
    rule: RbacRule


@dataclass(frozen=True, slots=True)
class Binding:
    """Who gets which role, and where."""

    id: str
    name: str
    namespace: str
    role: str
    subjects: tuple[RbacNode, ...]
    is_default: bool = False
    """Whether Kubernetes made it by itself."""


@dataclass(frozen=True, slots=True)
class RbacLogin:
    """A principal of IAM that a cluster lets in, and as whom."""

    arn: str
    username: str = ""
    groups: tuple[str, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    """Access policies by name, each with its namespace or a pattern such as "dev-*"; "" for the whole cluster."""
    is_complete: bool = True
    """False where AWS refused its policies or groups."""


@dataclass(frozen=True, slots=True)
class Rbac:
    """The graph; ids are "namespace/kind/name", with "-" for none, as in ARNs."""

    bindings: Mapping[str, Binding]
    roles: Mapping[str, tuple[RbacRule, ...]]
    grants: Mapping[RbacNode, tuple[RbacGrant, ...]]
    """What each subject holds directly; groups that it is in come on top."""
    accounts: Mapping[str, frozenset[str]]
    """Service accounts that exist, by namespace."""
    running: Mapping[RbacNode, tuple[str, ...]]
    """Ids of the workloads whose pods run as a service account."""
    logins: Mapping[RbacNode, RbacLogin] = field(default_factory=dict)
    unread: UnreadLists = field(default_factory=UnreadLists)
    reads_config_map: bool | None = False
    """Whether the cluster lets in whoever its aws-auth config map names; None where it is not known."""
    minor: int = 0
    """The cluster's minor version; 0 where it is not known."""
    by_subject: Mapping[RbacNode, tuple[Binding, ...]] = field(default_factory=dict)
    """Bindings by each of their subjects."""
    named_workloads: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Ids of workloads by kind and name, in any namespace."""

    def subjects(self) -> list[RbacNode]:
        """Return who holds something, is a service account or comes from IAM."""
        existing = (service for _, service in self.existing_accounts())
        return sorted({*self.grants, *existing, *self.logins})

    def existing_accounts(self) -> Iterator[tuple[str, RbacNode]]:
        """Yield service accounts with their namespace."""
        for namespace, names in self.accounts.items():
            for name in names:
                yield namespace, RbacNode(NodeKind.SERVICE_ACCOUNT, name, namespace)

    def held(self, subject: RbacNode) -> tuple[RbacGrant, ...]:
        """Return what a subject holds over all its bindings and groups."""
        if subject.kind not in SUBJECTS:
            return ()
        return tuple(grant for node in self.identities(subject) for grant in self.grants.get(node, ()))

    def identities(self, subject: RbacNode) -> list[RbacNode]:
        """Return the subject with all users and groups that it counts as."""
        login = self.logins.get(subject)
        named = [subject, *(RbacNode(NodeKind.GROUP, name) for name in subject.groups())]
        if login is not None:
            named += [RbacNode(NodeKind.GROUP, name) for name in login.groups]
            named += [user(login.username)] if login.username else []
        return list(dict.fromkeys(named))

    def is_master(self, subject: RbacNode) -> bool:
        """Return True for members of the group that Kubernetes never refuses."""
        return RbacNode(NodeKind.GROUP, MASTERS) in self.identities(subject)


def build(
    objects: Iterable[Fields],
    unread: UnreadLists | None = None,
    logins: Iterable[RbacLogin] = (),
    *,
    reads_config_map: bool | None = False,
    minor: int = 0,
) -> Rbac:
    """Join a cluster's objects to a graph.

    What is not of RBAC, a service account or a workload is skipped.
    """
    unread = unread or UnreadLists()
    by_kind: dict[str, list[Fields]] = defaultdict(list)
    for each in objects:
        by_kind[str(each.get("kind"))].append(each)
    roles = _roles(by_kind)
    bindings = {one.id: one for kind in BINDING_KINDS for raw in by_kind[kind] if (one := _binding(raw))}
    running = _running(by_kind)
    accounts = _accounts(by_kind["ServiceAccount"], running)
    known = {_principal(login.arn): login for login in logins}
    return Rbac(
        bindings=bindings,
        roles=roles,
        grants=_grants(bindings.values(), roles, unread) | _of_policies(known, accounts),
        accounts=accounts,
        running=running,
        logins=known,
        unread=unread,
        reads_config_map=reads_config_map,
        minor=minor,
        by_subject=_by_subject(bindings.values()),
        named_workloads=_named_workloads(running.values()),
    )


def object_id(kind: str, namespace: str, name: str) -> str:
    """Return the id of an object within its cluster, as ARNs end in it."""
    return f"{namespace or '-'}/{kind}/{name}"


def _principal(arn: str) -> RbacNode:
    return RbacNode(NodeKind.PRINCIPAL, arn)


def _metadata(raw: Fields, key: str) -> str:
    value = mapping(raw.get("metadata")).get(key)
    return value if isinstance(value, str) else ""


def _roles(by_kind: Mapping[str, list[Fields]]) -> dict[str, tuple[RbacRule, ...]]:
    found = {}
    for kind in ROLE_KINDS:
        for raw in by_kind.get(kind, ()):
            role_id = object_id(kind, _metadata(raw, "namespace") if kind == "Role" else "", _metadata(raw, "name"))
            found[role_id] = tuple(rules_of(raw, role_id))
    for raw in by_kind.get("ClusterRole", ()):
        selectors = sequence(mapping(raw.get("aggregationRule")).get("clusterRoleSelectors"))
        if selectors:
            role_id = object_id("ClusterRole", "", _metadata(raw, "name"))
            found[role_id] += tuple(_aggregated(by_kind["ClusterRole"], selectors, role_id))
    return found


def _aggregated(roles: Iterable[Fields], selectors: Iterable[object], own_id: str) -> Iterator[RbacRule]:
    """Yield the rules of the roles that an aggregated role takes in.

    A live cluster has copied them already; manifests have not.
    """
    for raw in roles:
        labels = mapping(mapping(raw.get("metadata")).get("labels"))
        role_id = object_id("ClusterRole", "", _metadata(raw, "name"))
        if role_id != own_id and any(_matches(mapping(selector), labels) for selector in selectors):
            yield from rules_of(raw, role_id)


def _matches(selector: Fields, labels: Fields) -> bool:
    wanted, expressions = mapping(selector.get("matchLabels")), sequence(selector.get("matchExpressions"))
    if not wanted and not expressions:
        return False
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _meets(mapping(each), labels) for each in expressions
    )


def _meets(expression: Fields, labels: Fields) -> bool:
    key, operator = str(expression.get("key")), expression.get("operator")
    values = sequence(expression.get("values"))
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    if operator == "In":
        return key in labels and labels[key] in values
    return operator == "NotIn" and labels.get(key) not in values


def _binding(raw: Fields) -> Binding | None:
    kind, name = str(raw.get("kind")), _metadata(raw, "name")
    namespace = _metadata(raw, "namespace") if kind == "RoleBinding" else EVERYWHERE
    reference = mapping(raw.get("roleRef"))
    role_kind, role_name = reference.get("kind"), reference.get("name")
    if role_kind not in ROLE_KINDS or not isinstance(role_name, str) or (kind == "RoleBinding" and not namespace):
        return None
    if kind == "ClusterRoleBinding" and role_kind == "Role":
        return None
    subjects = (subject_of(mapping(one), namespace) for one in sequence(raw.get("subjects")))
    return Binding(
        id=object_id(kind, namespace, name),
        name=name,
        namespace=namespace,
        role=object_id(str(role_kind), namespace if role_kind == "Role" else "", role_name),
        subjects=tuple(dict.fromkeys(one for one in subjects if one)),
        is_default=BOOTSTRAP in mapping(mapping(raw.get("metadata")).get("labels")),
    )


def _grants(
    bindings: Iterable[Binding],
    roles: Mapping[str, tuple[RbacRule, ...]],
    unread: UnreadLists,
) -> dict[RbacNode, tuple[RbacGrant, ...]]:
    found: dict[RbacNode, list[RbacGrant]] = defaultdict(list)
    for binding in bindings:
        rules = roles.get(binding.role)
        if rules is None and binding.role == CLUSTER_ADMIN_ID and unread.covers("ClusterRole"):
            # The API server gives this role back its rules at each start.
            rules = tuple(rules_of(EVERY_RIGHT, CLUSTER_ADMIN_ID))
        given = [RbacGrant(binding.id, binding.namespace, binding.role, rule) for rule in rules or ()]
        for subject in binding.subjects:
            found[subject] += given
    return {subject: tuple(grants) for subject, grants in found.items()}


def _of_policies(
    logins: Mapping[RbacNode, RbacLogin], namespaces: Iterable[str]
) -> dict[RbacNode, tuple[RbacGrant, ...]]:
    """Return what access policies grant; patterns cover the namespaces that are known."""
    return {
        principal: tuple(
            RbacGrant(policy, namespace, policy, rule)
            for policy, pattern in login.policies
            for namespace in (fnmatch.filter(namespaces, pattern) if "*" in pattern else [pattern])
            for rule in access_policy_rules(policy) or ()
        )
        for principal, login in logins.items()
    }


def _by_subject(bindings: Iterable[Binding]) -> dict[RbacNode, tuple[Binding, ...]]:
    found: dict[RbacNode, list[Binding]] = defaultdict(list)
    for binding in bindings:
        for subject in binding.subjects:
            found[subject].append(binding)
    return {subject: tuple(each) for subject, each in found.items()}


def _named_workloads(running: Iterable[tuple[str, ...]]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for workload in sorted(one for ids in running for one in ids):
        _, kind, name = workload.split("/", 2)
        found[kind, name].append(workload)
    return {key: tuple(ids) for key, ids in found.items()}


def _accounts(listed: Iterable[Fields], running: Iterable[RbacNode]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for raw in listed:
        if _metadata(raw, "namespace") and _metadata(raw, "name"):
            found[_metadata(raw, "namespace")].add(_metadata(raw, "name"))
    for node in running:
        found[node.namespace].add(node.name)
    return {namespace: frozenset(names) for namespace, names in found.items()}


def _running(by_kind: Mapping[str, list[Fields]]) -> dict[RbacNode, tuple[str, ...]]:
    found: dict[RbacNode, list[str]] = defaultdict(list)
    for kind in TEMPLATES:
        for raw in by_kind.get(kind, ()):
            pod, namespace = pod_of(raw), _metadata(raw, "namespace") or "default"
            if pod is None or kind == "PodTemplate":
                continue
            name = pod.spec.get("serviceAccountName") or pod.spec.get("serviceAccount")
            account = RbacNode(
                NodeKind.SERVICE_ACCOUNT, name if isinstance(name, str) and name else "default", namespace
            )
            found[account].append(object_id(kind, namespace, _metadata(raw, "name")))
    return {account: tuple(ids) for account, ids in found.items()}
