"""Snapshots of database instances: manual ones one by one, others as populations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.rds_snapshots import MACHINE_MADE, group_of, listed, restoring_accounts
from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Population
from posture.core.resource import Resource

APART = (
    "DBSnapshotIdentifier",
    "DBInstanceIdentifier",
    "DBSnapshotArn",
    "SnapshotCreateTime",
    "OriginalSnapshotCreateTime",
    "SnapshotDatabaseTime",
    "InstanceCreateTime",
    "DbiResourceId",
    "DBSystemId",
    "AllocatedStorage",
    "Iops",
    "StorageThroughput",
    "StorageType",
    "AdditionalStorageVolumes",
    "ProcessorFeatures",
    "Port",
    "AvailabilityZone",
    "SnapshotAvailabilityZone",
    "VpcId",
    "MasterUsername",
    "EngineVersion",
    "LicenseModel",
    "OptionGroupName",
    "Timezone",
    "SourceRegion",
    "SourceDBSnapshotIdentifier",
    "BackupRetentionPeriod",
    "PreferredBackupWindow",
    "tags.*",
)
"""What distinguishes snapshots of one maker."""


@collector(
    resource_type="AWS::RDS::DBSnapshot",
    title="Database snapshot",
    plural="Database snapshots",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:snapshot",),
    actions=("rds:DescribeDBSnapshots", "rds:DescribeDBSnapshotAttributes"),
    columns=(
        Column("DBInstanceIdentifier", "Instance"),
        Column("Engine", "Engine"),
        Column("Encrypted", "Encrypted"),
        Column("DBSnapshotAttributes.AttributeValues", "Shared with"),
        Column("SnapshotCreateTime", "Taken"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("DBInstanceIdentifier", "AWS::RDS::DBInstance", "arn:{partition}:rds:{region}:{account}:db:{id}"),
    ),
    ignored=("PercentProgress", "FullSnapshotSizeInBytes"),
    observed=("Status",),
    unordered=("DBSnapshotAttributes", "DBSnapshotAttributes.AttributeValues", "SharedAccounts"),
    data_store=True,
    population=Population(
        partial(group_of, noun="database snapshots"),
        since="SnapshotCreateTime",
        # What is about protection stays: the engine, whether it is encrypted, and with which key.
        apart=APART,
    ),
)
def db_snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is the whole database; sharing it gives it away, with all its rows."""
    yield from ask.each(partial(_snapshot, ask), listed(ask, "describe_db_snapshots", "DBSnapshots"))


def _snapshot(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    sharing = _sharing(ask, raw) if raw.get("SnapshotType") not in MACHINE_MADE else {}
    return ask.resource(
        {**raw, **sharing},
        arn=raw["DBSnapshotArn"],
        name=raw["DBSnapshotIdentifier"],
        tags=raw.get("TagList"),
    )


def _sharing(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    attributes = ask.field(
        "rds",
        "describe_db_snapshot_attributes",
        "DBSnapshotAttributesResult.DBSnapshotAttributes",
        DBSnapshotIdentifier=raw["DBSnapshotIdentifier"],
    )
    return {"DBSnapshotAttributes": attributes, **shared_accounts(ask, restoring_accounts(attributes))}
