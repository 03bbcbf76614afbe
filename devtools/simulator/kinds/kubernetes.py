"""EKS clusters, with the objects in them."""

from __future__ import annotations

from typing import Any

from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import Name
from devtools.simulator.kinds import kind, tags_of


@kind("kubernetes-cluster", 48)
def make_kubernetes_cluster(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an EKS cluster, or change it.

    `parts` are files of `devtools/simulator/overlay/kubernetes/parts`, `nodes` how many nodes it has.
    `endpoint` is "public", "limited" or "private"; `refuses` are plurals that its ClusterRole leaves out. The sweep's
    role is let in unless `admits` is false; `entries` are other principals, with their groups or policies. `addons` and
    `groups` are add-ons and node groups by their names.
    """
    shelf = builder.on_shelf(name.account, name.region, "eks")
    cluster = {
        "parts": now["parts"],
        "nodes": now.get("nodes", 3),
        "refuses": now.get("refuses", []),
        "admits": now.get("admits", True),
        "entries": now.get("entries", []),
        "addons": now.get("addons", {}),
        "groups": now.get("groups", {}),
        "role": builder.declared.organization["role"],
        "described": _describe(builder, name, now),
    }
    builder.put(name.account, name.region, "eks", clusters={**shelf.get("clusters", {}), name.name: cluster})


def _describe(builder: Builder, name: Name, now: dict[str, Any]) -> dict[str, Any]:
    network, endpoint = builder.known("vpc", name, now["vpc"]), now.get("endpoint", "public")
    logs = now.get("logs", ["api", "audit", "authenticator"])
    every = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    setup = [{"types": logs, "enabled": True}] if logs else []
    setup += [{"types": [one for one in every if one not in logs], "enabled": False}]
    oidc = made_up("", name.account, name.name, length=32).upper()
    return {
        "name": name.name,
        "arn": f"arn:aws:eks:{name.region}:{name.account}:cluster/{name.name}",
        "createdAt": "2024-03-05T09:00:00Z",
        "version": now.get("version", "1.33"),
        "roleArn": f"arn:aws:iam::{name.account}:role/workload-role",
        "resourcesVpcConfig": {
            "vpcId": network["vpc"],
            "subnetIds": list(network["subnets"]["private"]),
            "securityGroupIds": [],
            "endpointPublicAccess": endpoint != "private",
            "endpointPrivateAccess": endpoint != "public",
            "publicAccessCidrs": ["203.0.113.0/24"] if endpoint == "limited" else ["0.0.0.0/0"],
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "logging": {"clusterLogging": setup},
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{name.region}.amazonaws.com/id/{oidc}"}},
        "status": "ACTIVE",
        "platformVersion": "eks.9",
        "accessConfig": {"authenticationMode": "API"},
        "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": now["key"]}}] if "key" in now else [],
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": now.get("protected", False),
        "tags": {tag["Key"]: tag["Value"] for tag in tags_of(now)},
    }
