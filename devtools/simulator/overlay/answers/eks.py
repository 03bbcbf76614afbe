"""EKS: clusters whose endpoints answer, and who is let in; moto has neither."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.kubernetes.api import Cluster, ClusterApi, default_rules
from devtools.simulator.overlay.kubernetes.objects import objects_of
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.world import World
from posture.permissions.kubernetes import GROUP

_running: dict[tuple[str, str, str], ClusterApi] = {}
"""Endpoints by account, region and name; each is started when it is first described."""


def _clusters(call: Call) -> dict[str, Any]:
    found: dict[str, Any] = call.shelf().get("clusters", {})
    return found


def _cluster(call: Call, key: str = "name") -> dict[str, Any]:
    name = call.params[key]
    if name not in _clusters(call):
        raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
    found: dict[str, Any] = _clusters(call)[name]
    return found


@answers("eks")
def list_clusters(call: Call) -> dict[str, Any]:
    return {"clusters": sorted(_clusters(call))}


@answers("eks")
def describe_cluster(call: Call) -> dict[str, Any]:
    settings, name = _cluster(call), call.params["name"]
    running = _endpoint(call, name, settings)
    authority = base64.b64encode(running.authority).decode()
    return {
        "cluster": {
            **settings["described"], "endpoint": running.endpoint, "certificateAuthority": {"data": authority},
        }
    }  # fmt: skip


def _endpoint(call: Call, name: str, settings: Mapping[str, Any]) -> ClusterApi:
    """Return a cluster's endpoint, with the objects and rights of the story's week."""
    key = (call.account, call.region, name)
    if key not in _running:
        cluster = Cluster(name, call.region, lambda _: None, lambda: ())
        _running[key] = ClusterApi(cluster)
    cluster = _running[key].cluster
    cluster.find_keys = _finder(call.world)
    cluster.objects = lambda: objects_of(name, settings["parts"], settings["nodes"])
    cluster.admits = lambda _: settings["admits"]
    refused = settings["refuses"]
    cluster.rules = [
        {**rule, "resources": [one for one in rule["resources"] if one not in refused]} for rule in default_rules()
    ]
    cluster.faults = dict(call.shelf("kubernetes").get("faults", {}))
    return _running[key]


def _finder(world: World) -> Callable[[str], tuple[str, str, str] | None]:
    def find(access_key: str) -> tuple[str, str, str] | None:
        session = world.sessions.get(access_key)
        return (session.secret, session.token, session.caller.arn) if session else None

    return find


def _entries(call: Call, cluster: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a cluster's access entries: the sweep's role, and those of the story."""
    role = f"arn:aws:iam::{call.account}:role/{cluster['role']}"
    own = [{"principal": role, "groups": [GROUP]}] if cluster["admits"] else []
    return [*own, *cluster["entries"]]


@answers("eks")
def list_access_entries(call: Call) -> dict[str, Any]:
    return {"accessEntries": [one["principal"] for one in _entries(call, _cluster(call, "clusterName"))]}


def _entry(call: Call) -> dict[str, Any]:
    for one in _entries(call, _cluster(call, "clusterName")):
        if one["principal"] == call.params["principalArn"]:
            return one
    raise AwsError("ResourceNotFoundException", "The specified principalArn could not be found.", 404)


@answers("eks")
def describe_access_entry(call: Call) -> dict[str, Any]:
    entry, name = _entry(call), call.params["clusterName"]
    short = entry["principal"].rsplit("/", 1)[-1]
    return {
        "accessEntry": {
            "clusterName": name,
            "principalArn": entry["principal"],
            "kubernetesGroups": entry.get("groups", []),
            "accessEntryArn": f"arn:aws:eks:{call.region}:{call.account}:access-entry/{name}/role/{short}",
            "createdAt": "2025-03-05T09:00:00Z",
            "modifiedAt": "2025-03-05T09:00:00Z",
            "tags": {},
            "username": entry["principal"],
            "type": "STANDARD",
        }
    }


@answers("eks")
def list_associated_access_policies(call: Call) -> dict[str, Any]:
    policies = [
        {
            "policyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}",
            "accessScope": {"type": "cluster", "namespaces": []},
            "associatedAt": "2025-03-05T09:00:00Z",
            "modifiedAt": "2025-03-05T09:00:00Z",
        }
        for name in _entry(call).get("policies", [])
    ]
    return {
        "clusterName": call.params["clusterName"],
        "principalArn": call.params["principalArn"],
        "associatedAccessPolicies": policies,
    }


@answers("eks")
def list_addons(call: Call) -> dict[str, Any]:
    return {"addons": []}


@answers("eks")
def list_nodegroups(call: Call) -> dict[str, Any]:
    return {"nodegroups": []}


@answers("eks")
def list_fargate_profiles(call: Call) -> dict[str, Any]:
    return {"fargateProfileNames": []}


@answers("eks")
def list_pod_identity_associations(call: Call) -> dict[str, Any]:
    return {"associations": []}
