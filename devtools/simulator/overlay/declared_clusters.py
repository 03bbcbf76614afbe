"""Endpoints of clusters whose objects are declared with their account's answers."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.kubernetes.api import KINDS, Cluster, ClusterApi
from devtools.simulator.overlay.kubernetes.tokens import FormerKeys
from devtools.simulator.overlay.world import World

PREFIX = "kubernetes:"
"""How the names of answers begin that a cluster gives; its path follows."""

_running: dict[tuple[str, str, str], ClusterApi] = {}
"""By account, region and name; each is started when it is first described."""


def with_endpoint(call: Call, declared: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return DescribeCluster's answer with an endpoint of the declared objects."""
    if not any(name.startswith(PREFIX) for name in declared):
        return answer
    key = (call.account, call.region, str(call.params["name"]))
    if key not in _running:
        _running[key] = ClusterApi(Cluster(key[2], call.region, lambda _: None, lambda: ()))
    running, world = _running[key], call.world
    running.cluster.find_keys = lambda access_key: _keys_of(world, access_key)
    running.cluster.objects = lambda: list(objects_in(declared))
    authority = base64.b64encode(running.authority).decode()
    cluster = {**answer["cluster"], "endpoint": running.endpoint, "certificateAuthority": {"data": authority}}
    return {**answer, "cluster": cluster}


def _keys_of(world: World, access_key: str) -> FormerKeys | None:
    session = world.sessions.get(access_key)
    return (session.secret, session.token, session.caller.arn) if session else None


def objects_in(declared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects of all lists, each with its kind and version."""
    kinds = {plural: (kind, version) for kind, (version, plural) in KINDS.items()}
    for name, choices in declared.items():
        if name.startswith(PREFIX):
            answer, parts = choices[0]["answer"], name.split("/")
            plural = next(part for part in reversed(parts) if part in kinds)
            kind, version = kinds[plural]
            for each in answer.get("items", [] if parts[-1] == plural else [answer]):
                yield {**each, "kind": kind, "apiVersion": version}
