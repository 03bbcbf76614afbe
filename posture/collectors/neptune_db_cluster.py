"""Neptune clusters with the parameters that affect security."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posture.collectors.rds_listing import CLUSTER_IGNORED, CLUSTER_UNORDERED, DESCRIBE_CLUSTERS, NEPTUNE, clusters
from posture.collectors.rds_parameters import DESCRIBE_CLUSTER_PARAMETERS, cluster_parameters
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Neptune::DBCluster",
    title="Neptune cluster",
    plural="Neptune clusters",
    service="neptune",
    family=Family.DATABASES,
    actions=(DESCRIBE_CLUSTERS, DESCRIBE_CLUSTER_PARAMETERS),
    columns=(
        Column("EngineVersion", "Version"),
        Column("StorageEncrypted", "Encrypted"),
        Column("IAMDatabaseAuthenticationEnabled", "IAM authentication"),
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
            "AWS::Neptune::DBInstance",
            "arn:{partition}:rds:{region}:{account}:db:{id}",
        ),
    ),
    ignored=CLUSTER_IGNORED,
    observed=("DBClusterMembers.DBClusterParameterGroupStatus", "PendingModifiedValues", "Status"),
    unordered=CLUSTER_UNORDERED,
    data_store=True,
)
def neptune_clusters(ask: Ask) -> Iterator[Resource]:
    """A graph shows who knows whom and what leads where; the cluster says who reaches it and what survives."""
    listed = list(clusters(ask, NEPTUNE))
    for raw, parameters in zip(listed, ask.each(partial(cluster_parameters, ask, "neptune"), listed), strict=True):
        config = {**raw, "Parameters": parameters}
        yield ask.resource(config, arn=raw["DBClusterArn"], name=raw["DBClusterIdentifier"], tags=raw.get("TagList"))
