"""The objects of a simulated cluster: declared ones, and what controllers make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PARTS = Path(__file__).with_name("parts")
MADE_BY = {"Deployment": "ReplicaSet", "CronJob": "Job"}
"""Kinds whose pods are made by another object in between."""
RUNNING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"})
NODE_INFO = {
    "kubeletVersion": "v1.33.5-eks-113cf36",
    "osImage": "Amazon Linux 2023.9.20251110",
    "kernelVersion": "6.12.53-69.119.amzn2023.x86_64",
    "containerRuntimeVersion": "containerd://2.1.4",
    "architecture": "amd64",
    "operatingSystem": "linux",
}


def objects_of(cluster: str, parts: Sequence[str], nodes: int) -> list[dict[str, Any]]:
    """Return everything that a cluster has: the same at each call."""
    return _objects(cluster, tuple(parts), nodes)


@cache
def _objects(cluster: str, parts: tuple[str, ...], nodes: int) -> list[dict[str, Any]]:
    declared = [_stamped(cluster, one) for part in parts for one in _read(part)]
    names = [f"ip-10-0-{number}-{10 + number}.compute.internal" for number in range(nodes)]
    made = [made for one in declared if one["kind"] in RUNNING for made in _made(cluster, one, names)]
    return [*declared, *made, *(_node(cluster, name) for name in names)]


@cache
def _read(part: str) -> list[dict[str, Any]]:
    text = (PARTS / f"{part}.yaml").read_text(encoding="utf-8")
    return [one for one in yaml.safe_load_all(text) if one]


def _stamped(cluster: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object as the API server has it, with ids and versions."""
    metadata = declared["metadata"]
    applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(declared)}
    stamped = {
        **metadata,
        "uid": _uid(cluster, declared["kind"], metadata.get("namespace", ""), metadata["name"]),
        "resourceVersion": "4711",
        "generation": 1,
        "creationTimestamp": "2025-03-05T09:00:00Z",
        "annotations": {**metadata.get("annotations", {}), **applied},
        "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {}}],
    }
    return {**declared, "metadata": stamped}


def _made(cluster: str, maker: dict[str, Any], nodes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the pods of a workload, and what is between it and them."""
    spec, owner = maker["spec"], maker
    if between := MADE_BY.get(maker["kind"]):
        inner = spec["jobTemplate"]["spec"] if maker["kind"] == "CronJob" else {**spec}
        owner = _child(cluster, maker, between, "7d9f8", inner)
        yield owner
    replicas = len(nodes) if maker["kind"] == "DaemonSet" else spec.get("replicas", 1)
    template = owner["spec"]["template"]
    for number in range(replicas):
        pod = _child(
            cluster, owner, "Pod", f"{number:05x}", {**template["spec"], "nodeName": nodes[number % len(nodes)]}
        )
        pod["metadata"]["labels"] = {**template.get("metadata", {}).get("labels", {}), "pod-template-hash": "7d9f8"}
        yield {**pod, "status": _status(template["spec"], "Succeeded" if owner["kind"] == "Job" else "Running")}


def _child(cluster: str, maker: Mapping[str, Any], kind: str, suffix: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    above, name = maker["metadata"], f"{maker['metadata']['name']}-{suffix}"
    reference = {"apiVersion": maker["apiVersion"], "kind": maker["kind"], "name": above["name"], "uid": above["uid"]}
    versions = {"ReplicaSet": "apps/v1", "Job": "batch/v1", "Pod": "v1"}
    metadata = {
        "name": name,
        "namespace": above["namespace"],
        "uid": _uid(cluster, kind, above["namespace"], name),
        "ownerReferences": [{**reference, "controller": True, "blockOwnerDeletion": True}],
    }
    return {"apiVersion": versions[kind], "kind": kind, "metadata": metadata, "spec": dict(spec)}


def _status(spec: Mapping[str, Any], phase: str) -> dict[str, Any]:
    running = [{"image": one["image"], "imageID": _image_id(one["image"])} for one in spec["containers"]]
    return {"phase": phase, "podIP": "10.0.1.7", "containerStatuses": running}


def _image_id(image: str) -> str:
    """Return the digest that a tag stands for."""
    repository, _, digest = image.partition("@")
    if not digest:
        repository, digest = image.rsplit(":", 1)[0], f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
    return f"{repository}@{digest}"


def _node(cluster: str, name: str) -> dict[str, Any]:
    labels = {"eks.amazonaws.com/nodegroup": "workers", "kubernetes.io/hostname": name}
    metadata = {"name": name, "uid": _uid(cluster, "Node", "", name), "labels": labels}
    spec = {"providerID": f"aws:///eu-central-1a/i-{hashlib.sha256(name.encode()).hexdigest()[:17]}"}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec, "status": {"nodeInfo": NODE_INFO}}


def _uid(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]
