"""What is kept of an object of Kubernetes, from a cluster or an upload.

Values of environment variables, of config maps and of long annotations never are, nor is any Secret. A word in their
place says that there was one, so that checks judge the kept form as they judge the manifest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from posture.core.secret_kinds import RANDOM, secret_kind
from posture.kubernetes.pods import CONTAINERS, TEMPLATES, mapping, sequence

HIDDEN = "(hidden)"
"""In the place of a value that is not kept."""
KEPT_KINDS = frozenset(
    {
        *TEMPLATES, "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Ingress", "MutatingWebhookConfiguration",
        "Namespace", "NetworkPolicy", "Node", "Role", "RoleBinding", "Service", "ServiceAccount",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    }
)  # fmt: skip
"""Kinds that the history keeps: those that a collector reads, of uploads as of clusters."""
ANNOTATION_MAX = 256
KEPT_METADATA = ("name", "namespace", "generateName", "labels")
MOVING_ANNOTATIONS = frozenset(
    {
        "control-plane.alpha.kubernetes.io/leader",
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
        "endpoints.kubernetes.io/last-change-trigger-time",
        "kubectl.kubernetes.io/last-applied-configuration",
        "kubectl.kubernetes.io/restartedAt",
        "kubernetes.io/config.seen",
    }
)
"""Annotations that change without meaning, or repeat the whole object."""
MOVING_LABELS = frozenset(
    {"batch.kubernetes.io/controller-uid", "controller-revision-hash", "controller-uid", "pod-template-hash"}
)
AWS_AUTH = ("kube-system", "aws-auth")
"""The config map whose data is kept: it says which principals of IAM enter a cluster."""
AWS_AUTH_KEYS = frozenset({"mapRoles", "mapUsers", "mapAccounts"})
OWNER = ("apiVersion", "kind", "name", "controller")
NODE_INFO = ("kubeletVersion", "osImage", "kernelVersion", "containerRuntimeVersion", "architecture", "operatingSystem")
_REFERENCE = re.compile(r"\$\([A-Za-z0-9_.-]+\)")
_HIDDEN_KIND = re.compile(r"\(hidden: ([^)]{1,80})\)")


def secret_in(value: str) -> str:
    """Return what kind of secret a value looks like; empty for none.

    Of a hidden value: what it looked like.
    """
    if value.startswith(HIDDEN[:-1]):
        found = _HIDDEN_KIND.fullmatch(value)
        return found[1] if found else ""
    return secret_kind(value) or ""


def stored_form(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of an object; raises ValueError for a kind that is not.

    Any shape is accepted, since uploads may hold anything.
    """
    kind = str(content.get("kind") or "")
    if kind not in KEPT_KINDS:
        raise ValueError("objects of this kind are not kept")
    kept = {key: value for key, value in content.items() if key not in {"status", "metadata"}}
    kept["metadata"] = _metadata(content.get("metadata"))
    if kind in TEMPLATES:
        return _workload(kept, TEMPLATES[kind])
    treat = _TREATED.get(kind)
    return treat(kept, content) if treat else kept


def _metadata(raw: object) -> dict[str, Any]:
    metadata = mapping(raw)
    kept = {key: metadata[key] for key in KEPT_METADATA if key in metadata}
    if "labels" in kept:
        kept["labels"] = {key: value for key, value in mapping(kept["labels"]).items() if key not in MOVING_LABELS}
    annotations = {
        key: _without_secret(value)
        for key, value in mapping(metadata.get("annotations")).items()
        if key not in MOVING_ANNOTATIONS and isinstance(value, str) and len(value) <= ANNOTATION_MAX
    }
    if annotations:
        kept["annotations"] = annotations
    owners = [{key: mapping(one)[key] for key in OWNER if key in mapping(one)} for one in _items(metadata)]
    return {**kept, "ownerReferences": owners} if owners else kept


def _items(metadata: Mapping[str, Any]) -> list[Any]:
    return sequence(metadata.get("ownerReferences"))


def _workload(kept: dict[str, Any], steps: tuple[str, ...]) -> dict[str, Any]:
    """Return a workload, with what its pod must not spell out hidden."""
    holder = kept
    for step in steps:
        below = holder.get(step)
        if not isinstance(below, Mapping):
            return kept
        holder[step] = holder = dict(below)
        if "metadata" in holder:
            holder["metadata"] = _metadata(holder["metadata"])
    if isinstance(holder.get("spec"), Mapping):
        holder["spec"] = _pod_spec(holder["spec"])
    return kept


def _pod_spec(raw: Mapping[str, Any]) -> dict[str, Any]:
    spec = dict(raw)
    for group in CONTAINERS:
        if isinstance(spec.get(group), list):
            spec[group] = [_container(one) if isinstance(one, Mapping) else one for one in spec[group]]
    return spec


def _container(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(raw)
    if "env" in kept:
        kept["env"] = [_variable(one) for one in sequence(kept["env"]) if isinstance(one, Mapping)]
    for words in ("command", "args"):
        if isinstance(kept.get(words), list):
            kept[words] = [_without_secret(one) for one in kept[words]]
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(kept.get(probe), Mapping):
            kept[probe] = _probe(kept[probe])
    if isinstance(kept.get("lifecycle"), Mapping):
        kept["lifecycle"] = {key: _probe(mapping(hook)) for key, hook in kept["lifecycle"].items()}
    return kept


def _variable(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**raw, "value": _hidden(raw["value"])} if "value" in raw else raw


def _hidden(value: object) -> object:
    """Return the word in the place of a value.

    What is empty, or names another variable, stays.
    """
    if value in (None, "") or (isinstance(value, str) and _REFERENCE.fullmatch(value)):
        return value
    kind = secret_kind(value) if isinstance(value, str) else None
    return f"(hidden: {kind})" if kind else HIDDEN


def _without_secret(value: Any) -> Any:
    """Return a text as it is unless it looks like a secret."""
    kind = secret_kind(value) if isinstance(value, str) else None
    return f"(hidden: {kind})" if kind and kind != RANDOM else value


def _probe(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(raw)
    if isinstance(kept.get("exec"), Mapping):
        kept["exec"] = {"command": [_without_secret(one) for one in sequence(kept["exec"].get("command"))]}
    if isinstance(kept.get("httpGet"), Mapping):
        headers = [{**mapping(one), "value": HIDDEN} for one in sequence(kept["httpGet"].get("httpHeaders"))]
        kept["httpGet"] = {**kept["httpGet"], **({"httpHeaders": headers} if headers else {})}
    return kept


def _config_map(kept: dict[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    metadata = mapping(content.get("metadata"))
    shown = AWS_AUTH_KEYS if (metadata.get("namespace"), metadata.get("name")) == AWS_AUTH else frozenset()
    for field in ("data", "binaryData"):
        if isinstance(kept.get(field), Mapping):
            kept[field] = {key: value if key in shown else _hidden(value) for key, value in kept[field].items()}
        elif field in kept:
            del kept[field]
    return kept


def _webhooks(kept: dict[str, Any], _content: Mapping[str, Any]) -> dict[str, Any]:
    """Return webhooks without the certificates of authorities, which tools renew."""
    if isinstance(kept.get("webhooks"), list):
        kept["webhooks"] = [_webhook(one) if isinstance(one, Mapping) else one for one in kept["webhooks"]]
    return kept


def _webhook(raw: Mapping[str, Any]) -> dict[str, Any]:
    config = {key: value for key, value in mapping(raw.get("clientConfig")).items() if key != "caBundle"}
    return {**raw, "clientConfig": config} if "clientConfig" in raw else dict(raw)


def _node(kept: dict[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    info = mapping(mapping(content.get("status")).get("nodeInfo"))
    return {**kept, "nodeInfo": {key: info[key] for key in NODE_INFO if key in info}}


def _service(kept: dict[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a service with the addresses of its load balancer."""
    balancer = mapping(mapping(content.get("status")).get("loadBalancer"))
    return {**kept, "status": {"loadBalancer": dict(balancer)}} if balancer else kept


_TREATED: Mapping[str, Callable[[dict[str, Any], Mapping[str, Any]], dict[str, Any]]] = {
    "ConfigMap": _config_map,
    "Ingress": _service,
    "MutatingWebhookConfiguration": _webhooks,
    "Node": _node,
    "Service": _service,
    "ValidatingWebhookConfiguration": _webhooks,
}
