"""DocumentDB clusters with the parameters that affect security."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posture.collectors.rds_listing import CLUSTER_IGNORED, CLUSTER_UNORDERED, DESCRIBE_CLUSTERS, DOCDB, clusters
from posture.collectors.rds_parameters import DESCRIBE_CLUSTER_PARAMETERS, cluster_parameters
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::DocDB::DBCluster",
    title="DocumentDB cluster",
    plural="DocumentDB clusters",
    service="docdb",
    family=Family.DATABASES,
    actions=(DESCRIBE_CLUSTERS, DESCRIBE_CLUSTER_PARAMETERS),
    columns=(
        Column("EngineVersion", "Version"),
        Column("StorageEncrypted", "Encrypted"),
        Column("Parameters.tls", "TLS"),
        Column("DeletionProtection", "Deletion protection"),
        Column("BackupRetentionPeriod", "Backups kept (days)"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation(
            "VpcSecurityGroups.VpcSecurityGroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
        Relation(
            "DBClusterMembers.DBInstanceIdentifier",
            "AWS::DocDB::DBInstance",
            "arn:{partition}:rds:{region}:{account}:db:{id}",
        ),
    ),
    ignored=CLUSTER_IGNORED,
    observed=("DBClusterMembers.DBClusterParameterGroupStatus", "PendingModifiedValues", "Status"),
    unordered=CLUSTER_UNORDERED,
    data_store=True,
)
def docdb_clusters(ask: Ask) -> Iterator[Resource]:
    """Documents hold whatever an application had no table for; the cluster says who reaches them and what survives."""
    listed = list(clusters(ask, DOCDB))
    for raw, parameters in zip(listed, ask.each(partial(cluster_parameters, ask, "docdb"), listed), strict=True):
        config = {**raw, "Parameters": parameters}
        yield ask.resource(config, arn=raw["DBClusterArn"], name=raw["DBClusterIdentifier"], tags=raw.get("TagList"))
