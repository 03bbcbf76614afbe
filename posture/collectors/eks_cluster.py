"""EKS clusters: endpoint access, encryption, logs, and who is let in from IAM."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_GONE = ("ResourceNotFoundException",)
_MOVING = ("status", "health", "platformVersion")


@collector(
    resource_type="AWS::EKS::Cluster",
    title="EKS cluster",
    plural="EKS clusters",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:ListClusters", "eks:DescribeCluster", "eks:ListAccessEntries", "eks:ListAddons"),
    columns=(
        Column("version", "Version"),
        Column("resourcesVpcConfig.endpointPublicAccess", "Public endpoint"),
        Column("resourcesVpcConfig.publicAccessCidrs", "Reachable from"),
        Column("accessConfig.authenticationMode", "Authentication"),
        Column("Addons", "Add-ons"),
        Column("createdAt", "Created"),
    ),
    relations=(
        Relation("roleArn", "AWS::IAM::Role"),
        Relation("resourcesVpcConfig.vpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation(
            "resourcesVpcConfig.subnetIds", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"
        ),
        Relation("encryptionConfig.provider.keyArn", "AWS::KMS::Key"),
    ),
    ignored=("certificateAuthority", "clientRequestToken", "endpoint"),
    observed=_MOVING,
    unordered=(
        "AccessEntries",
        "Addons",
        "resourcesVpcConfig.subnetIds",
        "resourcesVpcConfig.securityGroupIds",
        "resourcesVpcConfig.publicAccessCidrs",
    ),
)
def clusters(ask: Ask) -> Iterator[Resource]:
    """A cluster's endpoint is the door to all that runs in it; its logs are the only record of who used it.

    `AccessEntries` are the IAM principals that the cluster lets in; where it still reads its own config map alone,
    there is none, and `accessConfig.authenticationMode` says so.
    """
    names = list(ask.pages("eks", "list_clusters", "clusters"))
    for name, details in zip(names, ask.each(partial(_details, ask), names), strict=True):
        cluster = details.pop("cluster")
        if cluster is None:
            continue
        arn = ask.arn("eks", f"cluster/{name}")
        if isinstance(cluster, Unknown):
            fields = ("version", "resourcesVpcConfig", "encryptionConfig", "logging", "accessConfig")
            yield ask.resource({**dict.fromkeys(fields, cluster), **details}, arn=arn, name=name, tags=cluster)
        else:
            yield ask.resource(
                {"encryptionConfig": [], **cluster, **details}, arn=arn, name=name, tags=cluster.get("tags")
            )


def _details(ask: Ask, name: str) -> dict[str, Any]:
    # A cluster of config maps alone answers that it has no entries by an error.
    no_entries = (*_GONE, "InvalidRequestException")
    return ask.together(
        {
            "cluster": lambda: ask.field("eks", "describe_cluster", "cluster", name=name, absent=_GONE),
            "AccessEntries": lambda: ask.listing(
                "eks", "list_access_entries", "accessEntries", clusterName=name, absent=no_entries
            ),
            "Addons": lambda: ask.listing("eks", "list_addons", "addons", clusterName=name, absent=_GONE),
        }
    )
