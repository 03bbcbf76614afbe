"""Objects of Kubernetes as resources that checks judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from posture.core.arn import Arn
from posture.core.check import Check
from posture.core.clock import Clock
from posture.core.kubernetes import CLUSTER, SOURCE, VERSION, object_arn, upload_home
from posture.core.outcome import Outcome, Severity
from posture.core.registry import declared
from posture.core.related import Neighbourhood
from posture.core.resource import GLOBAL, Resource
from posture.kubernetes.pod_security import LATEST
from posture.kubernetes.pods import TEMPLATES
from posture.kubernetes.stored import KEPT_KINDS, stored_form

if TYPE_CHECKING:
    # It needs PyYAML, which the engine alone does without.
    from posture.kubernetes.manifests import Manifest

WORKLOAD = "Kubernetes::Workload"
"""The type of whatever makes pods: the kind is in its configuration."""
PREFIX = "Kubernetes::"
NAME_MAX = 253
"""Characters of the longest name in Kubernetes."""
LOCAL = "000000000000"
"""The account of manifests that belong to none."""


def type_of(kind: str) -> str:
    """Return the resource type of a kind: all that make pods are one."""
    return WORKLOAD if kind in TEMPLATES else PREFIX + kind


def resource_of(manifest: Manifest, version: int = LATEST) -> Resource:
    """Return a manifest as a resource; its configuration is the manifest.

    A workload is judged by a minor version of Kubernetes.
    """
    place = f"{manifest.namespace or '-'}/{manifest.kind}/{manifest.name or '-'}"
    return Resource(
        type=type_of(manifest.kind),
        arn=f"kubernetes:{place}",
        account_id=LOCAL,
        region="global",
        name=manifest.name or manifest.kind,
        raw_config={**manifest.content, **_judged_by(manifest, version)},
    )


def _judged_by(manifest: Manifest, version: int) -> dict[str, str]:
    """Return what a workload's configuration says of the version that it is judged by."""
    return {VERSION: f"1.{version}"} if version != LATEST and type_of(manifest.kind) == WORKLOAD else {}


@dataclass(frozen=True, slots=True)
class Upload:
    """Where the objects of an uploaded source belong.

    To keep one, call

        resources = [upload.resource_of(each) for each in manifests if upload.keeps(each)]
        recorded = posture.history.ingest.record_manifests(account, upload.home, resources)

    What an earlier upload of the source had and this one lacks is closed as removed. Sweeps neither close what was
    uploaded, nor does an upload close what they found. `posture.history.query` reads all of it as it reads the rest;
    the objects of a source are those whose ARNs begin with `home` and a slash.
    """

    account_id: str
    source: str
    """Its name in addresses, such as "payments-gitops"."""
    cluster: str = ""
    """The ARN of the EKS cluster that it is for; empty where it belongs to the account alone."""
    partition: str = "aws"
    version: int = LATEST
    """Minor version of Kubernetes by which its workloads are judged."""

    @property
    def region(self) -> str:
        """The cluster's; empty without one."""
        return Arn.parse(self.cluster).region if self.cluster else ""

    @property
    def home(self) -> str:
        """How the ARNs of its objects begin."""
        return upload_home(self.partition, self.region, self.account_id, self.source)

    def keeps(self, manifest: Manifest) -> bool:
        """Return True for an object that the history keeps; False for a Secret."""
        return manifest.kind in KEPT_KINDS

    def resource_of(self, manifest: Manifest) -> Resource:
        """Return a manifest in the form in which it is kept, and where it is written."""
        # Names of uploads may be anything; in the ARN they keep to what Kubernetes allows.
        namespace, name = (quote(one[:NAME_MAX], safe=":.-") for one in (manifest.namespace, manifest.name or "-"))
        whose = ({CLUSTER: self.cluster} if self.cluster else {}) | _judged_by(manifest, self.version)
        return Resource(
            type=type_of(manifest.kind),
            arn=object_arn(self.home, namespace, manifest.kind, name),
            account_id=self.account_id,
            region=self.region or GLOBAL,
            name=(manifest.name or manifest.kind)[:NAME_MAX],
            raw_config={**stored_form(manifest.content), SOURCE: self.source, **whose},
            raw_observed={"File": manifest.file, "Document": manifest.document, "Line": manifest.line("kind")},
        )


@cache
def all_checks() -> dict[str, Check]:
    """Return every check of Kubernetes by its id."""
    return declared("posture.kubernetes.checks", Check, "id")


def kept_types() -> frozenset[str]:
    """Return the resource types of the objects that the history keeps."""
    return frozenset(map(type_of, KEPT_KINDS))


def kept_checks() -> dict[str, Check]:
    """Return the checks of objects that the history keeps: all but those of Secrets."""
    kept = kept_types()
    return {name: each for name, each in all_checks().items() if each.resource_type in kept}


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


def judge(manifests: Iterable[Manifest], clock: Clock, version: int = LATEST) -> list[Finding]:
    """Judge manifests by every check of their types, for a version of Kubernetes.

    Each sees the others as its neighbours.
    """
    pairs = [(manifest, resource_of(manifest, version)) for manifest in manifests]
    near = Neighbourhood.of_example([resource for _, resource in pairs], (), LOCAL, ())
    by_type: dict[str, list[Check]] = {}
    for check in all_checks().values():
        by_type.setdefault(check.resource_type, []).append(check)
    return [
        Finding(check, manifest, check.judge(resource, near, clock))
        for manifest, resource in pairs
        for check in by_type.get(resource.type, ())
    ]
