"""Step Functions state machines, without their definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

DETAILS = ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration", "roleArn", "revisionId")


@collector(
    resource_type="AWS::StepFunctions::StateMachine",
    title="State machine",
    plural="State machines",
    service="stepfunctions",
    family=Family.COMPUTE,
    cadence=Cadence.DAILY,
    arn_names=("states:statemachine",),
    actions=("states:ListStateMachines", "states:DescribeStateMachine", "states:ListTagsForResource"),
    columns=(
        Column("type", "Type"),
        Column("loggingConfiguration.level", "Logs"),
        Column("encryptionConfiguration.type", "Encryption"),
        Column("roleArn", "Role"),
    ),
    relations=(
        Relation("roleArn", "AWS::IAM::Role"),
        Relation("encryptionConfiguration.kmsKeyId", "AWS::KMS::Key"),
    ),
    observed=("status",),
    # AWS leaves it out where only metadata is asked for; people write values into it.
    secret=("definition",),
)
def state_machines(ask: Ask) -> Iterator[Resource]:
    """A state machine runs steps in many services with one role, and its log is all that shows what went wrong.

    Its definition is not read: `revisionId` shows that it changed.
    """
    listed = ask.pages("stepfunctions", "list_state_machines", "stateMachines", maxResults=1000)
    yield from ask.each(partial(_state_machine, ask), listed)


def _state_machine(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    arn = raw["stateMachineArn"]
    found = ask.together(
        {
            "details": partial(
                ask.call,
                "stepfunctions",
                "describe_state_machine",
                absent=("StateMachineDoesNotExist",),
                stateMachineArn=arn,
                includedData="METADATA_ONLY",
            ),
            "tags": partial(
                ask.field,
                "stepfunctions",
                "list_tags_for_resource",
                "tags",
                absent=("ResourceNotFound", "ResourceNotFoundException"),
                resourceArn=arn,
            ),
        }
    )
    details = found["details"]
    read = dict.fromkeys(DETAILS, details) if isinstance(details, Unknown) else details or {}
    return ask.resource({**raw, **read}, arn=arn, name=raw["name"], tags=found["tags"])
