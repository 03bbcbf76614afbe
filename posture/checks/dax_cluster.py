"""Judges DynamoDB Accelerator clusters."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

CLUSTER = "AWS::DAX::Cluster"
DESCRIBE = "dax:DescribeClusters"
_AGAIN = "It is set when a cluster is created: DynamoDB → DAX → Clusters → Create cluster with encryption "


@check(
    resource_type=CLUSTER,
    title="DAX cluster is encrypted at rest",
    problem="DAX cluster is not encrypted at rest",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:DynamoDB.3"),
    aliases=("prowler:dynamodb_accelerator_cluster_encryption_enabled", "securityhub:DynamoDB.3"),
    remediation=Remediation(
        console=_AGAIN + "at rest, move the clients, and delete this one.",
        terraform='resource "aws_dax_cluster" "this" {\n  server_side_encryption {\n    enabled = true\n  }\n}',
    ),
    examples=(
        passes({"SSEDescription": {"Status": "ENABLED"}}),
        fails({"SSEDescription": {"Status": "DISABLED"}}),
        fails({}, "it was never turned on"),
        is_unknown({"SSEDescription": denied(DESCRIBE)}),
    ),
)
def dax_cluster_encrypted(cluster: Resource) -> Outcome:
    """The cache's disks hold copies of items from tables that are all encrypted themselves."""
    if cluster.config.at("SSEDescription", "Status") == "ENABLED":
        return passed("Encryption at rest is on.", "SSEDescription.Status")
    return failed("Encryption at rest is off.", "SSEDescription.Status")


@check(
    resource_type=CLUSTER,
    title="DAX cluster takes connections by TLS alone",
    problem="DAX cluster takes connections in plain text",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:DynamoDB.7"),
    aliases=("prowler:dynamodb_accelerator_cluster_in_transit_encryption_enabled", "securityhub:DynamoDB.7"),
    remediation=Remediation(
        console=_AGAIN + "in transit, move the clients, and delete this one.",
        terraform='resource "aws_dax_cluster" "this" {\n  cluster_endpoint_encryption_type = "TLS"\n}',
    ),
    examples=(
        passes({"ClusterEndpointEncryptionType": "TLS"}),
        fails({"ClusterEndpointEncryptionType": "NONE"}),
        is_unknown({"ClusterEndpointEncryptionType": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def dax_cluster_tls_required(cluster: Resource) -> Outcome:
    """In plain text, items can be read by whoever listens in the VPC or on a link to it."""
    kind = cluster.config["ClusterEndpointEncryptionType"]
    if kind == "TLS":
        return passed("Clients connect by TLS.", "ClusterEndpointEncryptionType")
    return failed("Clients connect in plain text.", "ClusterEndpointEncryptionType")
