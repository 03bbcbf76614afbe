"""EMR's block of public access, one for each region."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.enablement import unless_off
from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource

_CALL = "get_block_public_access_configuration"


@collector(
    resource_type="AWS::EMR::BlockPublicAccessConfiguration",
    title="EMR block public access",
    plural="EMR block public access settings",
    service="emr",
    family=Family.DATA,
    cadence=Cadence.DAILY,
    actions=("elasticmapreduce:GetBlockPublicAccessConfiguration",),
    columns=(
        Column("BlockPublicSecurityGroupRules", "Blocked"),
        Column("PermittedPublicSecurityGroupRuleRanges.MinRange", "Allowed from port"),
    ),
    unordered=("PermittedPublicSecurityGroupRuleRanges",),
)
def block_public_access(ask: Ask) -> Iterator[Resource]:
    """The setting keeps EMR from starting clusters whose security groups are open to the internet."""
    answer = unless_off(ask.call("emr", _CALL))
    if answer is not None:
        yield ask.resource(
            {"PermittedPublicSecurityGroupRuleRanges": [], **answer["BlockPublicAccessConfiguration"]},
            arn=ask.arn("elasticmapreduce", "block-public-access-configuration"),
            name=ask.region,
        )
