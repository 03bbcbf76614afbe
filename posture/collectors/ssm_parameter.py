"""Parameters of Systems Manager by name and type. Their values are never read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::SSM::Parameter",
    title="Parameter",
    plural="Parameters",
    service="ssm",
    family=Family.IDENTITY,
    cadence=Cadence.DAILY,
    actions=("ssm:DescribeParameters", "tag:GetResources"),
    columns=(
        Column("Type", "Type"),
        Column("Tier", "Tier"),
        Column("KeyId", "KMS key"),
        Column("LastModifiedDate", "Changed"),
    ),
    relations=(Relation("KeyId", "AWS::KMS::Key"),),
    # Who changed it is in the trail, and a person's name.
    ignored=("LastModifiedUser", "Policies.PolicyStatus"),
)
def parameters(ask: Ask) -> Iterator[Resource]:
    """A parameter holds a setting, or a secret: then it should be of the type that is encrypted."""
    listed = list(ask.pages("ssm", "describe_parameters", "Parameters", MaxResults=50))
    tags = _tags(ask) if listed else {}
    for raw in listed:
        # The names of parameters in paths begin with a slash, which their ARNs do not repeat.
        arn = raw.get("ARN") or ask.arn("ssm", f"parameter/{raw['Name'].removeprefix('/')}")
        own = tags if isinstance(tags, Unknown) else tags.get(arn)
        yield ask.resource(raw, arn=arn, name=raw["Name"], tags=own)


def _tags(ask: Ask) -> dict[str, Any] | Unknown:
    """Return the tags of all parameters by ARN, at once."""
    tagged = ask.listing(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList",
        ResourceTypeFilters=["ssm:parameter"],
        ResourcesPerPage=100,
    )
    if isinstance(tagged, Unknown):
        return tagged
    return {mapping["ResourceARN"]: mapping["Tags"] for mapping in tagged or ()}
