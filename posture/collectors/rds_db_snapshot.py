"""Manual snapshots of database instances. Automated and Backup ones come and go with their schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RDS::DBSnapshot",
    title="Database snapshot",
    plural="Database snapshots",
    service="rds",
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
    unordered=("DBSnapshotAttributes", "DBSnapshotAttributes.AttributeValues"),
    data_store=True,
)
def db_snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is the whole database; sharing it gives it away, with all its rows."""
    listed = ask.pages("rds", "describe_db_snapshots", "DBSnapshots", SnapshotType="manual", MaxRecords=100)
    yield from ask.each(partial(_snapshot, ask), listed)


def _snapshot(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    attributes = ask.field(
        "rds",
        "describe_db_snapshot_attributes",
        "DBSnapshotAttributesResult.DBSnapshotAttributes",
        DBSnapshotIdentifier=raw["DBSnapshotIdentifier"],
    )
    return ask.resource(
        {**raw, "DBSnapshotAttributes": attributes},
        arn=raw["DBSnapshotArn"],
        name=raw["DBSnapshotIdentifier"],
        tags=raw.get("TagList"),
    )
