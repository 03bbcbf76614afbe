"""What snapshots of database instances and clusters share. Declares no collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.rds_listing import service_of
from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask
from posture.core.population import Group, Groups
from posture.core.resource import Resource
from posture.core.values import Unknown

AUTOMATED, AWS_BACKUP = "automated", "awsbackup"
MACHINE_MADE = frozenset({AUTOMATED, AWS_BACKUP})
"""The types of snapshots that come and go with a schedule; AWS shares none of them."""
EVERYONE = "all"

CLUSTER_APART = (
    "DBClusterSnapshotIdentifier",
    "DBClusterIdentifier",
    "DBClusterSnapshotArn",
    "SnapshotCreateTime",
    "ClusterCreateTime",
    "DbClusterResourceId",
    "DBSystemId",
    "StorageThroughput",
    "StorageType",
    "Port",
    "AvailabilityZones",
    "VpcId",
    "MasterUsername",
    "EngineVersion",
    "EngineMode",
    "LicenseModel",
    "SourceDBClusterSnapshotArn",
    "BackupRetentionPeriod",
    "PreferredBackupWindow",
    "tags.*",
)
"""What distinguishes snapshots of clusters of one maker."""
CLUSTER_UNORDERED = (
    "AvailabilityZones",
    "DBClusterSnapshotAttributes",
    "DBClusterSnapshotAttributes.AttributeValues",
    "SharedAccounts",
)


def listed(ask: Ask, operation: str, key: str) -> Iterator[Mapping[str, Any]]:
    """Yield an account's own snapshots, those of AWS Backup included.

    AWS lists manual and automated ones together, those of AWS Backup on demand.
    """
    seen = set()
    for kind in ({}, {"SnapshotType": AWS_BACKUP}):
        for raw in ask.pages("rds", operation, key, MaxRecords=100, **kind):
            arn = raw.get("DBClusterSnapshotArn") or raw["DBSnapshotArn"]
            if arn not in seen:
                seen.add(arn)
                yield raw


def group_of(snapshot: Resource, _: Groups, noun: str) -> Group | None:
    """Return the machine that makes and removes a snapshot, None for one by people."""
    kind = snapshot.config.get("SnapshotType")
    if kind == AWS_BACKUP:
        return Group("aws-backup", f"AWS Backup {noun}")
    return Group("automated", f"Automated {noun}") if kind == AUTOMATED else None


def restoring_accounts(attributes: list[Mapping[str, Any]] | Unknown | None) -> list[str] | Unknown:
    """Return the accounts that the attributes of a snapshot let restore it."""
    if isinstance(attributes, Unknown):
        return attributes
    restore = (each for each in attributes or () if each["AttributeName"] == "restore")
    return [value for each in restore for value in each.get("AttributeValues") or () if value != EVERYONE]


def cluster_snapshots(ask: Ask, service: str) -> Iterator[Resource]:
    """Yield the snapshots of the clusters of one service."""
    everything = listed(ask, "describe_db_cluster_snapshots", "DBClusterSnapshots")
    own = (raw for raw in everything if service_of(raw) == service)
    yield from ask.each(partial(_cluster_snapshot, ask), own)


def _cluster_snapshot(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    sharing = _cluster_sharing(ask, raw) if raw.get("SnapshotType") not in MACHINE_MADE else {}
    return ask.resource(
        {**raw, **sharing},
        arn=raw["DBClusterSnapshotArn"],
        name=raw["DBClusterSnapshotIdentifier"],
        tags=raw.get("TagList"),
    )


def _cluster_sharing(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    attributes = ask.field(
        "rds",
        "describe_db_cluster_snapshot_attributes",
        "DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes",
        DBClusterSnapshotIdentifier=raw["DBClusterSnapshotIdentifier"],
    )
    return {"DBClusterSnapshotAttributes": attributes, **shared_accounts(ask, restoring_accounts(attributes))}
