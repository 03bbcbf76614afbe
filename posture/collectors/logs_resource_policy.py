"""Resource policies of CloudWatch Logs, which apply to log groups of a region."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, collector
from posture.core.policy import document
from posture.core.resource import Resource

_ACTION = "logs:DescribeResourcePolicies"


@collector(
    resource_type="AWS::Logs::ResourcePolicy",
    title="Logs resource policy",
    plural="Logs resource policies",
    service="logs",
    family=Family.SECURITY,
    actions=(_ACTION,),
    columns=(Column("policyName", "Policy"), Column("policyDocument.Statement.Effect", "Effects")),
    ignored=("lastUpdatedTime", "revisionId"),
)
def resource_policies(ask: Ask) -> Iterator[Resource]:
    """A resource policy lets services, or other accounts, write into log groups and read from them."""
    for raw in ask.pages("logs", "describe_resource_policies", "resourcePolicies"):
        name = raw["policyName"]
        read = {**raw, "policyDocument": document(raw.get("policyDocument"), _ACTION)}
        yield ask.resource(read, arn=ask.arn("logs", f"resource-policy:{name}"), name=name)
