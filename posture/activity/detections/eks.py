"""Who may administer clusters, and from where."""

from __future__ import annotations

from posture.activity.detection import detection
from posture.activity.events import Event
from posture.core.outcome import Severity

CLUSTER = {"name": "shop"}
ADMINISTRATORS = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")


@detection(
    id="eks_cluster_administrator_added",
    title="Administrator of a cluster added",
    severity=Severity.HIGH,
    attack=("T1098.006",),
    events=("eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:UpdateAccessEntry"),
    fires=(
        {"event": "eks:AssociateAccessPolicy", "requestParameters": {
            **CLUSTER, "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        }},
        {"event": "eks:UpdateAccessEntry", "requestParameters": {**CLUSTER, "kubernetesGroups": ["system:masters"]}},
    ),
    quiet=(
        {"event": "eks:AssociateAccessPolicy", "requestParameters": {
            **CLUSTER, "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        }},
        {"event": "eks:CreateAccessEntry", "requestParameters": {**CLUSTER, "kubernetesGroups": ["readers"]}},
    ),
)  # fmt: skip
def administrator_added(event: Event) -> str | None:
    """Return a sentence for policies and groups that allow everything."""
    is_policy = event.parameter("policyArn").endswith(ADMINISTRATORS)
    is_group = "system:masters" in event.items("kubernetesGroups")
    who = event.parameter("principalArn") or "a principal"
    return f"Made {who} an administrator of cluster {event.parameter('name')}." if is_policy or is_group else None


@detection(
    id="eks_endpoint_public",
    title="Cluster's API opened to the internet",
    severity=Severity.MEDIUM,
    attack=("T1562.007", "T1133"),
    events=("eks:UpdateClusterConfig",),
    fires=({"event": "eks:UpdateClusterConfig", "requestParameters": {
        **CLUSTER, "resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]},
    }},),
    quiet=({"event": "eks:UpdateClusterConfig", "requestParameters": {
        **CLUSTER, "resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["198.51.100.0/24"]},
    }},),
)  # fmt: skip
def endpoint_public(event: Event) -> str | None:
    """Return a sentence where every address may ask the cluster's API."""
    is_public = event.flag("requestParameters.resourcesVpcConfig.endpointPublicAccess")
    cidrs = event.items("resourcesVpcConfig.publicAccessCidrs")
    is_open = is_public and (not cidrs or "0.0.0.0/0" in cidrs or "::/0" in cidrs)
    return f"The API of cluster {event.parameter('name')} is open to the internet." if is_open else None
