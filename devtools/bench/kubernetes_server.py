"""The API server that the benchmark of Kubernetes reads."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from devtools.simulator.overlay.kubernetes.api import Cluster, ClusterApi

REGION, NAME = "eu-central-1", "large"
KEYS = ("ASIABENCH", "secret", "session")
PODS_OF_ONE = 10
NAMESPACES = 40


def serve(pipe: Connection, pods: int) -> None:
    """Serve a cluster until the process is ended; send its description first."""
    objects = list(make_objects(pods))
    server = ClusterApi(Cluster(NAME, REGION, lambda _: (KEYS[1], KEYS[2], "arn:aws:sts::1:r"), lambda: objects))
    authority = {"data": base64.b64encode(server.authority).decode()}
    pipe.send({"name": NAME, "endpoint": server.endpoint, "certificateAuthority": authority})
    pipe.recv()


def make_objects(pods: int) -> Iterator[dict[str, Any]]:
    """Yield deployments with their replica sets and pods, and what is around them."""
    for number in range(NAMESPACES):
        name = f"team-{number}"
        yield _object("v1", "Namespace", "", name)
        yield _object("v1", "ServiceAccount", name, "web")
        policy = {"podSelector": {}, "policyTypes": ["Ingress"]}
        yield _object("networking.k8s.io/v1", "NetworkPolicy", name, "deny", spec=policy)
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
        yield _object("rbac.authorization.k8s.io/v1", "Role", name, "read", rules=rules)
    for number in range(pods // PODS_OF_ONE):
        yield from _deployment(f"team-{number % NAMESPACES}", f"app-{number}")


def _deployment(namespace: str, name: str) -> Iterator[dict[str, Any]]:
    labels = {"app": name, "app.kubernetes.io/managed-by": "Helm"}
    template = {"metadata": {"labels": labels}, "spec": _pod_spec(name)}
    spec = {"replicas": PODS_OF_ONE, "selector": {"matchLabels": labels}, "template": template}
    deployment = _object("apps/v1", "Deployment", namespace, name, spec=spec)
    between = _object("apps/v1", "ReplicaSet", namespace, f"{name}-7d9f8", spec=spec, owner=deployment)
    yield from (deployment, between)
    status = {
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"} for kind in "abcd"
        ],
        "containerStatuses": [
            {"name": one["name"], "image": one["image"], "imageID": f"registry.example/{one['name']}@sha256:{'a' * 64}"}
            for one in template["spec"]["containers"]
        ],
    }
    for number in range(PODS_OF_ONE):
        own = {**template["spec"], "nodeName": f"ip-10-0-0-{number}"}
        yield _object("v1", "Pod", namespace, f"{name}-7d9f8-{number:05}", spec=own, status=status, owner=between)


def _pod_spec(name: str) -> dict[str, Any]:
    """Return a pod as large as those of real clusters."""
    containers = [
        {
            "name": f"{name}-{part}",
            "image": f"registry.example/{name}-{part}:1.4.{part}",
            "args": ["--config", "/etc/app/config.yaml", f"--listen=:{8080 + part}"],
            "env": [{"name": f"SETTING_{number}", "value": f"value {number} of {name}"} for number in range(12)],
            "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            "volumeMounts": [
                {"name": "config", "mountPath": "/etc/app"},
                {"name": "tmp", "mountPath": "/var/cache/app"},
            ],
        }
        for part in range(2)
    ]
    volumes = [{"name": "config", "configMap": {"name": name}}, {"name": "tmp", "emptyDir": {}}]
    return {"serviceAccountName": "web", "containers": containers, "volumes": volumes}


def _object(
    version: str, kind: str, namespace: str, name: str, owner: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": name,
        "uid": hashlib.sha256(f"{kind}/{namespace}/{name}".encode()).hexdigest()[:32],
        "resourceVersion": "4711",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "annotations": {"checksum/config": "c" * 64},
        "managedFields": [{"manager": "kubelet", "fieldsV1": {f"f:field-{number}": {} for number in range(40)}}],
    }
    if namespace:
        metadata["namespace"] = namespace
    if owner is not None:
        above = owner["metadata"]
        reference = {"kind": owner["kind"], "name": above["name"], "uid": above["uid"], "controller": True}
        metadata["ownerReferences"] = [reference]
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}
