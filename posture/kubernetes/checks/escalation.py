"""Judges which service accounts can become cluster-admin, and by which steps."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, does_not_apply, fails, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import Resource
from posture.kubernetes.pods import mapping
from posture.kubernetes.rbac.chains import Chain, has_all_rights
from posture.kubernetes.rbac.graph import BOOTSTRAP
from posture.kubernetes.rbac.neighbours import OBJECTS, graph_of_object
from posture.kubernetes.rbac.nodes import service_account
from posture.kubernetes.rbac.steps import EscalationStep

ACCOUNT = "Kubernetes::ServiceAccount"
_RBAC = "rbac.authorization.k8s.io"


def _account(name: str, namespace: str = "shop") -> dict[str, Any]:
    return {"kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def _role(*rules: tuple[str, str, str], name: str = "deployer") -> Resource:
    made = [{"apiGroups": [group], "resources": [resource], "verbs": [verb]} for group, resource, verb in rules]
    return neighbour(OBJECTS[0], {"kind": "ClusterRole", "metadata": {"name": name}, "rules": made}, name=name)


def _binding(
    role: str, account: str, namespace: str = "shop", name: str = "b", *, is_default: bool = False
) -> Resource:
    config = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name, "labels": {BOOTSTRAP: "rbac-defaults"} if is_default else {}},
        "roleRef": {"kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    }
    return neighbour(OBJECTS[2], config, name=name)


_ALL = _role(("*", "*", "*"), name="all")
_BINDS = _role((_RBAC, "clusterroles", "bind"), (_RBAC, "clusterrolebindings", "create"))


@check(
    resource_type=ACCOUNT,
    title="Service accounts cannot become cluster-admin",
    problem="Service account can become cluster-admin",
    severity=Severity.HIGH,
    controls=("practices:kubernetes", "practices:iam"),
    needs=OBJECTS,
    remediation=Remediation(
        console="Remove the rule that the first step rests on, or bind the role in the one namespace that needs it. "
        "The cluster's page shows each step, and the binding whose removal ends most of them."
    ),
    examples=(
        passes(_account("web")),
        passes(
            _account("web"),
            "half of a way",
            related=[_role((_RBAC, "clusterroles", "bind")), _binding("deployer", "web")],
        ),
        fails(_account("web"), related=[_ALL, _binding("all", "web")]),
        fails(_account("web"), "it binds roles", related=[_BINDS, _binding("deployer", "web")]),
        fails(
            _account("web"),
            "it starts pods as another service account",
            related=[
                _ALL,
                _role(("", "pods", "create")),
                neighbour(ACCOUNT, _account("operator", "tools"), name="operator"),
                _binding("all", "operator", "tools", name="operator"),
                _binding("deployer", "web"),
            ],
        ),
        does_not_apply(
            _account("controller", "kube-system"),
            "Kubernetes's own",
            related=[
                _ALL,
                _binding("all", "controller", "kube-system", is_default=True),
            ],
        ),
    ),
)  # fmt: skip
def kubernetes_serviceaccount_not_administrator(account: Resource, related: Related) -> Outcome:
    """Whoever breaks into one of its pods holds its token, and after these steps the whole cluster.

    Rights are counted over all its bindings and groups together, as the API server counts them.
    """
    metadata = mapping(account.raw_config.get("metadata"))
    node = service_account(str(metadata.get("namespace") or "default"), str(metadata.get("name")))
    found = graph_of_object(account, related)
    chain = found.chains.get(node)
    if chain is None:
        return passed("No chain of rights leads from it to cluster-admin.", "metadata.name")
    if found.is_own(node):
        return not_applicable("Kubernetes made it and gave it these rights.", "metadata.name")
    return failed(describe(chain), "metadata.name")


def describe(chain: Chain) -> str:
    """Return a chain as a sentence."""
    if has_all_rights(chain):
        return f"It is cluster-admin by {_binding_name(chain[0])}."
    steps = [f"{_clause(step)}{_through(step)}" for step in chain if step.verb]
    return f"It {', and then '.join(steps)}; the first step rests on {_binding_name(chain[0])}."


def _clause(step: EscalationStep) -> str:
    return "may do everything" if step.verb == "*" else step.clause


def _through(step: EscalationStep) -> str:
    where = step.target.namespace
    return f" in {where}" if where and not step.target.name else ""


def _binding_name(step: EscalationStep) -> str:
    for group in step.needs:
        return f"the binding {group[0].binding.split('/', 2)[-1][:60]}"
    return "its group"
