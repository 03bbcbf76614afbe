"""Workgroups of Redshift Serverless: the way in to the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.redshiftserverless_listing import LIST_NAMESPACES, LIST_TAGS, NAMESPACES, SERVICE, tags_of
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RedshiftServerless::Workgroup",
    title="Redshift Serverless workgroup",
    plural="Redshift Serverless workgroups",
    service=SERVICE,
    family=Family.DATA,
    actions=(LIST_NAMESPACES, "redshift-serverless:ListWorkgroups", LIST_TAGS),
    columns=(
        Column("namespaceName", "Namespace"),
        Column("publiclyAccessible", "Public"),
        Column("enhancedVpcRouting", "Routed through the VPC"),
        Column("Parameters.require_ssl", "TLS required"),
    ),
    relations=(
        Relation(
            "securityGroupIds", "AWS::EC2::SecurityGroup", "arn:{partition}:ec2:{region}:{account}:security-group/{id}"
        ),
        Relation("subnetIds", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
    ),
    # AWS patches by itself, and interfaces come and go with the load.
    ignored=("endpoint.vpcEndpoints", "patchVersion", "workgroupVersion"),
    observed=("status",),
    unordered=("crossAccountVpcs", "securityGroupIds", "subnetIds"),
)
def workgroups(ask: Ask) -> Iterator[Resource]:
    """A workgroup is where clients connect: from which networks, and whether by TLS."""
    if not any(True for _ in ask.pages(**NAMESPACES)):
        return
    listed = list(ask.pages(SERVICE, "list_workgroups", "workgroups", maxResults=100))
    for raw, tags in zip(listed, tags_of(ask, [raw["workgroupArn"] for raw in listed]), strict=True):
        yield ask.resource(_config(raw), arn=raw["workgroupArn"], name=raw["workgroupName"], tags=tags)


def _config(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a workgroup with its parameters by their names."""
    named = {each["parameterKey"]: each.get("parameterValue") for each in raw.get("configParameters") or ()}
    return {**{key: value for key, value in raw.items() if key != "configParameters"}, "Parameters": named}
