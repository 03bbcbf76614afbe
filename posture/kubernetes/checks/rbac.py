"""Judges roles of Kubernetes and who holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from posture.core.check import Remediation, check, fails, passes
from posture.core.outcome import Outcome, Severity
from posture.core.resource import Resource
from posture.kubernetes.judging import Place, judge_places
from posture.kubernetes.pods import mapping, sequence
from posture.kubernetes.rights import is_administrator, powers_of

CLUSTER_ROLE, ROLE = "Kubernetes::ClusterRole", "Kubernetes::Role"
CLUSTER_BINDING = "Kubernetes::ClusterRoleBinding"
CONTROLS = ("practices:kubernetes", "practices:iam")
EVERYBODY = {"system:anonymous": "anybody without a login", "system:unauthenticated": "anybody without a login"}
LOGGED_IN = {"system:authenticated": "everybody who has a login", "system:serviceaccounts": "every pod of the cluster"}
PUBLIC_ROLES = (
    "system:public-info-viewer",
    "system:discovery",
    "system:basic-user",
    "system:service-account-issuer-discovery",
)
"""Roles that Kubernetes itself gives to everybody: they say no more than which API there is."""
GROUP = "rbac.authorization.k8s.io"


def _role(*rules: Mapping[str, Any], kind: str = "ClusterRole") -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "deployer"}, "rules": list(rules)}


def _rule(resource: str, *verbs: str, group: str = "", **rest: Any) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs), **rest}


def _binding(role: str, *subjects: Mapping[str, str], kind: str = "ClusterRoleBinding") -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": role},
        "subjects": list(subjects),
    }


def _group(name: str) -> dict[str, str]:
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
WEB = {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}


def _judge_administrator(role: Resource) -> Outcome:
    rules = enumerate(sequence(role.raw_config.get("rules")))
    places = [
        (f"rules[{at}]", "a rule allows everything on everything")
        for at, rule in rules
        if is_administrator(mapping(rule))
    ]
    return judge_places(places, "No rule allows everything.")


@check(
    resource_type=CLUSTER_ROLE,
    title="Cluster roles allow what they name",
    problem="Cluster role allows everything on everything",
    severity=Severity.HIGH,
    controls=CONTROLS,
    remediation=Remediation(console="List the resources and verbs that its holders use; the audit log says which."),
    examples=(passes(_role(_rule("pods", "get"))), fails(_role(EVERYTHING))),
)
def kubernetes_clusterrole_not_administrator(role: Resource) -> Outcome:
    """Whoever holds such a role holds the cluster, with every secret and node in it, and most need a small part."""
    return _judge_administrator(role)


@check(
    resource_type=ROLE,
    title="Roles allow what they name",
    problem="Role allows everything in its namespace",
    severity=Severity.MEDIUM,
    controls=CONTROLS,
    remediation=Remediation(console="List the resources and verbs that its holders use; the audit log says which."),
    examples=(passes(_role(_rule("pods", "get"), kind="Role")), fails(_role(EVERYTHING, kind="Role"))),
)
def kubernetes_role_not_administrator(role: Resource) -> Outcome:
    """Everything in a namespace includes its secrets, and its pods with whatever they may do elsewhere."""
    return _judge_administrator(role)


def _judge_powers(role: Resource, severity: Severity) -> Outcome:
    """Judge a role by the powers of one severity.

    What allows everything is another check's.
    """
    rules = sequence(role.raw_config.get("rules"))
    whole = {f"rules[{at}]" for at, rule in enumerate(rules) if is_administrator(mapping(rule))}
    places: dict[str, list[str]] = {}
    for grant in powers_of(role.raw_config):
        if grant.power.severity is severity and grant.path not in whole:
            places.setdefault(grant.path, []).append(grant.power.leads_to)
    found = [(path, f"its holders can {'; '.join(dict.fromkeys(clauses))}") for path, clauses in places.items()]
    return judge_places(found, "No rule leads to more than it says.")


def _powers_check(
    kind: str, severity: Severity, name: str, bad: Mapping[str, Any]
) -> Callable[[Callable[..., Outcome]], Any]:
    noun = "Cluster role" if kind == "ClusterRole" else "Role"
    return check(
        resource_type=f"Kubernetes::{kind}",
        title=f"{noun}s do not let their holders {name}",
        problem=f"{noun} lets its holders {name}",
        severity=severity,
        controls=CONTROLS,
        remediation=Remediation(
            console="Remove the rule, or name its objects in `resourceNames`. Few service accounts need it."
        ),
        examples=(
            passes(_role(_rule("pods", "get", "list"), kind=kind)),
            passes(_role({**bad, "resourceNames": ["one"]}, kind=kind), "objects are named"),
            fails(_role(bad, kind=kind)),
        ),
    )


@_powers_check(
    "ClusterRole", Severity.CRITICAL, "give themselves any right", _rule("clusterroles", "bind", group=GROUP)
)
def kubernetes_clusterrole_no_escalation(role: Resource) -> Outcome:
    """Who may bind or write any role, or act as somebody else, is an administrator whatever else the role says."""
    return _judge_powers(role, Severity.CRITICAL)


@_powers_check("ClusterRole", Severity.HIGH, "take over pods or secrets", _rule("secrets", "get", "list"))
def kubernetes_clusterrole_no_takeover(role: Resource) -> Outcome:
    """Secrets hold the tokens of others, and who starts or enters a pod is that pod, in every namespace."""
    return _judge_powers(role, Severity.HIGH)


@_powers_check("Role", Severity.HIGH, "take over pods or secrets", _rule("pods/exec", "create"))
def kubernetes_role_no_takeover(role: Resource) -> Outcome:
    """Within its namespace the holder becomes any service account there, with all that those may do elsewhere."""
    return _judge_powers(role, Severity.HIGH)


def _subjects(binding: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for at, subject in enumerate(sequence(binding.raw_config.get("subjects"))):
        yield f"subjects[{at}]", mapping(subject)


def _judge_subjects(binding: Resource, named: Mapping[str, str], good: str) -> Outcome:
    role = str(mapping(binding.raw_config.get("roleRef")).get("name"))
    places: list[Place] = (
        []
        if role in PUBLIC_ROLES
        else [
            (f"{path}.name", f"{named[subject['name']]} holds the role {role[:60]}")
            for path, subject in _subjects(binding)
            if subject.get("kind") in ("User", "Group") and str(subject.get("name")) in named
        ]
    )
    return judge_places(places, good)


def _everybody_check(kind: str) -> Callable[[Callable[..., Outcome]], Any]:
    return check(
        resource_type=f"Kubernetes::{kind}",
        title="Nobody holds a role without a login",
        problem="Role is held by whoever calls, without a login",
        severity=Severity.CRITICAL,
        controls=CONTROLS,
        remediation=Remediation(
            console="Remove the subject. Give the role to the service account or group that needs it."
        ),
        examples=(
            passes(_binding("view", WEB, kind=kind)),
            passes(
                _binding("system:public-info-viewer", _group("system:unauthenticated"), kind=kind), "Kubernetes's own"
            ),
            fails(_binding("view", _group("system:unauthenticated"), kind=kind)),
        ),
    )


@_everybody_check("ClusterRoleBinding")
def kubernetes_clusterrolebinding_no_anonymous(binding: Resource) -> Outcome:
    """Where the endpoint is public, this is a right of the whole internet; scanners look for it all day."""
    return _judge_subjects(binding, EVERYBODY, "Every subject has a login.")


@_everybody_check("RoleBinding")
def kubernetes_rolebinding_no_anonymous(binding: Resource) -> Outcome:
    """Where the endpoint is public, this is a right of the whole internet; scanners look for it all day."""
    return _judge_subjects(binding, EVERYBODY, "Every subject has a login.")


@check(
    resource_type=CLUSTER_BINDING,
    title="No cluster role is held by everybody who has a login",
    problem="Cluster role is held by everybody who has a login",
    severity=Severity.HIGH,
    controls=CONTROLS,
    remediation=Remediation(console="Give the role to the group or service account that needs it."),
    examples=(
        passes(_binding("view", WEB)),
        passes(_binding("system:discovery", _group("system:authenticated")), "Kubernetes's own"),
        fails(_binding("view", _group("system:authenticated"))),
        fails(_binding("edit", _group("system:serviceaccounts")), "each pod holds it"),
    ),
)
def kubernetes_clusterrolebinding_not_everybody(binding: Resource) -> Outcome:
    """On some clusters any account of the identity provider has a login, and every pod has one on all of them."""
    return _judge_subjects(binding, LOGGED_IN, "It names who holds the role.")


@check(
    resource_type=CLUSTER_BINDING,
    title="Cluster administrators are few and named",
    problem="Role cluster-admin is given away",
    severity=Severity.HIGH,
    controls=CONTROLS,
    remediation=Remediation(
        console="Bind a smaller role. Keep cluster-admin for a group that people join when something is on fire."
    ),
    examples=(
        passes(_binding("view", WEB)),
        passes(_binding("cluster-admin", _group("system:masters")), "Kubernetes's own"),
        fails(_binding("cluster-admin", WEB)),
    ),
)
def kubernetes_clusterrolebinding_no_cluster_admin(binding: Resource) -> Outcome:
    """Its holder reads every secret and enters every node. A pod with it hands that to whoever breaks in."""
    if mapping(binding.raw_config.get("roleRef")).get("name") != "cluster-admin":
        return judge_places([], "It gives another role than cluster-admin.")
    places = [
        (path, f"{subject.get('kind', 'somebody')} {str(subject.get('name'))[:60]} is a cluster administrator")
        for path, subject in _subjects(binding)
        if subject.get("name") != "system:masters"
    ]
    return judge_places(places, "Only Kubernetes's own group holds it.")
