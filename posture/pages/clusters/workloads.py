"""Namespaces and workloads by what the Pod Security Standards say of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from posture.core.values import Unknown
from posture.kubernetes.pod_security import LATEST, PodSecurityLevel, controls_of, level_of, violations
from posture.kubernetes.pods import mapping, pod_of, sequence
from posture.kubernetes.rbac.graph import UnreadLists, object_id
from posture.pages.clusters.facts import ClusterWorkload, Namespace

ENFORCE = "pod-security.kubernetes.io/enforce"
RUNNING = "Running"
CONTROLS_MAX = 6
Fields = Mapping[str, Any]


def workload_of(resource_id: int, content: Fields, observed: Fields, minor: int) -> ClusterWorkload | None:
    """Return a workload with its level; None for what makes no pods."""
    pod = pod_of(content)
    if pod is None:
        return None
    metadata = mapping(content.get("metadata"))
    kind, name = str(content.get("kind")), str(metadata.get("name"))
    namespace = str(metadata.get("namespace") or "default")
    version = min(minor, LATEST) if minor else LATEST
    level = level_of(pod, version)
    account = pod.spec.get("serviceAccountName") or pod.spec.get("serviceAccount") or "default"
    return ClusterWorkload(
        resource_id=resource_id,
        id=object_id(kind, namespace, name),
        kind=kind,
        namespace=namespace,
        name=name,
        level="neither" if level is None else level.value,
        controls=_broken(pod, level, version),
        service_account=str(account),
        pods=_pods(observed),
    )


def _broken(pod: Any, level: PodSecurityLevel | None, version: int) -> tuple[str, ...]:
    """Return the titles of the controls that hold a pod below the next level."""
    if level is PodSecurityLevel.RESTRICTED:
        return ()
    wanted = PodSecurityLevel.BASELINE if level is None else PodSecurityLevel.RESTRICTED
    titles = {each.id: each.title.rstrip(".") for each in controls_of(wanted, version)}
    found = dict.fromkeys(titles[each.control] for each in violations(pod, wanted, version))
    return tuple(found)[:CONTROLS_MAX]


def _pods(observed: Fields) -> int | None:
    running = observed.get(RUNNING)
    if running is None or isinstance(running, Unknown):
        return None
    counts = mapping(mapping(running).get("Pods"))
    return sum(count for phase, count in counts.items() if isinstance(count, int) and phase in {"Running", "Pending"})


def namespaces_of(
    workloads: Iterable[ClusterWorkload], objects: Mapping[str, Sequence[Fields]], unread: UnreadLists
) -> tuple[Namespace, ...]:
    """Return namespaces with their workloads, worst first, Kubernetes's own last."""
    by_namespace: dict[str, list[ClusterWorkload]] = defaultdict(list)
    for one in workloads:
        by_namespace[one.namespace].append(one)
    labels = {_name(raw): mapping(mapping(raw.get("metadata")).get("labels")) for raw in objects.get("Namespace", ())}
    names = {*by_namespace, *(name for name in labels if name)}
    policies = {_namespace(raw) for raw in objects.get("NetworkPolicy", ()) if _is_of_everybody(raw)}
    found = [
        Namespace(
            name=name,
            enforced=_enforced(labels.get(name), is_unread=unread.covers("Namespace")),
            workloads=tuple(sorted(by_namespace.get(name, ()), key=lambda one: (one.name, one.kind))),
            has_policy=True if name in policies else None if unread.covers("NetworkPolicy", name) else False,
            is_unread=unread.covers("Workload", name) and not by_namespace.get(name),
        )
        for name in names
    ]
    return tuple(sorted(found, key=_order))


def _order(one: Namespace) -> tuple[bool, bool, int, int, str]:
    return one.is_own, one.is_unread, -one.count("neither"), -one.count("baseline"), one.name


def _enforced(labels: Fields | None, *, is_unread: bool) -> str | None:
    if labels is None:
        return None if is_unread else ""
    level = labels.get(ENFORCE)
    return str(level) if level in ("baseline", "restricted") else ""


def _is_of_everybody(policy: Fields) -> bool:
    """Return True for a policy about all pods of its namespace."""
    selector = mapping(mapping(policy.get("spec")).get("podSelector"))
    return not mapping(selector.get("matchLabels")) and not sequence(selector.get("matchExpressions"))


def _name(raw: Fields) -> str:
    return str(mapping(raw.get("metadata")).get("name") or "")


def _namespace(raw: Fields) -> str:
    return str(mapping(raw.get("metadata")).get("namespace") or "default")
