"""Judges manual snapshots of database instances."""

from __future__ import annotations

from posture.checks.databases import flag_examples, judge_flag
from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, cannot_tell, check, denied, fails, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

SNAPSHOT = "AWS::RDS::DBSnapshot"


def judge_sharing(snapshot: Resource, key: str) -> Outcome:
    """Judge the attributes under `key`: whether `restore` names everyone."""
    for index, attribute in enumerate(snapshot.config[key]):
        values = attribute["AttributeValues"]
        if attribute["AttributeName"] == "restore" and "all" in values:
            return failed("Every AWS account may restore the snapshot.", f"{key}[{index}].AttributeValues")
        if attribute["AttributeName"] == "restore" and values:
            return passed(f"The snapshot is shared with {', '.join(values)} alone.", f"{key}[{index}].AttributeValues")
    return passed("The snapshot is private.", key)


@check(
    resource_type=SNAPSHOT,
    title="Database snapshot is not public",
    problem="Database snapshot is public",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "aws_fsbp:RDS.1"),
    aliases=("prowler:rds_snapshots_public_access", "securityhub:RDS.1"),
    remediation=Remediation(
        console="RDS → Snapshots → the snapshot → Actions → Share snapshot → Private.",
        cli="aws rds modify-db-snapshot-attribute --region {region} --db-snapshot-identifier {name} "
        "--attribute-name restore --values-to-remove all",
    ),
    examples=(
        passes({"DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": []}]}),
        passes({"DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["444455556666"]}]}, "shared"),
        fails({"DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["all"]}]}),
        cannot_tell({"DBSnapshotAttributes": denied("rds:DescribeDBSnapshotAttributes")}),
        cannot_tell({}, "the answer leaves out with whom it is shared"),
    ),
    version=2,
)
def rds_snapshot_not_public(snapshot: Resource) -> Outcome:
    """Anyone with an AWS account can restore a public snapshot and log in as administrator of the copy.

    Public snapshots are listed, so there are people who copy every new one within minutes.
    """
    return judge_sharing(snapshot, "DBSnapshotAttributes")


@check(
    resource_type=SNAPSHOT,
    title="Database snapshot is encrypted",
    problem="Database snapshot is not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:RDS.4"),
    aliases=("prowler:rds_snapshots_encrypted", "securityhub:RDS.4"),
    remediation=Remediation(
        console="RDS → Snapshots → the snapshot → Actions → Copy snapshot with encryption; then delete the original.",
        cli="aws rds copy-db-snapshot --region {region} --source-db-snapshot-identifier {name} "
        "--target-db-snapshot-identifier {name}-encrypted --kms-key-id KEY",
    ),
    examples=flag_examples("Encrypted", "rds:DescribeDBSnapshots"),
)
def rds_snapshot_encrypted(snapshot: Resource) -> Outcome:
    """Only an unencrypted snapshot can be made public, or be read by whoever it is shared with without a key."""
    return judge_flag(snapshot, "Encrypted", "The snapshot is encrypted.", "The snapshot is not encrypted.")


@classified(
    SNAPSHOT,
    "Database snapshot",
    cli="aws rds add-tags-to-resource --region {region} --resource-name {arn} --tags "
    "Key=data-classification,Value=internal",
)
def rds_snapshot_classified(snapshot: Resource) -> Outcome:
    """A snapshot outlives its database and travels between accounts and regions; the tag must travel with it."""
    return classification_known(snapshot)
