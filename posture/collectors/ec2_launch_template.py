"""Launch templates with their default version; user data is a fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors.container_tools import container_tools
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::EC2::LaunchTemplate",
    title="Launch template",
    plural="Launch templates",
    service="ec2",
    family=Family.COMPUTE,
    actions=("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
    columns=(
        Column("LaunchTemplateName", "Name"),
        Column("DefaultVersionNumber", "Default version"),
        Column("LaunchTemplateData.InstanceType", "Type"),
        Column("LaunchTemplateData.MetadataOptions.HttpTokens", "IMDSv2"),
    ),
    relations=(
        Relation(
            "LaunchTemplateData.SecurityGroupIds",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
    ),
    # People write passwords into scripts that run at the first start.
    secret=("LaunchTemplateData.UserData",),
    observed=("ContainerTools",),
    unordered=(
        "LaunchTemplateData.BlockDeviceMappings",
        "LaunchTemplateData.SecurityGroupIds",
        "LaunchTemplateData.SecurityGroups",
    ),
)
def launch_templates(ask: Ask) -> Iterator[Resource]:
    """What Auto Scaling groups, node groups and people start instances from: a flaw here is born again each time."""
    listed = ask.pages(
        "ec2", "describe_launch_templates", "LaunchTemplates", MaxResults=200, IncludeManagedResources=True
    )
    templates = list(listed)
    if not templates:
        return
    defaults = ask.listing(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        Versions=["$Default"],
        MaxResults=200,
        IncludeManagedResources=True,
    )
    for raw in templates:
        identity = raw["LaunchTemplateId"]
        data = defaults
        if not isinstance(defaults, Unknown):
            data = next((v["LaunchTemplateData"] for v in defaults or [] if v["LaunchTemplateId"] == identity), None)
        yield ask.resource(
            {**raw, "LaunchTemplateData": data, "ContainerTools": _tools(data)},
            arn=ask.arn("ec2", f"launch-template/{identity}"),
            name=raw.get("LaunchTemplateName"),
            tags=raw.get("Tags"),
        )


def _tools(data: Any) -> list[str] | Unknown:
    return data if isinstance(data, Unknown) else container_tools(str((data or {}).get("UserData") or ""))
