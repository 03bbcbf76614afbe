"""A cluster with its objects, as collectors would return them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.models import AwsAccount, ConnectedCluster
from posture.core.gap import Gap, GapReason
from posture.core.kubernetes import CLUSTER, SOURCE, object_arn
from posture.core.resource import GLOBAL, Resource
from posture.history import query
from posture.history.models import Snapshot
from posture.history.scope import Scope
from posture.kubernetes.objects import type_of
from tests.history.world import sweep
from tests.kubernetes.rbac.objects import EVERYTHING, RBAC, account, binding, deployment, metadata, role, rule
from tests.web.world import World

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
REGION = "eu-central-1"
ACCOUNT = "222222222222"
NAME = "clinic-prod"
ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{NAME}"
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
ADMIN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/export"
KINDS = (
    "Workload", "Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
    "NetworkPolicy", "ConfigMap",
)  # fmt: skip
EKS = ("AWS::EKS::Cluster", "AWS::EKS::AccessEntry", "AWS::EKS::PodIdentityAssociation", "AWS::EKS::Addon")
TYPES = (*(f"Kubernetes::{kind}" for kind in KINDS), *EKS, "AWS::GuardDuty::Detector", "AWS::IAM::Role")


def cluster(name: str = NAME, **config: Any) -> Resource:
    """Make an EKS cluster with a public endpoint and audit logs."""
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}"
    whole = {
        "name": name,
        "version": "1.34",
        "resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]},
        "identity": {"oidc": {"issuer": ISSUER}},
        "accessConfig": {"authenticationMode": "API"},
        "logging": {"clusterLogging": [{"types": ["audit"], "enabled": True}]},
        "encryptionConfig": [],
        "AccessEntries": [],
        "Addons": [],
    }
    return Resource("AWS::EKS::Cluster", arn, ACCOUNT, REGION, name, {**whole, **config}, {"status": "ACTIVE"}, {})


def kept(raw: Mapping[str, Any], pods: int | None = None, home: str = ARN, source: str = "") -> Resource:
    """Make an object as it is kept."""
    meta = raw["metadata"]
    arn = object_arn(home, meta.get("namespace") or "", raw["kind"], meta["name"])
    running = {} if pods is None else {"Running": {"Pods": {"Running": pods}, "Nodes": 1, "Images": []}}
    config = {**raw, CLUSTER: ARN, **({SOURCE: source} if source else {})}
    return Resource(type_of(raw["kind"]), arn, ACCOUNT, REGION, meta["name"], config, running, {})


def namespace(name: str, enforce: str = "") -> dict[str, Any]:
    """Return a namespace, with a level that its label enforces."""
    labels = {"pod-security.kubernetes.io/enforce": enforce} if enforce else {}
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def workload(where: str, name: str, service_account: str = "default", **container: Any) -> dict[str, Any]:
    """Return a deployment; without settings it reaches baseline."""
    made = deployment(where, name, service_account)
    made["spec"]["template"]["spec"]["containers"][0].update(container)
    return made


def restricted(where: str, name: str, service_account: str = "default") -> dict[str, Any]:
    """Return a deployment that reaches restricted."""
    security = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return workload(where, name, service_account, securityContext=security)


def entry(name: str, *policies: str, groups: Iterable[str] = ()) -> Resource:
    """Make an access entry of a role."""
    granted = [
        {"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{one}", "accessScope": {"type": "cluster"}}
        for one in policies
    ]
    config = {
        "clusterName": NAME,
        "principalArn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "kubernetesGroups": list(groups),
        "AccessPolicies": granted,
        "type": "STANDARD",
    }
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:access-entry/{NAME}/role/{ACCOUNT}/{name}/1"
    return Resource("AWS::EKS::AccessEntry", arn, ACCOUNT, REGION, f"{NAME}: {name}", config, {}, {})


def iam_role(name: str = "export", *managed: str) -> Resource:
    """Make an IAM role that trusts the cluster's service accounts."""
    issuer = ISSUER.removeprefix("https://")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": [f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"]},
                "Action": ["sts:AssumeRoleWithWebIdentity"],
                "Condition": {"StringEquals": {f"{issuer}:sub": ["system:serviceaccount:letters:export"]}},
            }
        ],
    }
    config = {
        "RoleName": name,
        "AssumeRolePolicyDocument": trust,
        "AttachedManagedPolicies": list(managed),
        "RolePolicyList": [],
    }
    return Resource("AWS::IAM::Role", f"arn:aws:iam::{ACCOUNT}:role/{name}", ACCOUNT, GLOBAL, name, config, {}, {})


def addon(name: str = "coredns") -> Resource:
    """Make an add-on."""
    config = {"clusterName": NAME, "addonName": name, "addonVersion": "v1.11.4-eksbuild.2"}
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:addon/{NAME}/{name}/1"
    return Resource("AWS::EKS::Addon", arn, ACCOUNT, REGION, f"{NAME}: {name}", config, {"status": "ACTIVE"}, {})


def annotated(where: str, name: str, role_arn: str = ADMIN_ROLE) -> dict[str, Any]:
    """Return a service account whose pods become an IAM role."""
    made = account(where, name)
    made["metadata"]["annotations"] = {"eks.amazonaws.com/role-arn": role_arn}
    return made


def objects(source: str = "", home: str = ARN) -> list[Resource]:
    """Return namespaces, workloads and roles of a clinic, some of them dangerous."""
    raw: list[tuple[dict[str, Any], int | None]] = [
        (namespace("letters"), None),
        (namespace("ci"), None),
        (namespace("records", "baseline"), None),
        (namespace("portal", "restricted"), None),
        (namespace("kube-system"), None),
        (workload("letters", "letters-export", "export", securityContext={"privileged": True}), 4),
        (workload("letters", "hl7-bridge", "bridge", securityContext={"privileged": True}), 2),
        (restricted("letters", "letters-api"), 5),
        (workload("ci", "runner", "deployer"), 6),
        (workload("records", "records-api"), 14),
        (restricted("portal", "portal"), 9),
        (workload("kube-system", "aws-node", "aws-node", securityContext={"privileged": True}), 3),
        (annotated("letters", "export"), None),
        (account("ci", "deployer"), None),
        (account("kube-system", "aws-node"), None),
        (role("cluster-admin", EVERYTHING), None),
        (role("deployer", rule("clusterroles", "bind", RBAC), rule("clusterrolebindings", "create", RBAC)), None),
        (role("view", rule("pods services", "get list watch")), None),
        (role("debugger", rule("pods/exec", "create")), None),
        (binding("letters-export-admin", "cluster-admin", "letters/export"), None),
        (binding("ci-deployer", "deployer", "ci/deployer"), None),
        (binding("oncall-debug", "debugger", "group:platform-oncall", namespace="records"), None),
        (binding("viewers", "view", "group:viewers", "user:jo"), None),
        ({"kind": "NetworkPolicy", "metadata": metadata("all", "records"), "spec": {"podSelector": {}}}, None),
    ]
    return [kept(one, pods, home, source) for one, pods in raw]


def around() -> list[Resource]:
    """Return what of EKS and IAM belongs to the cluster."""
    return [
        entry("ops-admin", "AmazonEKSClusterAdminPolicy"),
        entry("readers", "AmazonEKSViewPolicy"),
        iam_role("export", "arn:aws:iam::aws:policy/AdministratorAccess"),
        addon(),
    ]


def gap(kind: str) -> Gap:
    """Return the gap of a list that the cluster refused."""
    return Gap(ACCOUNT, REGION, f"Kubernetes::{kind}", f"list {kind}", GapReason.DENIED, "Forbidden", "", "Allow it.")


def record(account_: AwsAccount, *resources: Resource, gaps: Iterable[Gap] = (), day: int = 0) -> None:
    """Record what an account answered."""
    at = AT.replace(day=AT.day + day)
    sweep(account_, at, resources, list(gaps), regions=(REGION,), swept_types=TYPES, global_types=("AWS::IAM::Role",))
    Snapshot.objects.update(state=Snapshot.State.COMPLETE)


def full(world: World, *gaps: Gap) -> int:
    """Record the whole clinic; return the cluster's resource id."""
    record(world.ours, cluster(), *objects(), *around(), gaps=gaps)
    return cluster_id(world)


def connect(world: World) -> None:
    """Let the cluster be read."""
    ConnectedCluster.objects.create(account=world.ours, arn=ARN, connected_by_name="ada")


def has_cluster(world: World) -> bool:
    """Return True where the cluster has been recorded."""
    found: bool = query.resources(Scope.of(world.admin, world.organization)).filter(arn=ARN).exists()
    return found


def cluster_id(world: World) -> int:
    """Return the resource id of the cluster."""
    scope = Scope.of(world.admin, world.organization)
    found: int = query.resources(scope).get(arn=ARN).resource_id
    return found
