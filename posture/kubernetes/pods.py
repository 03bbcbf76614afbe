"""The pod that a workload makes, wherever its manifest holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Fields = Mapping[str, Any]

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "ReplicationController": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Kinds of workload, each with the path of its pod's metadata and spec."""
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod, with its place in the manifest."""

    path: str
    """As "spec.template.spec.containers[0]"."""
    raw: Fields

    @property
    def security(self) -> Fields:
        """The container's security context; empty where it has none."""
        return mapping(self.raw.get("securityContext"))


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or the template of one."""

    path: str
    """Of the metadata and spec, as "spec.template."; empty for a pod of its own."""
    metadata: Fields
    spec: Fields

    @property
    def security(self) -> Fields:
        """The pod's security context; empty where it has none."""
        return mapping(self.spec.get("securityContext"))

    @property
    def annotations(self) -> Fields:
        """The pod's annotations."""
        return mapping(self.metadata.get("annotations"))

    @property
    def is_windows(self) -> bool:
        """Whether it says that it runs on Windows, where Linux's settings mean nothing."""
        return mapping(self.spec.get("os")).get("name") == "windows"

    @property
    def has_own_users(self) -> bool:
        """Whether its users are not those of the host."""
        return self.spec.get("hostUsers") is False

    def containers(self) -> Iterator[Container]:
        """Yield init, main and ephemeral containers."""
        for group in CONTAINERS:
            for at, raw in enumerate(sequence(self.spec.get(group))):
                yield Container(f"{self.path}spec.{group}[{at}]", mapping(raw))


def pod_of(manifest: Fields) -> Pod | None:
    """Return the pod that a manifest describes; None where it describes none."""
    steps = TEMPLATES.get(str(manifest.get("kind")))
    if steps is None:
        return None
    holder = manifest
    for step in steps:
        holder = mapping(holder.get(step))
    path = "".join(f"{step}." for step in steps)
    return Pod(path, mapping(holder.get("metadata")), mapping(holder.get("spec")))


def mapping(value: object) -> Fields:
    """Return a mapping as it is, and nothing for whatever else is in its place."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> list[Any]:
    """Return a list as it is, and nothing for whatever else is in its place."""
    return value if isinstance(value, list) else []
