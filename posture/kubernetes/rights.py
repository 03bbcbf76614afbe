"""What roles of Kubernetes allow, and which of it leads to more.

The powers are those that rbac-police (Palo Alto Networks, MIT) and Kubernetes's own guide to RBAC name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from posture.core.outcome import Severity
from posture.kubernetes.pods import mapping, sequence

ANY = "*"
READS = ("get", "list", "watch")
WRITES = ("create", "update", "patch")


@dataclass(frozen=True, slots=True)
class RbacPower:
    """Rights by which their holder gets more than it was given."""

    id: str
    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    """Any of them suffices."""
    severity: Severity
    leads_to: str
    """What the holder can do, as a clause: "it can …"."""


POWERS = (
    RbacPower("escalate", "rbac.authorization.k8s.io", ("roles", "clusterroles"), ("escalate",), Severity.CRITICAL,
          "write roles with rights that it does not have"),
    RbacPower("bind", "rbac.authorization.k8s.io", ("roles", "clusterroles"), ("bind",), Severity.CRITICAL,
          "give itself any role"),
    RbacPower("impersonate", "", ("users", "groups", "serviceaccounts"), ("impersonate",), Severity.CRITICAL,
          "act as somebody else"),
    RbacPower("read_secrets", "", ("secrets",), READS, Severity.HIGH, "read secrets, tokens among them"),
    RbacPower("issue_tokens", "", ("serviceaccounts/token",), ("create",), Severity.HIGH,
          "make tokens of service accounts"),
    RbacPower("run_in_pods", "", ("pods/exec", "pods/attach", "pods/ephemeralcontainers"),
          ("create", "get", "patch", "update"), Severity.HIGH, "run programs in pods, as their service accounts"),
    RbacPower("create_pods", "", ("pods",), ("create",), Severity.HIGH,
          "start pods with any service account of the namespace"),
    RbacPower("create_workloads", "apps", ("deployments", "daemonsets", "statefulsets", "replicasets"), WRITES,
          Severity.HIGH, "start pods with any service account of the namespace"),
    RbacPower("create_jobs", "batch", ("jobs", "cronjobs"), WRITES, Severity.HIGH,
          "start pods with any service account of the namespace"),
    RbacPower("call_nodes", "", ("nodes/proxy",), ("create", "get"), Severity.HIGH,
          "call the nodes' agents, which run programs in any pod and log nothing"),
    RbacPower("change_nodes", "", ("nodes", "nodes/status", "pods/status", "services/status"), ("update", "patch"),
          Severity.MEDIUM, "draw pods or their traffic to where it wants them"),
    RbacPower("approve_certificates", "certificates.k8s.io", ("certificatesigningrequests/approval",),
          ("update", "patch"), Severity.HIGH, "sign certificates for other users"),
    RbacPower("control_webhooks", "admissionregistration.k8s.io",
          ("mutatingwebhookconfigurations", "validatingwebhookconfigurations", "validatingadmissionpolicies"),
          (*WRITES, "delete"), Severity.HIGH, "read and change what everybody creates, or turn the rules off"),
    RbacPower("create_volumes", "", ("persistentvolumes",), ("create",), Severity.MEDIUM, "mount folders of the nodes"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleGrant:
    """A rule of a role that gives a power."""

    power: RbacPower
    path: str
    """Of the rule, as "rules[2]"."""


def powers_of(role: Mapping[str, Any]) -> Iterator[RuleGrant]:
    """Yield the powers that a role's rules give, each once for each rule."""
    for at, rule in enumerate(sequence(role.get("rules"))):
        for power in POWERS:
            if gives(mapping(rule), power):
                yield RuleGrant(power, f"rules[{at}]")


def gives(rule: Mapping[str, Any], power: RbacPower) -> bool:
    """Return True if a rule gives a power for every object of a resource.

    One that names its objects is limited to them.
    """
    if sequence(rule.get("resourceNames")):
        return False
    return (
        _meets(rule.get("apiGroups"), (power.group,))
        and _has_resource(rule.get("resources"), power.resources)
        and _meets(rule.get("verbs"), power.verbs)
    )


def _meets(held: object, wanted: Iterable[str]) -> bool:
    names = set(map(str, sequence(held)))
    return ANY in names or not names.isdisjoint(wanted)


def _has_resource(held: object, wanted: Iterable[str]) -> bool:
    names = set(map(str, sequence(held)))
    for one in wanted:
        _, slash, part = one.partition("/")
        if one in names or ANY in names or (slash and f"*/{part}" in names):
            return True
    return False


def is_administrator(rule: Mapping[str, Any]) -> bool:
    """Return True if a rule allows everything on everything."""
    return all(ANY in sequence(rule.get(field)) for field in ("apiGroups", "resources", "verbs"))
