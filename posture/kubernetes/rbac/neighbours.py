"""The graph of a judged resource's cluster, built once for all that are judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from posture.core.kubernetes import CLUSTER, SOURCE, home_of
from posture.core.related import Related
from posture.core.resource import Resource
from posture.kubernetes.rbac.chains import Escalation
from posture.kubernetes.rbac.graph import build
from posture.kubernetes.rbac.iam import login_of

OBJECTS = (
    "Kubernetes::ClusterRole",
    "Kubernetes::Role",
    "Kubernetes::ClusterRoleBinding",
    "Kubernetes::RoleBinding",
    "Kubernetes::ServiceAccount",
    "Kubernetes::Workload",
)
"""Types of which the graph is built."""


class _Latest:
    """The graph of the cluster that was judged last.

    Everything of a cluster is judged one after the other.
    """

    def __init__(self) -> None:
        self._kept: tuple[Sequence[list[Resource]], Escalation] | None = None

    def of(self, lists: Sequence[list[Resource]], entries: list[Resource]) -> Escalation:
        """Return the graph of lists of objects.

        An index keeps the lists for as long as it judges.
        """
        kept, key = self._kept, [*lists, entries]
        if kept and all(one is other or not (one or other) for one, other in zip(kept[0], key, strict=True)):
            return kept[1]
        logins = [login for one in entries if (login := login_of(one.raw_config))]
        made = Escalation(build((each.config for listed in lists for each in listed), logins=logins))
        self._kept = (key, made)
        return made


_of_objects, _of_logins = _Latest(), _Latest()


def graph_of_object(one: Resource, related: Related) -> Escalation:
    """Return the graph of the cluster or upload that an object is in.

    A gap in any of its lists raises.
    """
    home = _home_of(one)
    return _of_objects.of(_lists(related, home), [])


def graph_of_entry(entry: Resource, related: Related, cluster_arn: str) -> Escalation | None:
    """Return the graph of a cluster with the principals that its entries let in.

    None where no role of it is known: it is not connected. A gap in any of its lists raises.
    """
    lists = _lists(related, cluster_arn)
    if not lists[0]:
        return None
    return _of_logins.of(lists, related.here_by(entry.type, _cluster_name, entry.config["clusterName"]))


def _lists(related: Related, home: str) -> list[list[Resource]]:
    return [related.here_by(kind, _home, home, within=home and f"{home}/") for kind in OBJECTS]


def _home(resource: Resource) -> Iterator[str]:
    """Yield the cluster or upload that an object is in: "" where all are of one."""
    yield _home_of(resource)


def _home_of(resource: Resource) -> str:
    is_kept = CLUSTER in resource.raw_config or SOURCE in resource.raw_config
    return home_of(resource.arn) if is_kept else ""


def _cluster_name(entry: Resource) -> Iterator[str]:
    yield entry.config["clusterName"]
