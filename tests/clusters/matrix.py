"""Who gets what of the clusters' URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.clusters.clusters import cluster, cluster_id, has_cluster, record
from tests.web.access import Page
from tests.web.world import World


def _a_cluster(world: World) -> Mapping[str, Any]:
    if not has_cluster(world):
        record(world.ours, cluster())
    return {"resource_id": cluster_id(world)}


MATRIX = {
    "clusters:list": Page(),
    "clusters:detail": Page(kwargs=_a_cluster, stranger=404),
    "clusters:rbac": Page(kwargs=_a_cluster, stranger=404),
    "clusters:workloads": Page(kwargs=_a_cluster, stranger=404),
}
