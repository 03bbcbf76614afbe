"""Parameter groups that database clusters use: what they say of security."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.rds_listing import DESCRIBE_CLUSTERS, RDS, clusters
from posture.collectors.rds_parameters import (
    DESCRIBE_CLUSTER_PARAMETERS,
    kept_parameters,
    parameters_of,
    tags_of_groups,
)
from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RDS::DBClusterParameterGroup",
    title="Database cluster parameter group",
    plural="Database cluster parameter groups",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:clusterpg",),
    actions=(
        DESCRIBE_CLUSTERS,
        "rds:DescribeDBClusterParameterGroups",
        DESCRIBE_CLUSTER_PARAMETERS,
        "rds:ListTagsForResource",
    ),
    columns=(
        Column("DBParameterGroupFamily", "Family"),
        Column("Parameters", "Parameters about security"),
    ),
)
def cluster_parameter_groups(ask: Ask) -> Iterator[Resource]:
    """A cluster's parameter group says whether it refuses connections without TLS, and whether it writes an audit log.

    Groups that no cluster uses are left out, and nothing is asked where there are no clusters. Clusters of DocumentDB
    and Neptune carry their parameters themselves.
    """
    used = {
        cluster["DBClusterParameterGroup"] for cluster in clusters(ask, RDS) if cluster.get("DBClusterParameterGroup")
    }
    if not used:
        return
    listed = ask.pages("rds", "describe_db_cluster_parameter_groups", "DBClusterParameterGroups", MaxRecords=100)
    groups = [raw for raw in listed if raw["DBClusterParameterGroupName"] in used]
    tags = tags_of_groups(ask, [raw["DBClusterParameterGroupArn"] for raw in groups])
    for raw, found, labels in zip(groups, ask.each(partial(_parameters, ask), groups), tags, strict=True):
        name, arn = raw["DBClusterParameterGroupName"], raw["DBClusterParameterGroupArn"]
        yield ask.resource({**raw, "Parameters": found}, arn=arn, name=name, tags=labels)


def _parameters(ask: Ask, raw: Mapping[str, Any]) -> Any:
    names = kept_parameters(raw["DBParameterGroupFamily"])
    group = raw["DBClusterParameterGroupName"]
    return parameters_of(ask, names, "describe_db_cluster_parameters", DBClusterParameterGroupName=group)
