"""Judges MemoryDB clusters."""

from __future__ import annotations

from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.parameters import days
from posture.core.resource import Resource

CLUSTER = "AWS::MemoryDB::Cluster"
DESCRIBE = "memorydb:DescribeClusters"
OPEN_ACCESS = "open-access"
SNAPSHOT_DAYS = days(
    "memorydb_snapshot_days",
    "Snapshots of MemoryDB",
    "Automatic snapshots of MemoryDB clusters have to be kept for so many days.",
    default=7,
    maximum=35,
)
_UPDATE = "aws memorydb update-cluster --region {region} --cluster-name {name} "
_MODIFY = "MemoryDB → Clusters → {name} → Modify: "


@check(
    resource_type=CLUSTER,
    title="MemoryDB cluster takes connections by TLS alone",
    problem="MemoryDB cluster takes connections in plain text",
    severity=Severity.HIGH,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="It is set when a cluster is created: restore a snapshot to a cluster with encryption in transit.",
        cli="aws memorydb create-snapshot --region {region} --cluster-name {name} --snapshot-name {name}-for-tls",
        terraform='resource "aws_memorydb_cluster" "this" {\n  tls_enabled = true\n}',
    ),
    examples=(
        passes({"TLSEnabled": True}),
        fails({"TLSEnabled": False}),
        is_unknown({"TLSEnabled": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def memorydb_cluster_tls_required(cluster: Resource) -> Outcome:
    """Without TLS there are no access control lists either: whoever reaches the port reads and writes everything."""
    if cluster.config["TLSEnabled"]:
        return passed("Encryption in transit is on.", "TLSEnabled")
    return failed("Encryption in transit is off, and with it every access control list.", "TLSEnabled")


@check(
    resource_type=CLUSTER,
    title="MemoryDB cluster asks clients who they are",
    problem="MemoryDB cluster lets in whoever reaches it",
    severity=Severity.HIGH,
    controls=("practices:iam",),
    remediation=Remediation(
        console=_MODIFY + "an access control list with users of your own in the place of open-access.",
        cli=_UPDATE + "--acl-name ACL",
        terraform='resource "aws_memorydb_cluster" "this" {\n  acl_name = aws_memorydb_acl.this.id\n}',
    ),
    examples=(
        passes({"ACLName": "orders"}),
        fails({"ACLName": OPEN_ACCESS}),
        is_unknown({"ACLName": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def memorydb_cluster_acl_restricted(cluster: Resource) -> Outcome:
    """The list open-access lets the default user do everything without a password, from wherever the network allows."""
    name = cluster.config["ACLName"]
    if name == OPEN_ACCESS:
        return failed("The access control list is open-access: nobody needs a password.", "ACLName")
    return passed(f"The access control list is {name}.", "ACLName")


@check(
    resource_type=CLUSTER,
    title="MemoryDB cluster keeps snapshots long enough",
    problem="MemoryDB cluster keeps snapshots too short",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    remediation=Remediation(
        console=_MODIFY + "Enable automatic backups, retention 7 days or more.",
        cli=_UPDATE + "--snapshot-retention-limit 7",
        terraform='resource "aws_memorydb_cluster" "this" {\n  snapshot_retention_limit = 7\n}',
    ),
    examples=(
        passes({"SnapshotRetentionLimit": 7}),
        fails({"SnapshotRetentionLimit": 0}, "off"),
        fails({"SnapshotRetentionLimit": 1}),
        passes({"SnapshotRetentionLimit": 1}, "where a day suffices", parameters={SNAPSHOT_DAYS.name: 1}),
        is_unknown({"SnapshotRetentionLimit": denied(DESCRIBE)}),
    ),
)
def memorydb_cluster_snapshots_kept(cluster: Resource) -> Outcome:
    """The log over several zones survives a broken node, not a wrong FLUSHALL; a snapshot of last week does."""
    kept_days, limit = cluster.config["SnapshotRetentionLimit"], SNAPSHOT_DAYS.value
    if not kept_days:
        return failed("Automatic snapshots are off.", "SnapshotRetentionLimit")
    kept = f"Automatic snapshots are kept for {kept_days} day{'' if kept_days == 1 else 's'}"
    if kept_days < limit:
        return failed(f"{kept}, less than {limit}.", "SnapshotRetentionLimit")
    return passed(f"{kept}.", "SnapshotRetentionLimit")


@check(
    resource_type=CLUSTER,
    title="MemoryDB cluster takes minor upgrades by itself",
    problem="MemoryDB cluster does not take minor upgrades by itself",
    severity=Severity.LOW,
    controls=("practices:legacy",),
    aliases=("prowler:memorydb_cluster_auto_minor_version_upgrades",),
    remediation=Remediation(
        console="It is set when a cluster is created: restore a snapshot to a cluster with minor upgrades on.",
        terraform='resource "aws_memorydb_cluster" "this" {\n  auto_minor_version_upgrade = true\n}',
    ),
    examples=(
        passes({"AutoMinorVersionUpgrade": True}),
        fails({"AutoMinorVersionUpgrade": False}),
        is_unknown({"AutoMinorVersionUpgrade": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def memorydb_cluster_minor_upgrades_automatic(cluster: Resource) -> Outcome:
    """Minor versions carry the fixes. They come in the maintenance window, or years late."""
    if cluster.config["AutoMinorVersionUpgrade"]:
        return passed("Minor upgrades are applied in the maintenance window.", "AutoMinorVersionUpgrade")
    return failed("Minor upgrades wait for somebody to apply them.", "AutoMinorVersionUpgrade")


@check(
    resource_type=CLUSTER,
    title="MemoryDB cluster spans several zones",
    problem="MemoryDB cluster runs in a single zone",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    remediation=Remediation(
        console=_MODIFY + "one replica or more for each shard, on subnets in several zones.",
        cli=_UPDATE + "--replica-configuration ReplicaCount=1",
        terraform='resource "aws_memorydb_cluster" "this" {\n  num_replicas_per_shard = 1\n}',
    ),
    examples=(
        passes({"AvailabilityMode": "multiaz"}),
        fails({"AvailabilityMode": "singleaz"}),
        is_unknown({"AvailabilityMode": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def memorydb_cluster_multi_az(cluster: Resource) -> Outcome:
    """The data survive the loss of a zone by the log; without a node elsewhere nobody can reach them."""
    mode = cluster.config["AvailabilityMode"]
    if str(mode).lower() == "multiaz":
        return passed("Nodes run in several zones.", "AvailabilityMode")
    return failed("All nodes run in one zone.", "AvailabilityMode")


@classified(
    CLUSTER,
    "MemoryDB cluster",
    cli="aws memorydb tag-resource --region {region} --resource-arn {arn} --tags "
    "Key=data-classification,Value=internal",
)
def memorydb_cluster_classified(cluster: Resource) -> Outcome:
    """Keys and values say nothing of what they are about; the tag is how the rest learns it."""
    return classification_known(cluster)
