"""Judges snapshots of Neptune clusters."""

from __future__ import annotations

from posture.checks.databases import flag_examples, judge_flag
from posture.checks.rds_db_snapshot import judge_sharing, judge_sharing_outside
from posture.checks.sharing import sharing_examples
from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, not_applicable
from posture.core.resource import POPULATION, Resource

SNAPSHOT = "AWS::Neptune::DBClusterSnapshot"
_KEY = "DBClusterSnapshotAttributes"
_UNSHARE = (
    "aws neptune modify-db-cluster-snapshot-attribute --region {region} --db-cluster-snapshot-identifier {name} "
    "--attribute-name restore --values-to-remove "
)


@check(
    resource_type=SNAPSHOT,
    title="Neptune snapshot is not public",
    problem="Neptune snapshot is public",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "aws_fsbp:Neptune.3"),
    aliases=("prowler:neptune_cluster_public_snapshot", "securityhub:Neptune.3"),
    remediation=Remediation(
        console="Neptune → Snapshots → the snapshot → Actions → Share → Private.",
        cli=_UNSHARE + "all",
    ),
    examples=(
        passes({_KEY: [{"AttributeName": "restore", "AttributeValues": []}]}),
        passes({_KEY: [{"AttributeName": "restore", "AttributeValues": ["444455556666"]}]}, "shared with one account"),
        fails({_KEY: [{"AttributeName": "restore", "AttributeValues": ["all"]}]}),
        is_unknown({_KEY: denied("rds:DescribeDBClusterSnapshotAttributes")}),
        is_unknown({}, "the answer leaves out with whom it is shared"),
    ),
)
def neptune_snapshot_not_public(snapshot: Resource) -> Outcome:
    """Anyone with an AWS account can restore a public snapshot and read the whole graph.

    Public snapshots are listed, so there are people who copy every new one within minutes.
    """
    return judge_sharing(snapshot, _KEY)


@check(
    resource_type=SNAPSHOT,
    title="Neptune snapshot is not shared outside the organization",
    problem="Neptune snapshot is shared outside the organization",
    severity=Severity.HIGH,
    controls=("practices:data",),
    remediation=Remediation(
        console="Neptune → Snapshots → the snapshot → Actions → Share: remove the account. Whoever copied the "
        "snapshot keeps the copy: treat its data as known to them.",
        cli=_UNSHARE + "YOUR-ACCOUNT",
    ),
    examples=(
        *sharing_examples(
            {_KEY: [{"AttributeName": "restore", "AttributeValues": []}]},
            {_KEY: [{"AttributeName": "restore", "AttributeValues": ["444455556666"]}]},
            "rds:DescribeDBClusterSnapshotAttributes",
        ),
        does_not_apply({_KEY: [{"AttributeName": "restore", "AttributeValues": ["all"]}]}, "it is public"),
        does_not_apply({"SnapshotType": "automated"}, "AWS shares manual snapshots alone"),
    ),
)
def neptune_snapshot_not_shared_outside(snapshot: Resource) -> Outcome:
    """Whoever a snapshot is shared with can restore the cluster and read the whole graph.

    A share with a supplier lasts until somebody removes it, long after the project that needed it.
    """
    return judge_sharing_outside(snapshot, _KEY)


@check(
    resource_type=SNAPSHOT,
    title="Neptune snapshot is encrypted",
    problem="Neptune snapshot is not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:Neptune.6"),
    aliases=("prowler:neptune_cluster_snapshot_encrypted", "securityhub:Neptune.6"),
    remediation=Remediation(
        console="A snapshot cannot be encrypted afterwards: restore it to an encrypted cluster, take a snapshot of "
        "that, and delete the old one.",
        cli="aws neptune copy-db-cluster-snapshot --region {region} --source-db-cluster-snapshot-identifier {name} "
        "--target-db-cluster-snapshot-identifier {name}-encrypted --kms-key-id KEY",
    ),
    examples=flag_examples("StorageEncrypted", "rds:DescribeDBClusterSnapshots"),
)
def neptune_snapshot_encrypted(snapshot: Resource) -> Outcome:
    """Only an unencrypted snapshot can be made public, or be read by whoever it is shared with without a key."""
    return judge_flag(snapshot, "StorageEncrypted", "The snapshot is encrypted.", "The snapshot is not encrypted.")


@classified(
    SNAPSHOT,
    "Neptune snapshot",
    cli="aws neptune add-tags-to-resource --region {region} --resource-name {arn} --tags "
    "Key=data-classification,Value=internal",
)
def neptune_snapshot_classified(snapshot: Resource) -> Outcome:
    """A snapshot outlives its cluster and travels between accounts and regions; the tag must travel with it."""
    if POPULATION in snapshot.config:
        return not_applicable("A machine made it of a cluster, which is judged itself.", POPULATION)
    return classification_known(snapshot)
