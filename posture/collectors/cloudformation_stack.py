"""CloudFormation stacks.

Templates are never read; parameters and outputs are kept as fingerprints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

_MASKED = "****"
"""What CloudFormation answers for a parameter that its template marks as NoEcho."""


@collector(
    resource_type="AWS::CloudFormation::Stack",
    title="CloudFormation stack",
    plural="CloudFormation stacks",
    service="cloudformation",
    family=Family.COMPUTE,
    cadence=Cadence.DAILY,
    actions=("cloudformation:DescribeStacks",),
    columns=(
        Column("Description", "Description"),
        Column("observed.StackStatus", "Status"),
        Column("observed.DriftInformation.StackDriftStatus", "Drift"),
        Column("CreationTime", "Created"),
        Column("LastUpdatedTime", "Updated"),
    ),
    relations=(
        Relation("ParentId", "AWS::CloudFormation::Stack"),
        Relation("RoleARN", "AWS::IAM::Role"),
        Relation("NotificationARNs", "AWS::SNS::Topic"),
    ),
    secret=("Outputs.OutputValue", "Parameters.ParameterValue", "Parameters.ResolvedValue"),
    # The reason of a status quotes what was refused, which may be a parameter's value.
    ignored=("DetailedStatus", "DriftInformation.LastCheckTimestamp", "LastOperations", "StackStatusReason"),
    observed=("DriftInformation.StackDriftStatus", "StackStatus"),
    unordered=("Capabilities", "NotificationARNs", "Outputs", "Parameters"),
)
def stacks(ask: Ask) -> Iterator[Resource]:
    """What was deployed together from one template, and whether it is still as the template says."""
    for raw in ask.pages("cloudformation", "describe_stacks", "Stacks"):
        parameters = [_parameter(parameter) for parameter in raw.get("Parameters") or ()]
        yield ask.resource(
            {**raw, "Parameters": parameters}, arn=raw["StackId"], name=raw["StackName"], tags=raw.get("Tags")
        )


def _parameter(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter with whether CloudFormation hides its value.

    The fingerprint would not show that.
    """
    return {**raw, "NoEcho": raw.get("ParameterValue") == _MASKED}
