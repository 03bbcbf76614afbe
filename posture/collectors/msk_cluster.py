"""MSK clusters, provisioned and serverless, with their policies.

Messages are never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource

_GET_POLICY = "kafka:GetClusterPolicy"
_GROUP = "arn:{partition}:ec2:{region}:{account}:security-group/{id}"


@collector(
    resource_type="AWS::MSK::Cluster",
    title="MSK cluster",
    plural="MSK clusters",
    service="kafka",
    family=Family.DATA,
    arn_names=("kafka:cluster",),
    actions=("kafka:ListClustersV2", _GET_POLICY),
    columns=(
        Column("ClusterType", "Type"),
        Column("Provisioned.CurrentBrokerSoftwareInfo.KafkaVersion", "Kafka version"),
        Column("Provisioned.EncryptionInfo.EncryptionInTransit.ClientBroker", "Clients connect by"),
        Column("Provisioned.BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type", "Public access"),
        Column("Provisioned.ClientAuthentication.Unauthenticated.Enabled", "Without authentication"),
    ),
    relations=(
        Relation("Provisioned.EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId", "AWS::KMS::Key"),
        Relation("Provisioned.BrokerNodeGroupInfo.SecurityGroups", "AWS::EC2::SecurityGroup", _GROUP),
        Relation(
            "Provisioned.BrokerNodeGroupInfo.ClientSubnets",
            "AWS::EC2::Subnet",
            "arn:{partition}:ec2:{region}:{account}:subnet/{id}",
        ),
        Relation("Serverless.VpcConfigs.SecurityGroupIds", "AWS::EC2::SecurityGroup", _GROUP),
    ),
    ignored=("ActiveOperationArn", "CurrentVersion"),
    observed=("State", "StateInfo", "Provisioned.CustomerActionStatus"),
    unordered=(
        "Provisioned.BrokerNodeGroupInfo.ClientSubnets",
        "Provisioned.BrokerNodeGroupInfo.SecurityGroups",
        "Provisioned.BrokerNodeGroupInfo.ZoneIds",
        "Serverless.VpcConfigs",
    ),
    data_store=True,
)
def clusters(ask: Ask) -> Iterator[Resource]:
    """A cluster carries what applications say to each other, and keeps it: who may listen, from where, and how."""
    listed = list(ask.pages("kafka", "list_clusters_v2", "ClusterInfoList", MaxResults=100))
    for raw, policy in zip(listed, ask.each(partial(_policy, ask), listed), strict=True):
        config = {key: value for key, value in raw.items() if key != "Tags"}
        yield ask.resource(
            {**config, "Policy": policy}, arn=raw["ClusterArn"], name=raw["ClusterName"], tags=raw.get("Tags")
        )


def _policy(ask: Ask, raw: Mapping[str, Any]) -> Any:
    text = ask.field(
        "kafka", "get_cluster_policy", "Policy", absent=("NotFoundException",), ClusterArn=raw["ClusterArn"]
    )
    return None if text == "" else document(text, _GET_POLICY)
