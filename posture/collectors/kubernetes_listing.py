"""Listings of objects in connected EKS clusters. Declares no collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask
from posture.core.kubernetes import CLUSTER, ApiResource, object_arn
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.kubernetes.stored import stored_form


def list_objects(ask: Ask, resource: ApiResource) -> Iterator[Resource]:
    """Yield the objects of a kind in all connected clusters.

    A cluster that refuses hides its own alone.
    """
    for cluster in ask.clusters:
        home = cluster_arn(ask, cluster)
        found = ask.part(f"{home}/", lambda name=cluster: ask.objects(name, resource, stored_form))  # type: ignore[misc]
        if not isinstance(found, Unknown):
            yield from (as_resource(ask, home, one) for one in found)


def cluster_arn(ask: Ask, cluster: str) -> str:
    """Return the ARN of a cluster in the region that is asked."""
    return ask.arn("eks", f"cluster/{cluster}")


def as_resource(ask: Ask, home: str, stored: Mapping[str, Any]) -> Resource:
    """Return an object, in the form in which it is kept, as a resource of its cluster."""
    metadata = stored["metadata"]
    arn = object_arn(home, metadata.get("namespace") or "", stored["kind"], metadata["name"])
    return ask.resource({**stored, CLUSTER: home}, arn=arn, name=metadata["name"])
