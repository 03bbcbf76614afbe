"""Judges MSK clusters: who may connect and how, logs, and the version."""

from __future__ import annotations

from typing import Any

from posture.checks.stores import classification_known, classified, judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CLUSTER = "AWS::MSK::Cluster"
LIST = "kafka:ListClustersV2"
SERVERLESS = {"ClusterType": "SERVERLESS", "Serverless": {}}
_UPDATE = "aws kafka update-security --region {region} --cluster-arn {arn} --current-version VERSION "
_ENDED = {
    "1.1.1": "2024-06-05",
    "2.1.0": "2024-06-05",
    "2.2.1": "2024-06-08",
    "2.3.1": "2024-06-08",
    "2.4.1": "2024-06-08",
    "2.5.1": "2024-06-08",
    "2.6.": "2024-09-11",
    "2.7.": "2024-09-11",
    "2.8.2": "2025-01-14",
    "2.8.": "2024-09-11",
    "3.1.": "2024-09-11",
    "3.2.": "2024-09-11",
    "3.3.": "2024-09-11",
    "3.4.": "2025-08-04",
    "3.5.": "2025-10-23",
}
"""Ends of support by the beginning of the version (MSK developer guide, "Supported Apache Kafka versions")."""
_WITHOUT_END = ("3.6.", "3.7.", "3.8.", "3.9.", "4.")
"""Versions without an announced end, by the same page."""

_WAYS = (("Sasl", "Iam"), ("Sasl", "Scram"), ("Tls",))
"""Where the ways to authenticate are in the answer."""


def _provisioned(**settings: Any) -> dict[str, Any]:
    return {"ClusterType": "PROVISIONED", "Provisioned": settings}


_REFUSED = {"ClusterType": "PROVISIONED", "Provisioned": denied(LIST)}


def _transit(client: str, *, among_brokers: bool) -> dict[str, Any]:
    return _provisioned(EncryptionInfo={"EncryptionInTransit": {"ClientBroker": client, "InCluster": among_brokers}})


def _is_serverless(cluster: Resource) -> bool:
    return bool(cluster.config["ClusterType"] == "SERVERLESS")


@check(
    resource_type=CLUSTER,
    title="MSK cluster encrypts traffic among its brokers",
    problem="MSK cluster does not encrypt traffic among its brokers",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:MSK.1"),
    aliases=("securityhub:MSK.1",),
    remediation=Remediation(
        console="It is set when a cluster is created: MSK → Create cluster with encryption within the cluster, and "
        "move topics with MSK Replicator.",
        terraform='resource "aws_msk_cluster" "this" {\n  encryption_info {\n    encryption_in_transit {\n'
        "      in_cluster = true\n    }\n  }\n}",
    ),
    examples=(
        passes(_transit("TLS", among_brokers=True)),
        passes(SERVERLESS, "serverless"),
        fails(_transit("TLS", among_brokers=False)),
        is_unknown(_REFUSED),
        is_unknown(_provisioned(EncryptionInfo={}), "the answer leaves it out"),
    ),
)
def msk_cluster_brokers_encrypted(cluster: Resource) -> Outcome:
    """Brokers copy every message to each other, over the network between data centres."""
    if _is_serverless(cluster):
        return passed("A serverless cluster always encrypts.", "ClusterType")
    path = "Provisioned.EncryptionInfo.EncryptionInTransit.InCluster"
    if cluster.config["Provisioned"]["EncryptionInfo"]["EncryptionInTransit"]["InCluster"]:
        return passed("Traffic among brokers is encrypted.", path)
    return failed("Traffic among brokers is plain text.", path)


@check(
    resource_type=CLUSTER,
    title="MSK cluster takes connections by TLS alone",
    problem="MSK cluster takes connections in plain text",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    aliases=("prowler:kafka_cluster_in_transit_encryption_enabled",),
    remediation=Remediation(
        console="MSK → Clusters → {name} → Properties → Security settings → Edit: between clients and brokers, TLS "
        "encryption alone. Move clients to port 9094, 9096 or 9098 first.",
        cli=_UPDATE + "--encryption-info 'EncryptionInTransit={{ClientBroker=TLS}}'",
        terraform='resource "aws_msk_cluster" "this" {\n  encryption_info {\n    encryption_in_transit {\n'
        '      client_broker = "TLS"\n    }\n  }\n}',
    ),
    examples=(
        passes(_transit("TLS", among_brokers=True)),
        passes(SERVERLESS, "serverless"),
        fails(_transit("TLS_PLAINTEXT", among_brokers=True), "both"),
        fails(_transit("PLAINTEXT", among_brokers=True)),
        is_unknown(_REFUSED),
    ),
)
def msk_cluster_clients_encrypted(cluster: Resource) -> Outcome:
    """In plain text, messages and passwords can be read by whoever listens in the VPC or on a link to it."""
    if _is_serverless(cluster):
        return passed("A serverless cluster takes TLS alone.", "ClusterType")
    path = "Provisioned.EncryptionInfo.EncryptionInTransit.ClientBroker"
    mode = cluster.config["Provisioned"]["EncryptionInfo"]["EncryptionInTransit"]["ClientBroker"]
    if mode == "TLS":
        return passed("Clients connect by TLS alone.", path)
    return failed(f"Clients may connect in plain text: the setting is {mode}.", path)


@check(
    resource_type=CLUSTER,
    title="MSK cluster is not reached from the internet",
    problem="MSK cluster is reached from the internet",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "practices:vpc", "aws_fsbp:MSK.4"),
    aliases=("prowler:kafka_cluster_is_public", "securityhub:MSK.4"),
    remediation=Remediation(
        console="MSK → Clusters → {name} → Properties → Networking settings → Edit public access: off.",
        cli="aws kafka update-connectivity --region {region} --cluster-arn {arn} --current-version VERSION "
        "--connectivity-info 'PublicAccess={{Type=DISABLED}}'",
    ),
    examples=(
        passes(_provisioned(BrokerNodeGroupInfo={"ConnectivityInfo": {"PublicAccess": {"Type": "DISABLED"}}})),
        passes(SERVERLESS, "serverless"),
        fails(
            _provisioned(BrokerNodeGroupInfo={"ConnectivityInfo": {"PublicAccess": {"Type": "SERVICE_PROVIDED_EIPS"}}})
        ),
        is_unknown(_REFUSED),
        is_unknown(_provisioned(BrokerNodeGroupInfo={}), "the answer leaves it out"),
    ),
)
def msk_cluster_not_public(cluster: Resource) -> Outcome:
    """With public access each broker has an address that anybody may knock at.

    Partners and other accounts reach it by private connectivity or MSK Replicator instead.
    """
    if _is_serverless(cluster):
        return passed("A serverless cluster is reached from its VPCs alone.", "ClusterType")
    path = "Provisioned.BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type"
    kind = cluster.config["Provisioned"]["BrokerNodeGroupInfo"]["ConnectivityInfo"]["PublicAccess"]["Type"]
    if kind == "DISABLED":
        return passed("Public access is off.", path)
    return failed(f"Public access is on: {kind}.", path)


@check(
    resource_type=CLUSTER,
    title="MSK cluster asks clients who they are",
    problem="MSK cluster lets in clients without authentication",
    severity=Severity.HIGH,
    controls=("practices:iam", "aws_fsbp:MSK.6"),
    aliases=("prowler:kafka_cluster_unrestricted_access_disabled", "securityhub:MSK.6"),
    remediation=Remediation(
        console="MSK → Clusters → {name} → Properties → Security settings → Edit: turn on IAM, SASL/SCRAM or TLS "
        "client authentication, move the clients, then turn off Unauthenticated access.",
        cli=_UPDATE + "--client-authentication 'Sasl={{Iam={{Enabled=true}}}},Unauthenticated={{Enabled=false}}'",
        terraform='resource "aws_msk_cluster" "this" {\n  client_authentication {\n    unauthenticated = false\n'
        "    sasl {\n      iam = true\n    }\n  }\n}",
    ),
    examples=(
        passes(_provisioned(ClientAuthentication={"Unauthenticated": {"Enabled": False}})),
        passes(_provisioned(ClientAuthentication={"Sasl": {"Iam": {"Enabled": True}}}), "IAM alone"),
        passes(SERVERLESS, "serverless"),
        fails(_provisioned(ClientAuthentication={"Unauthenticated": {"Enabled": True}})),
        fails(_provisioned(ClientAuthentication={"Sasl": {"Iam": {"Enabled": False}}}), "no way is on"),
        fails(_provisioned(), "none was ever set"),
        is_unknown(_REFUSED),
        is_unknown(_provisioned(ClientAuthentication=denied(LIST))),
    ),
)
def msk_cluster_authentication_required(cluster: Resource) -> Outcome:
    """Without it, everything that reaches the brokers may read and write every topic, and nobody knows who did."""
    if _is_serverless(cluster):
        return passed("A serverless cluster asks for IAM.", "ClusterType")
    path = "Provisioned.ClientAuthentication"
    ways = cluster.config["Provisioned"].get("ClientAuthentication")
    if ways is None:
        return failed("No client authentication is set.", "Provisioned")
    if ways.at("Unauthenticated", "Enabled"):
        return failed("Clients without authentication are let in.", f"{path}.Unauthenticated.Enabled")
    is_on = ways.at("Unauthenticated") or any(ways.at(*way, "Enabled") for way in _WAYS)
    return passed("Clients must authenticate.", path) if is_on else failed("No client authentication is on.", path)


@check(
    resource_type=CLUSTER,
    title="MSK cluster delivers its brokers' logs",
    problem="MSK cluster does not deliver its brokers' logs",
    severity=Severity.LOW,
    controls=("practices:activity",),
    remediation=Remediation(
        console="MSK → Clusters → {name} → Properties → Broker log delivery → Edit: CloudWatch Logs, S3 or Firehose.",
        cli="aws kafka update-monitoring --region {region} --cluster-arn {arn} --current-version VERSION "
        "--logging-info 'BrokerLogs={{CloudWatchLogs={{Enabled=true,LogGroup=GROUP}}}}'",
        terraform='resource "aws_msk_cluster" "this" {\n  logging_info {\n    broker_logs {\n      cloudwatch_logs {\n'
        "        enabled   = true\n        log_group = aws_cloudwatch_log_group.this.name\n      }\n    }\n  }\n}",
    ),
    examples=(
        passes(_provisioned(LoggingInfo={"BrokerLogs": {"S3": {"Enabled": True}, "Firehose": {"Enabled": False}}})),
        fails(_provisioned(LoggingInfo={"BrokerLogs": {"CloudWatchLogs": {"Enabled": False}}})),
        fails(_provisioned(), "none was ever set"),
        is_unknown(_provisioned(LoggingInfo=denied(LIST))),
        does_not_apply(SERVERLESS, "serverless has no brokers of one's own"),
    ),
)
def msk_cluster_logs_delivered(cluster: Resource) -> Outcome:
    """Brokers log who was refused and what failed; undelivered, nobody can read it."""
    if _is_serverless(cluster):
        return not_applicable("A serverless cluster has no brokers of the customer's.", "ClusterType")
    logs = cluster.config["Provisioned"].at("LoggingInfo", "BrokerLogs", default={})
    on = [name for name in ("CloudWatchLogs", "S3", "Firehose") if logs and logs.at(name, "Enabled")]
    path = "Provisioned.LoggingInfo.BrokerLogs"
    if on:
        return passed(f"Brokers' logs go to {', '.join(on)}.", *(f"{path}.{name}.Enabled" for name in on))
    return failed("Brokers' logs go nowhere.", path if logs else "Provisioned")


@check(
    resource_type=CLUSTER,
    title="MSK cluster has metrics by topic",
    problem="MSK cluster has no metrics by topic",
    severity=Severity.LOW,
    controls=("practices:activity",),
    aliases=("prowler:kafka_cluster_enhanced_monitoring_enabled", "securityhub:MSK.2"),
    remediation=Remediation(
        console="MSK → Clusters → {name} → Actions → Edit monitoring → Enhanced topic-level monitoring.",
        cli="aws kafka update-monitoring --region {region} --cluster-arn {arn} --current-version VERSION "
        "--enhanced-monitoring PER_TOPIC_PER_BROKER",
        terraform='resource "aws_msk_cluster" "this" {\n  enhanced_monitoring = "PER_TOPIC_PER_BROKER"\n}',
    ),
    examples=(
        passes(_provisioned(EnhancedMonitoring="PER_TOPIC_PER_BROKER")),
        passes(_provisioned(EnhancedMonitoring="PER_TOPIC_PER_PARTITION")),
        fails(_provisioned(EnhancedMonitoring="DEFAULT")),
        fails(_provisioned(EnhancedMonitoring="PER_BROKER")),
        is_unknown(_provisioned(EnhancedMonitoring=denied(LIST))),
        does_not_apply(SERVERLESS, "serverless has them always"),
    ),
)
def msk_cluster_enhanced_monitoring_enabled(cluster: Resource) -> Outcome:
    """Metrics by topic show which one is suddenly read from the beginning, or written by somebody new."""
    if _is_serverless(cluster):
        return not_applicable("A serverless cluster sets its own level.", "ClusterType")
    level = cluster.config["Provisioned"]["EnhancedMonitoring"]
    judge = passed if str(level).startswith("PER_TOPIC_") else failed
    return judge(f"The monitoring level is {level}.", "Provisioned.EnhancedMonitoring")


@check(
    resource_type=CLUSTER,
    title="MSK cluster runs a supported version of Kafka",
    problem="MSK cluster runs a version of Kafka without support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="MSK → Clusters → {name} → Actions → Upgrade Apache Kafka version, to the recommended one.",
        cli="aws kafka update-cluster-kafka-version --region {region} --cluster-arn {arn} --current-version VERSION "
        "--target-kafka-version 3.8.x",
        terraform='resource "aws_msk_cluster" "this" {\n  kafka_version = "3.8.x"\n}',
    ),
    examples=(
        passes(_provisioned(CurrentBrokerSoftwareInfo={"KafkaVersion": "3.8.x"})),
        fails(_provisioned(CurrentBrokerSoftwareInfo={"KafkaVersion": "2.8.1"})),
        fails(_provisioned(CurrentBrokerSoftwareInfo={"KafkaVersion": "3.5.1"})),
        is_unknown(_provisioned(CurrentBrokerSoftwareInfo=denied(LIST))),
        does_not_apply(_provisioned(CurrentBrokerSoftwareInfo={"KafkaVersion": "9.0.x"}), "not known yet"),
        does_not_apply(SERVERLESS, "AWS keeps the version"),
    ),
)
def msk_cluster_kafka_supported(cluster: Resource) -> Outcome:
    """After its end AWS patches a version no more and upgrades the cluster at any time, without another word."""
    if _is_serverless(cluster):
        return not_applicable("AWS keeps the version of a serverless cluster.", "ClusterType")
    version = str(cluster.config["Provisioned"]["CurrentBrokerSoftwareInfo"]["KafkaVersion"])
    path = "Provisioned.CurrentBrokerSoftwareInfo.KafkaVersion"
    for start, ended in _ENDED.items():
        if version.startswith(start):
            return failed(f"Support of Kafka {version} ended on {ended}.", path)
    if version.startswith(_WITHOUT_END):
        return passed(f"AWS has announced no end of support for Kafka {version}.", path)
    return not_applicable(f"No end of support is known for Kafka {version}.", path)


@check(
    resource_type=CLUSTER,
    title="MSK cluster's policy lets in nobody unknown",
    problem="MSK cluster's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="MSK → Clusters → {name} → Properties → Cluster policy → Edit: name the accounts that connect.",
        cli="aws kafka put-cluster-policy --region {region} --cluster-arn {arn} --policy file://policy.json",
        terraform='resource "aws_msk_cluster_policy" "this" {\n  cluster_arn = aws_msk_cluster.this.arn\n'
        "  policy      = data.aws_iam_policy_document.this.json\n}",
    ),
    examples=policy_examples("Policy", "kafka:GetClusterPolicy"),
    version=2,
)
def msk_cluster_policy_not_public(cluster: Resource) -> Outcome:
    """Anyone with an AWS account could open a connection from a VPC of theirs, and read the topics."""
    return judge_policy_not_public(cluster, "Policy")


@classified(
    CLUSTER,
    "MSK cluster",
    cli="aws kafka tag-resource --region {region} --resource-arn {arn} --tags data-classification=internal",
)
def msk_cluster_classified(cluster: Resource) -> Outcome:
    """Topics carry whatever their producers put in, orders next to heartbeats; the tag says how sensitive they are."""
    return classification_known(cluster)
