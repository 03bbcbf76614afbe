"""EKS: clusters whose endpoints answer, and who is let in; moto has neither."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.kubernetes.api import Cluster, ClusterApi, default_rules
from devtools.simulator.overlay.kubernetes.objects import objects_of
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.world import World
from posture.permissions.kubernetes import GROUP

OFFERED = {
    "coredns": ("v1.12.1-eksbuild.2", "v1.12.4-eksbuild.1", "v1.11.4-eksbuild.2"),
    "vpc-cni": ("v1.20.4-eksbuild.2", "v1.20.5-eksbuild.1"),
}
"""Versions of add-ons that EKS offers, for every Kubernetes; the first is the default."""
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
    return {"addons": sorted(_cluster(call, "clusterName")["addons"])}


@answers("eks")
def describe_addon(call: Call) -> dict[str, Any]:
    addons, name, cluster = (
        _cluster(call, "clusterName")["addons"],
        call.params["addonName"],
        call.params["clusterName"],
    )
    if name not in addons:
        raise AwsError("ResourceNotFoundException", f"No addon: {name} found in cluster: {cluster}", 404)
    role = {"serviceAccountRoleArn": addons[name]["role"]} if "role" in addons[name] else {}
    return {
        "addon": {
            "addonName": name,
            "clusterName": cluster,
            "status": "ACTIVE",
            "addonVersion": addons[name]["version"],
            "health": {"issues": []},
            "addonArn": f"arn:aws:eks:{call.region}:{call.account}:addon/{cluster}/{name}/{_id(call, name)}",
            "createdAt": "2024-03-05T09:20:00Z",
            "modifiedAt": "2026-01-12T09:20:00Z",
            "tags": {},
            **role,
        }
    }


@answers("eks")
def describe_addon_versions(call: Call) -> dict[str, Any]:
    name, version = call.params["addonName"], call.params["kubernetesVersion"]
    default, *others = OFFERED[name]
    return {
        "addons": [
            {
                "addonName": name,
                "type": "networking",
                "addonVersions": [_offer(each, version, is_default=each == default) for each in (default, *others)],
                "publisher": "eks",
                "owner": "aws",
            }
        ]
    }


def _offer(addon_version: str, version: str, *, is_default: bool) -> dict[str, Any]:
    fits = {"clusterVersion": version, "platformVersions": ["*"], "defaultVersion": is_default}
    return {"addonVersion": addon_version, "architecture": ["amd64", "arm64"], "compatibilities": [fits]}


@answers("eks")
def list_nodegroups(call: Call) -> dict[str, Any]:
    return {"nodegroups": sorted(_cluster(call, "clusterName")["groups"])}


@answers("eks")
def describe_nodegroup(call: Call) -> dict[str, Any]:
    cluster, name = _cluster(call, "clusterName"), call.params["nodegroupName"]
    if name not in cluster["groups"]:
        raise AwsError("ResourceNotFoundException", f"No node group found for name: {name}.", 404)
    owner, described, nodes = call.params["clusterName"], cluster["described"], cluster["nodes"]
    return {
        "nodegroup": {
            "nodegroupName": name,
            "nodegroupArn": f"arn:aws:eks:{call.region}:{call.account}:nodegroup/{owner}/{name}/{_id(call, name)}",
            "clusterName": owner,
            "version": described["version"],
            "createdAt": "2024-03-05T09:10:00Z",
            "modifiedAt": "2026-01-12T09:10:00Z",
            "status": "ACTIVE",
            "capacityType": "ON_DEMAND",
            "scalingConfig": {"minSize": nodes, "maxSize": 2 * nodes, "desiredSize": nodes},
            "instanceTypes": ["m7i.large"],
            "subnets": described["resourcesVpcConfig"]["subnetIds"],
            "nodeRole": f"arn:aws:iam::{call.account}:role/workload-role",
            "health": {"issues": []},
            "tags": {},
            **cluster["groups"][name],
        }
    }


def _id(call: Call, name: str) -> str:
    parts = (call.account, call.region, call.params["clusterName"], name)
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:20]


@answers("eks")
def list_fargate_profiles(call: Call) -> dict[str, Any]:
    return {"fargateProfileNames": []}


@answers("eks")
def list_pod_identity_associations(call: Call) -> dict[str, Any]:
    return {"associations": []}
