"""Judges MSK Connect connectors."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

CONNECTOR = "AWS::KafkaConnect::Connector"
LIST = "kafkaconnect:ListConnectors"
_AGAIN = "It is set when a connector is created: MSK → Connectors → Create connector with "


@check(
    resource_type=CONNECTOR,
    title="MSK connector encrypts its connection to the cluster",
    problem="MSK connector talks to the cluster in plain text",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:MSK.3"),
    aliases=("prowler:kafka_connector_in_transit_encryption_enabled", "securityhub:MSK.3"),
    remediation=Remediation(
        console=_AGAIN + "TLS encrypted traffic, then delete this one.",
        terraform='resource "aws_mskconnect_connector" "this" {\n'
        '  kafka_cluster_encryption_in_transit {\n    encryption_type = "TLS"\n  }\n}',
    ),
    examples=(
        passes({"kafkaClusterEncryptionInTransit": {"encryptionType": "TLS"}}),
        fails({"kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"}}),
        is_unknown({"kafkaClusterEncryptionInTransit": denied(LIST)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def kafkaconnect_connector_encrypted(connector: Resource) -> Outcome:
    """Everything that the connector copies crosses the network as it is, for whoever listens on the way."""
    path = "kafkaClusterEncryptionInTransit.encryptionType"
    kind = connector.config["kafkaClusterEncryptionInTransit"]["encryptionType"]
    return (passed if kind == "TLS" else failed)(f"The connection to the cluster is by {kind}.", path)


@check(
    resource_type=CONNECTOR,
    title="MSK connector delivers its logs",
    problem="MSK connector does not deliver its logs",
    severity=Severity.LOW,
    controls=("practices:activity", "aws_fsbp:MSK.5"),
    aliases=("securityhub:MSK.5",),
    remediation=Remediation(
        console=_AGAIN + "log delivery to CloudWatch Logs, S3 or Firehose, then delete this one.",
        terraform='resource "aws_mskconnect_connector" "this" {\n  log_delivery {\n    worker_log_delivery {\n'
        "      cloudwatch_logs {\n        enabled   = true\n        log_group = aws_cloudwatch_log_group.this.name\n"
        "      }\n    }\n  }\n}",
    ),
    examples=(
        passes({"logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True, "logGroup": "connect"}}}}),
        fails({"logDelivery": {"workerLogDelivery": {"s3": {"enabled": False}}}}),
        fails({}, "none was ever set"),
        is_unknown({"logDelivery": denied(LIST)}),
    ),
)
def kafkaconnect_connector_logs_delivered(connector: Resource) -> Outcome:
    """Without its logs nobody learns why a connector stopped, or what it refused."""
    delivery = connector.config.at("logDelivery", "workerLogDelivery", default=None)
    path = "logDelivery.workerLogDelivery"
    on = [name for name in ("cloudWatchLogs", "firehose", "s3") if delivery and delivery.at(name, "enabled")]
    if on:
        return passed(f"Logs go to {', '.join(on)}.", path)
    return failed("Logs go nowhere.", path if delivery else "")
