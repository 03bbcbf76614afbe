"""Parameter groups that database instances use: what they say of security."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.rds_listing import DESCRIBE_INSTANCES, RDS, instances
from posture.collectors.rds_parameters import kept_parameters, parameters_of, tags_of_groups
from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RDS::DBParameterGroup",
    title="Database parameter group",
    plural="Database parameter groups",
    service="rds",
    family=Family.DATABASES,
    arn_names=("rds:pg",),
    actions=(
        DESCRIBE_INSTANCES,
        "rds:DescribeDBParameterGroups",
        "rds:DescribeDBParameters",
        "rds:ListTagsForResource",
    ),
    columns=(
        Column("DBParameterGroupFamily", "Family"),
        Column("Parameters", "Parameters about security"),
    ),
)
def parameter_groups(ask: Ask) -> Iterator[Resource]:
    """A parameter group says whether its databases refuse connections without TLS.

    Groups that no instance uses are left out, and nothing is asked where there are no instances. Groups of DocumentDB
    and Neptune are left out as well: what matters of them is set in their clusters' groups.
    """
    used = {
        group["DBParameterGroupName"]
        for instance in instances(ask, RDS)
        for group in instance.get("DBParameterGroups") or ()
    }
    if not used:
        return
    listed = ask.pages("rds", "describe_db_parameter_groups", "DBParameterGroups", MaxRecords=100)
    groups = [raw for raw in listed if raw["DBParameterGroupName"] in used]
    tags = tags_of_groups(ask, [raw["DBParameterGroupArn"] for raw in groups])
    for raw, found, labels in zip(groups, ask.each(partial(_parameters, ask), groups), tags, strict=True):
        config = {**raw, "Parameters": found}
        yield ask.resource(config, arn=raw["DBParameterGroupArn"], name=raw["DBParameterGroupName"], tags=labels)


def _parameters(ask: Ask, raw: Mapping[str, Any]) -> Any:
    names = kept_parameters(raw["DBParameterGroupFamily"])
    return parameters_of(ask, names, "describe_db_parameters", DBParameterGroupName=raw["DBParameterGroupName"])
