"""DynamoDB Accelerator clusters. Items are never read."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::DAX::Cluster",
    title="DAX cluster",
    plural="DAX clusters",
    service="dax",
    family=Family.DATABASES,
    cadence=Cadence.DAILY,
    arn_names=("dax:cache",),
    actions=("dax:DescribeClusters", "dax:ListTags"),
    columns=(
        Column("NodeType", "Node type"),
        Column("TotalNodes", "Nodes"),
        Column("SSEDescription.Status", "Encryption"),
        Column("ClusterEndpointEncryptionType", "In transit"),
    ),
    relations=(
        Relation("IamRoleArn", "AWS::IAM::Role"),
        Relation(
            "SecurityGroups.SecurityGroupIdentifier",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
    ),
    ignored=(
        "ActiveNodes",
        "NodeIdsToRemove",
        "Nodes",
        "NotificationConfiguration.TopicStatus",
        "ParameterGroup.NodeIdsToReboot",
        "ParameterGroup.ParameterApplyStatus",
        "SecurityGroups.Status",
    ),
    observed=("Status",),
    unordered=("SecurityGroups",),
)
def clusters(ask: Ask) -> Iterator[Resource]:
    """A cache in front of DynamoDB holds copies of what is read most, with a role that may read all of it."""
    listed = list(ask.pages("dax", "describe_clusters", "Clusters", MaxResults=100))
    for raw, tags in zip(listed, ask.each(lambda raw: _tags(ask, raw["ClusterArn"]), listed), strict=True):
        yield ask.resource(raw, arn=raw["ClusterArn"], name=raw["ClusterName"], tags=tags)


def _tags(ask: Ask, arn: str) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = ask.field(
        "dax", "list_tags", "Tags", absent=("ClusterNotFoundFault",), ResourceName=arn
    )
    return tags
