"""Judges snapshots of database instances."""

from __future__ import annotations

from posture.checks.databases import flag_examples, judge_flag
from posture.checks.sharing import judge_shared_accounts, sharing_examples
from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import POPULATION, Resource

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


def judge_sharing_outside(snapshot: Resource, key: str) -> Outcome:
    """Judge whether the attributes under `key` let accounts outside the organization restore a snapshot."""
    if key not in snapshot.config:
        return not_applicable("AWS shares manual snapshots alone.", "SnapshotType")
    restore = [each for each in snapshot.config.items_of(key) if each["AttributeName"] == "restore"]
    accounts = [value for each in restore for value in each.get("AttributeValues") or []]
    if "all" in accounts:
        return not_applicable("The snapshot is public, which is judged on its own.", key)
    return judge_shared_accounts(snapshot, accounts, key)


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
        is_unknown({"DBSnapshotAttributes": denied("rds:DescribeDBSnapshotAttributes")}),
        is_unknown({}, "the answer leaves out with whom it is shared"),
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
    title="Database snapshot is not shared outside the organization",
    problem="Database snapshot is shared outside the organization",
    severity=Severity.HIGH,
    controls=("practices:data",),
    remediation=Remediation(
        console="RDS → Snapshots → the snapshot → Actions → Share snapshot: remove the account. Whoever copied the "
        "snapshot keeps the copy: treat its data as known to them.",
        cli="aws rds modify-db-snapshot-attribute --region {region} --db-snapshot-identifier {name} "
        "--attribute-name restore --values-to-remove YOUR-ACCOUNT",
    ),
    examples=(
        *sharing_examples(
            {"DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": []}]},
            {"DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["444455556666"]}]},
            "rds:DescribeDBSnapshotAttributes",
        ),
        does_not_apply(
            {"DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["all"]}]}, "it is public"
        ),
        does_not_apply({"SnapshotType": "automated"}, "AWS shares manual snapshots alone"),
    ),
)
def rds_snapshot_not_shared_outside(snapshot: Resource) -> Outcome:
    """Whoever a snapshot is shared with can restore the whole database and log in as administrator of the copy.

    A share with a supplier lasts until somebody removes it, long after the project that needed it.
    """
    return judge_sharing_outside(snapshot, "DBSnapshotAttributes")


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
    if POPULATION in snapshot.config:
        return not_applicable("A machine made it of a database, which is judged itself.", POPULATION)
    return classification_known(snapshot)
