"""Objects of Kubernetes as resources that checks judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from posture.core.check import Check
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity
from posture.core.registry import declared
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.kubernetes.manifests import Manifest
from posture.kubernetes.pods import TEMPLATES

WORKLOAD = "Kubernetes::Workload"
"""The type of whatever makes pods: the kind is in its configuration."""
PREFIX = "Kubernetes::"
LOCAL = "000000000000"
"""The account of manifests that belong to none."""


def type_of(kind: str) -> str:
    """Return the resource type of a kind: all that make pods are one."""
    return WORKLOAD if kind in TEMPLATES else PREFIX + kind


def resource_of(manifest: Manifest) -> Resource:
    """Return a manifest as a resource; its configuration is the manifest."""
    place = f"{manifest.namespace or '-'}/{manifest.kind}/{manifest.name or '-'}"
    return Resource(
        type=type_of(manifest.kind),
        arn=f"kubernetes:{place}",
        account_id=LOCAL,
        region="global",
        name=manifest.name or manifest.kind,
        raw_config=manifest.content,
    )


@cache
def all_checks() -> dict[str, Check]:
    """Return every check of Kubernetes by its id."""
    return declared("posture.kubernetes.checks", Check, "id")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of a manifest."""

    check: Check
    manifest: Manifest
    outcome: Outcome

    @property
    def severity(self) -> Severity:
        """The check's."""
        return self.check.severity

    @property
    def line(self) -> int:
        """The line that decided, or where the object begins."""
        return self.manifest.line(self.outcome.evidence[0]) if self.outcome.evidence else self.manifest.line("kind")


def judge(manifests: Iterable[Manifest], clock: Clock) -> list[Finding]:
    """Judge manifests by every check of their types.

    Each sees the others as its neighbours.
    """
    pairs = [(manifest, resource_of(manifest)) for manifest in manifests]
    near = Neighbourhood.of_example([resource for _, resource in pairs], (), LOCAL, ())
    by_type: dict[str, list[Check]] = {}
    for check in all_checks().values():
        by_type.setdefault(check.resource_type, []).append(check)
    return [
        Finding(check, manifest, check.judge(resource, near, clock))
        for manifest, resource in pairs
        for check in by_type.get(resource.type, ())
    ]
