"""Glue jobs with what their security configurations encrypt.

Arguments are fingerprints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::Glue::Job",
    title="Glue job",
    plural="Glue jobs",
    service="glue",
    family=Family.DATA,
    cadence=Cadence.DAILY,
    actions=("glue:GetJobs", "glue:GetSecurityConfigurations", "glue:GetTags"),
    columns=(
        Column("Command.Name", "Kind"),
        Column("GlueVersion", "Glue version"),
        Column("SecurityConfiguration", "Security configuration"),
        Column("Role", "Role"),
    ),
    relations=(Relation("Role", "AWS::IAM::Role"),),
    # The nodes are the drawing of which the script was made.
    ignored=("AllocatedCapacity", "AutoUpgradeMetadata", "CodeGenConfigurationNodes", "LastModifiedOn"),
    secret=("DefaultArguments.*", "NonOverridableArguments.*", "SourceControlDetails.AuthToken"),
)
def jobs(ask: Ask) -> Iterator[Resource]:
    """A job reads from one place and writes to another with a role of its own, and leaves logs and bookmarks."""
    listed = list(ask.pages("glue", "get_jobs", "Jobs", MaxResults=200))
    arns = [ask.arn("glue", f"job/{raw['Name']}") for raw in listed]
    configurations = _configurations(ask, listed)
    gone = ("EntityNotFoundException",)
    tags = ask.each(lambda arn: ask.field("glue", "get_tags", "Tags", absent=gone, ResourceArn=arn), arns)
    for raw, arn, labels in zip(listed, arns, tags, strict=True):
        config = {**raw, "Encryption": _encryption(raw, configurations)}
        yield ask.resource(config, arn=arn, name=raw["Name"], tags=labels)


def _configurations(ask: Ask, listed: Sequence[Mapping[str, Any]]) -> dict[str, Any] | Unknown:
    """Return what the region's security configurations encrypt, by name."""
    if not any(raw.get("SecurityConfiguration") for raw in listed):
        return {}
    found = ask.listing("glue", "get_security_configurations", "SecurityConfigurations")
    if isinstance(found, Unknown):
        return found
    return {each["Name"]: each.get("EncryptionConfiguration") for each in found or ()}


def _encryption(raw: Mapping[str, Any], configurations: dict[str, Any] | Unknown) -> Any:
    name = raw.get("SecurityConfiguration")
    if not name:
        return None
    return configurations if isinstance(configurations, Unknown) else configurations.get(name)
