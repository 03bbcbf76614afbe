"""What the pages know of a cluster, worked out of its objects.

Plain data without URLs: it is kept for a scope and shown to whoever has it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

LEVELS = ("restricted", "baseline", "neither")
"""The highest level of the Pod Security Standards that a workload reaches."""
OWN_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease", "amazon-guardduty", "amazon-cloudwatch"})
"""Namespaces of Kubernetes and of AWS's add-ons: known, and not counted."""


class ClusterConnection(StrEnum):
    """How the objects of a cluster are known."""

    LIVE = "live"
    PARTIAL = "partial"
    """Some lists of it were refused."""
    UNREAD = "unread"
    """Connected, and nothing could be read."""
    UPLOADED = "uploaded"
    WAITING = "waiting"
    """Connected, and not swept since."""
    NONE = "none"
    """Not connected."""


class ClusterPower(StrEnum):
    """What a subject may do in effect, most first."""

    HAS = "has"
    """It is cluster-admin."""
    TAKES = "takes"
    """It can become cluster-admin."""
    OTHER = "other"
    """It becomes others or reads secrets, and cluster-admin it does not become."""
    UNKNOWN = "unknown"
    HARMLESS = "harmless"
    OWN = "own"
    """Kubernetes or EKS made it and gave it its rights."""


POWER_WORDS = {
    ClusterPower.HAS: "cluster-admin",
    ClusterPower.TAKES: "can become cluster-admin",
    ClusterPower.OTHER: "can escalate",
    ClusterPower.UNKNOWN: "not known",
    ClusterPower.HARMLESS: "cannot escalate",
    ClusterPower.OWN: "part of Kubernetes",
}


@dataclass(frozen=True, slots=True)
class ClusterWorkload:
    """Whatever makes pods."""

    resource_id: int
    id: str
    kind: str
    namespace: str
    name: str
    level: str
    """One of `LEVELS`."""
    controls: tuple[str, ...]
    """Titles of the controls that hold it below restricted."""
    service_account: str
    pods: int | None
    """Running or waiting; None where they could not be listed."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace with what is enforced in it."""

    name: str
    enforced: str | None
    """"restricted", "baseline", or empty for nothing; None where it is not known."""
    workloads: tuple[ClusterWorkload, ...]
    has_policy: bool | None
    """Whether a network policy says who may call in it; None where policies were not read."""
    is_unread: bool = False
    """Whether its workloads could not be listed."""

    @property
    def is_own(self) -> bool:
        """Whether Kubernetes and AWS's add-ons run in it."""
        return self.name in OWN_NAMESPACES

    def count(self, level: str) -> int:
        """Return how many workloads reach a level and no more."""
        return sum(one.level == level for one in self.workloads)

    @property
    def pods(self) -> int | None:
        """Pods of all its workloads; None where they are not known."""
        found = [one.pods for one in self.workloads]
        return None if self.is_unread or None in found else sum(one or 0 for one in found)

    @property
    def cause(self) -> str:
        """The controls that hold most workloads below restricted."""
        counted = Counter(control for one in self.workloads for control in one.controls)
        if not counted:
            return ""
        title, number = min(counted.items(), key=lambda item: (-item[1], item[0]))
        more = f", +{len(counted) - 1} more" if len(counted) > 1 else ""
        return f"{title} ({number} workloads){more}" if number > 1 else f"{title}{more}"


@dataclass(frozen=True, slots=True)
class StepFact:
    """A step of a chain, as text."""

    verb: str
    clause: str
    target: str
    binding: str
    """The binding's id within the cluster; empty where none is needed."""
    role: str
    rule: str
    """Where the rule is written, with what it allows."""


@dataclass(frozen=True, slots=True)
class RbacSubject:
    """A user, group, service account or principal of IAM, with its power."""

    kind: str
    name: str
    """A service account with its namespace in front."""
    namespace: str
    power: ClusterPower
    steps: tuple[StepFact, ...]
    """The shortest chain to cluster-admin; for other powers, the first step of each."""
    bindings: tuple[str, ...]
    roles: tuple[str, ...]
    workloads: tuple[str, ...]
    """Ids of the workloads that run as it."""
    is_anonymous: bool = False
    is_everybody: bool = False

    @property
    def is_used(self) -> bool:
        """Whether pods run as it."""
        return bool(self.workloads)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A principal of IAM that the cluster lets in."""

    arn: str
    ways: tuple[str, ...]
    """Access policies and groups."""
    power: ClusterPower
    step: str
    """The clause of the first step to more; empty without one."""
    role_id: int | None = None
    """The resource id of the role or user, where the scope has it."""

    @property
    def name(self) -> str:
        """The end of the ARN."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def account(self) -> str:
        """The principal's AWS account."""
        return self.arn.split(":")[4] if self.arn.count(":") > 4 else ""  # noqa: PLR2004 - parts of an ARN


@dataclass(frozen=True, slots=True)
class Exit:
    """An IAM role that pods become."""

    service_account: str
    role_arn: str
    way: str
    is_trusted: bool | None
    is_administrator: bool | None
    """Whether the role allows everything; None where its policies were not read."""
    role_id: int | None
    workloads: int

    @property
    def name(self) -> str:
        """The end of the role's ARN."""
        return self.role_arn.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class CutFact:
    """A binding, and how many subjects are no longer administrators without it."""

    binding: str
    count: int


@dataclass(frozen=True, slots=True)
class ClusterGap:
    """A list of a cluster's objects that could not be read."""

    type: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Addon:
    """An add-on of EKS."""

    resource_id: int
    name: str
    version: str
    status: str


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """One cluster, worked out."""

    connection: ClusterConnection
    namespaces: tuple[Namespace, ...] = ()
    subjects: tuple[RbacSubject, ...] = ()
    entrances: tuple[Entrance, ...] = ()
    exits: tuple[Exit, ...] = ()
    cuts: tuple[CutFact, ...] = ()
    gaps: tuple[ClusterGap, ...] = ()
    addons: tuple[Addon, ...] = ()
    unread_kinds: tuple[str, ...] = ()
    """Kinds of which not every object was listed, as far as powers rest on them."""
    resource_ids: dict[str, int] = field(default_factory=dict)
    """Of objects by their ids within the cluster, for links."""
    are_entrances_known: bool = True
    are_exits_known: bool = True
    watches_audit_logs: bool | None = None
    """Whether GuardDuty reads its audit log; None where that is not known."""
    sources: tuple[str, ...] = ()
    """Names of uploads that its objects come from."""

    @property
    def own_workloads(self) -> list[ClusterWorkload]:
        """Workloads outside the namespaces of Kubernetes and AWS's add-ons."""
        return [one for namespace in self.namespaces if not namespace.is_own for one in namespace.workloads]

    @property
    def workloads_number(self) -> int:
        """Workloads of all namespaces."""
        return sum(len(one.workloads) for one in self.namespaces)

    def of(self, *powers: ClusterPower) -> list[RbacSubject]:
        """Return the subjects with one of some powers."""
        return [one for one in self.subjects if one.power in powers]

    @property
    def is_partial(self) -> bool:
        """Whether something that answers rest on could not be read."""
        return bool(self.unread_kinds) or any(one.is_unread for one in self.namespaces)
