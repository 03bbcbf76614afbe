"""Listings of databases for several collectors. Declares no collector.

DocumentDB and Neptune answer through the API of RDS, which lists the databases of all three together: each is asked
once, and a collector takes those of its own service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask

RDS, DOCDB, NEPTUNE = "rds", "docdb", "neptune"
DESCRIBE_CLUSTERS = "rds:DescribeDBClusters"
DESCRIBE_INSTANCES = "rds:DescribeDBInstances"

CLUSTER_IGNORED = (
    "AssociatedRoles.Status",
    "AutomaticRestartTime",
    "BacktrackConsumedChangeRecords",
    "Capacity",
    "DBClusterMembers.IsClusterWriter",
    "DBClusterOptionGroupMemberships.Status",
    "DomainMemberships.Status",
    "EarliestBacktrackTime",
    "EarliestRestorableTime",
    "GlobalWriteForwardingStatus",
    "IOOptimizedNextAllowedModificationTime",
    "LatestRestorableTime",
    "LocalWriteForwardingStatus",
    "MasterUserSecret.SecretStatus",
    "PercentProgress",
    "StatusInfos",
    "VpcSecurityGroups.Status",
)
"""What moves in a cluster's description without meaning."""
CLUSTER_UNORDERED = (
    "AssociatedRoles",
    "AvailabilityZones",
    "CustomEndpoints",
    "DBClusterMembers",
    "EnabledCloudwatchLogsExports",
    "ReadReplicaIdentifiers",
    "VpcSecurityGroups",
)
INSTANCE_IGNORED = (
    "AssociatedRoles.Status",
    "AutomaticRestartTime",
    "DBParameterGroups.ParameterApplyStatus",
    "DBSubnetGroup.SubnetGroupStatus",
    "DBSubnetGroup.Subnets.SubnetStatus",
    "DomainMemberships.Status",
    "LatestRestorableTime",
    "MasterUserSecret.SecretStatus",
    "OptionGroupMemberships.Status",
    "PercentProgress",
    "ResumeFullAutomationModeTime",
    "StatusInfos",
    "StorageOperationPercentProgress",
    "StorageOperationStatus",
    "StorageVolumeStatus",
    "VpcSecurityGroups.Status",
)
"""What moves in an instance's description without meaning."""
INSTANCE_UNORDERED = (
    "AssociatedRoles",
    "DBSubnetGroup.Subnets",
    "EnabledCloudwatchLogsExports",
    "ReadReplicaDBInstanceIdentifiers",
    "VpcSecurityGroups",
)
_MEASURED_STORAGE = ("aurora", "neptune", "docdb")
"""Engines whose AllocatedStorage is what is used, or a constant, and no setting."""


def service_of(raw: Mapping[str, Any]) -> str:
    """Return the service of a cluster, instance or snapshot: RDS, DOCDB or NEPTUNE."""
    engine = str(raw["Engine"])
    return engine if engine in {DOCDB, NEPTUNE} else RDS


def clusters(ask: Ask, service: str) -> Iterator[dict[str, Any]]:
    """Yield the clusters of one service."""
    for raw in ask.pages("rds", "describe_db_clusters", "DBClusters", MaxRecords=100):
        if service_of(raw) == service:
            yield _settings(raw)


def instances(ask: Ask, service: str) -> Iterator[dict[str, Any]]:
    """Yield the instances of one service."""
    for raw in ask.pages("rds", "describe_db_instances", "DBInstances", MaxRecords=100):
        if service_of(raw) == service:
            yield _settings(raw)


def _settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    measured = str(raw["Engine"]).startswith(_MEASURED_STORAGE)
    return {key: value for key, value in raw.items() if not (measured and key == "AllocatedStorage")}
