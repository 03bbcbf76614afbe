"""Pods as parts of the workload that made them: how many run, and which images.

A workload replaces its pods all the time; one by one they would be most of a cluster's history and show nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from posture.core.values import Unknown
from posture.kubernetes.pods import CONTAINERS, TEMPLATES, mapping, sequence
from posture.kubernetes.stored import stored_form

RUNNING = "Running"
"""The key of what runs of a workload."""
IMAGES_MAX = 50
"""Images of one workload that are named, those of most pods first."""
STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


@dataclass(frozen=True, slots=True)
class Controller:
    """A workload, in the form in which it is kept."""

    uid: str
    owner: str
    """The uid of what made it; empty for what people made."""
    stored: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunningPod:
    """What is kept of a pod."""

    owner: str
    """The uid of what made it; empty for a pod of its own."""
    phase: str
    node: str
    images: tuple[tuple[str, str], ...]
    """Image and digest of each container that was started."""
    stored: Mapping[str, Any]
    """Its kept form; empty where a workload made it, which has the same."""


@dataclass(slots=True)
class _Running:
    phases: Counter[str] = field(default_factory=Counter)
    nodes: set[str] = field(default_factory=set)
    images: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, pod: RunningPod) -> None:
        self.phases[pod.phase] += 1
        self.images.update(set(pod.images))
        if pod.node:
            self.nodes.add(pod.node)

    def observed(self) -> dict[str, Any]:
        """Return the counts, as they are kept next to a workload's configuration."""
        named = sorted(self.images.items(), key=lambda item: (-item[1], item[0]))[:IMAGES_MAX]
        return {
            "Pods": dict(sorted(self.phases.items())),
            "Nodes": len(self.nodes),
            "Images": [{"Image": image, "Digest": digest, "Pods": pods} for (image, digest), pods in named],
        }


def shape_controller(raw: Mapping[str, Any]) -> Controller:
    """Return what is kept of a workload that makes pods."""
    return Controller(_uid(raw), _owner(raw), stored_form(raw))


def shape_pod(raw: Mapping[str, Any]) -> RunningPod:
    """Return what is kept of a pod: its specification only where no workload has it."""
    status, maker = mapping(raw.get("status")), _maker(raw)
    containers = [mapping(one) for name in STATUSES for one in sequence(status.get(name))]
    images = [(str(one.get("image") or ""), _digest(one.get("imageID"))) for one in containers]
    phase, node = status.get("phase"), mapping(raw.get("spec")).get("nodeName")
    return RunningPod(
        _owner(raw),
        phase if isinstance(phase, str) else "Unknown",
        node if isinstance(node, str) else "",
        tuple((image, digest) for image, digest in images if digest),
        {} if maker.get("kind") in TEMPLATES else _stored_pod(raw, maker),
    )


def _stored_pod(raw: Mapping[str, Any], maker: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kept form of a pod that no workload made.

    Many by one maker are kept as one, under the maker's name.
    """
    stored = stored_form(raw)
    spec = {key: value for key, value in mapping(stored.get("spec")).items() if key != "nodeName"}
    spec["volumes"] = [one for one in sequence(spec.get("volumes")) if not _is_token(one)]
    for group in CONTAINERS:
        if isinstance(spec.get(group), list):
            spec[group] = [_without_token(mapping(one)) for one in spec[group]]
    name = stored["metadata"].get("name") if maker.get("kind") in {None, "Node"} else maker.get("name")
    return {**stored, "metadata": {**stored["metadata"], "name": name}, "spec": spec}


def _is_token(volume: object) -> bool:
    """Return True for the volume with a token, which has another name in each pod."""
    return str(mapping(volume).get("name")).startswith("kube-api-access-")


def _without_token(container: Mapping[str, Any]) -> dict[str, Any]:
    mounts = [one for one in sequence(container.get("volumeMounts")) if not _is_token(one)]
    return {**container, "volumeMounts": mounts} if "volumeMounts" in container else dict(container)


def fold_pods(controllers: Sequence[Controller], pods: Iterable[RunningPod] | Unknown) -> list[dict[str, Any]]:
    """Return workloads with what runs of them, and pods of their own.

    A pod whose workload is not among the controllers is left out: it was not listed, or is gone already.
    """
    owners = {one.uid: one.owner for one in controllers}
    tops = {one.uid: one.stored for one in controllers if one.owner not in owners}
    if isinstance(pods, Unknown):
        return [{**stored, RUNNING: pods} for stored in tops.values()]
    running = {uid: _Running() for uid in tops}
    for pod in pods:
        key = _top(pod.owner, owners) if pod.owner else _name_of(pod)
        if key not in tops and pod.stored:
            tops[key] = pod.stored
        if key in tops:
            running.setdefault(key, _Running()).add(pod)
    return [{**stored, RUNNING: running[key].observed()} for key, stored in tops.items()]


def _name_of(pod: RunningPod) -> str:
    metadata = pod.stored["metadata"]
    return f"{metadata.get('namespace')}/{metadata.get('name')}"


def _top(uid: str, owners: Mapping[str, str]) -> str:
    """Return the workload at the top of whatever made a pod."""
    seen = set[str]()
    while uid in owners and owners[uid] in owners and uid not in seen:
        seen.add(uid)
        uid = owners[uid]
    return uid


def _uid(raw: Mapping[str, Any]) -> str:
    return str(mapping(raw.get("metadata")).get("uid") or "")


def _owner(raw: Mapping[str, Any]) -> str:
    return str(_maker(raw).get("uid") or "")


def _maker(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the reference to what made an object; empty for what people made."""
    owners = [mapping(one) for one in sequence(mapping(raw.get("metadata")).get("ownerReferences"))]
    return next((one for one in owners if one.get("controller")), {})


def _digest(image_id: object) -> str:
    """Return the digest in an image's id, as "sha256:…"."""
    return "sha256:" + image_id.rpartition("sha256:")[2] if isinstance(image_id, str) and "sha256:" in image_id else ""
