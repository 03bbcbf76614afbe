"""Redshift clusters with audit logging and the parameters that affect security."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_PARAMETERS = ("enable_user_activity_logging", "require_ssl", "use_fips_ssl")
"""What is kept of a parameter group: the rest is for speed."""


@collector(
    resource_type="AWS::Redshift::Cluster",
    title="Redshift cluster",
    plural="Redshift clusters",
    service="redshift",
    family=Family.DATA,
    actions=("redshift:DescribeClusters", "redshift:DescribeLoggingStatus", "redshift:DescribeClusterParameters"),
    columns=(
        Column("NodeType", "Node type"),
        Column("NumberOfNodes", "Nodes"),
        Column("Encrypted", "Encrypted"),
        Column("PubliclyAccessible", "Public"),
        Column("Parameters.require_ssl", "TLS required"),
        Column("AutomatedSnapshotRetentionPeriod", "Snapshots kept (days)"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("MasterPasswordSecretArn", "AWS::SecretsManager::Secret"),
        Relation("IamRoles.IamRoleArn", "AWS::IAM::Role"),
        Relation("VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation(
            "VpcSecurityGroups.VpcSecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
        Relation("Logging.BucketName", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),
    ),
    ignored=(
        "AquaConfiguration",
        "ClusterNodes",
        "ClusterParameterGroups.ClusterParameterStatusList",
        "ClusterParameterGroups.ParameterApplyStatus",
        "ClusterSecurityGroups.Status",
        "DataTransferProgress",
        "ElasticIpStatus.Status",
        "ExpectedNextSnapshotScheduleTime",
        "ExpectedNextSnapshotScheduleTimeStatus",
        "HsmStatus.Status",
        "IamRoles.ApplyStatus",
        "Logging.LastFailureMessage",
        "Logging.LastFailureTime",
        "Logging.LastSuccessfulDeliveryTime",
        "Logging.S3Tables.LastIngestionTimes",
        "LoggingPublishStatus.S3Tables.LastIngestionTimes",
        "MultiAZSecondary.ClusterNodes",
        "NextMaintenanceWindowStartTime",
        "PendingActions",
        # A new password would be in it.
        "PendingModifiedValues",
        "ReservedNodeExchangeStatus",
        "ResizeInfo",
        "RestoreStatus",
        "SnapshotScheduleState",
        "TotalStorageCapacityInMegaBytes",
        "VpcSecurityGroups.Status",
    ),
    # AWS patches every week or two; what it installed is no change of the account's.
    observed=("ClusterAvailabilityStatus", "ClusterRevisionNumber", "ClusterStatus", "ModifyStatus"),
    unordered=("ClusterSecurityGroups", "IamRoles", "Logging.LogExports", "VpcSecurityGroups"),
    data_store=True,
)
def clusters(ask: Ask) -> Iterator[Resource]:
    """A data warehouse gathers what is spread over all other databases: one way in leads to the whole of it."""
    listed = list(ask.pages("redshift", "describe_clusters", "Clusters", MaxRecords=100))
    groups = sorted({group for raw in listed if (group := _group(raw))})
    parameters = dict(zip(groups, ask.each(partial(_parameters, ask), groups), strict=True))
    logging = ask.each(partial(_logging, ask), [raw["ClusterIdentifier"] for raw in listed])
    for raw, logged in zip(listed, logging, strict=True):
        name = raw["ClusterIdentifier"]
        config = {**raw, "Logging": logged, "Parameters": parameters.get(_group(raw))}
        yield ask.resource(config, arn=ask.arn("redshift", f"cluster:{name}"), name=name, tags=raw.get("Tags"))


def _group(raw: Mapping[str, Any]) -> str:
    """Return the name of a cluster's parameter group; AWS's list has at most one."""
    return next((str(group["ParameterGroupName"]) for group in raw.get("ClusterParameterGroups") or ()), "")


def _parameters(ask: Ask, group: str) -> dict[str, str] | Unknown | None:
    found = ask.listing(
        "redshift",
        "describe_cluster_parameters",
        "Parameters",
        ParameterGroupName=group,
        MaxRecords=100,
        absent=("ClusterParameterGroupNotFound",),
    )
    if isinstance(found, Unknown) or found is None:
        return found
    return {each["ParameterName"]: each.get("ParameterValue") for each in found if each["ParameterName"] in _PARAMETERS}


def _logging(ask: Ask, cluster: str) -> dict[str, Any] | Unknown | None:
    answer = ask.call("redshift", "describe_logging_status", ClusterIdentifier=cluster, absent=("ClusterNotFound",))
    if isinstance(answer, Unknown) or answer is None:
        return answer
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
