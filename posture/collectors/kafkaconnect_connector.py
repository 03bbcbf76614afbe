"""MSK Connect connectors, as they are listed.

Their own settings, which may hold passwords, are never read.
"""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::KafkaConnect::Connector",
    title="MSK connector",
    plural="MSK connectors",
    service="kafkaconnect",
    family=Family.DATA,
    cadence=Cadence.DAILY,
    actions=("kafkaconnect:ListConnectors", "kafkaconnect:ListTagsForResource"),
    columns=(
        Column("kafkaConnectVersion", "Kafka Connect version"),
        Column("kafkaClusterEncryptionInTransit.encryptionType", "Encryption in transit"),
        Column("kafkaClusterClientAuthentication.authenticationType", "Authentication"),
        Column("creationTime", "Created"),
    ),
    relations=(Relation("serviceExecutionRoleArn", "AWS::IAM::Role"),),
    ignored=("capacity.autoScaling.workerCount", "currentVersion"),
    observed=("connectorState",),
)
def connectors(ask: Ask) -> Iterator[Resource]:
    """A connector copies what a Kafka cluster carries to somewhere else, with a role of its own."""
    listed = list(ask.pages("kafkaconnect", "list_connectors", "connectors", maxResults=100))
    for raw, tags in zip(listed, ask.each(lambda raw: _tags(ask, raw["connectorArn"]), listed), strict=True):
        yield ask.resource(raw, arn=raw["connectorArn"], name=raw["connectorName"], tags=tags)


def _tags(ask: Ask, arn: str) -> dict[str, str]:
    tags: dict[str, str] = ask.field(
        "kafkaconnect", "list_tags_for_resource", "tags", absent=("NotFoundException",), resourceArn=arn
    )
    return tags
