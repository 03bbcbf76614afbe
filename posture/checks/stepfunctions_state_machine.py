"""Judges Step Functions state machines by their logs."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

LOGGING = "loggingConfiguration"


@check(
    resource_type="AWS::StepFunctions::StateMachine",
    title="State machine logs its executions",
    problem="State machine does not log its executions",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:StepFunctions.1"),
    aliases=("securityhub:StepFunctions.1", "prowler:stepfunctions_statemachine_logging_enabled"),
    remediation=Remediation(
        console="Step Functions → State machines → {name} → Edit → Config → Logging: ERROR or more, and a log group.",
        cli="aws stepfunctions update-state-machine --region {region} --state-machine-arn {arn} "
        "--logging-configuration file://logging.json",
        terraform='resource "aws_sfn_state_machine" "this" {\n  logging_configuration {\n    level = "ERROR"\n  }\n}',
    ),
    examples=(
        passes({LOGGING: {"level": "ERROR", "destinations": [{}]}}),
        fails({LOGGING: {"level": "OFF"}}),
        fails({LOGGING: None}, "never set"),
        is_unknown({LOGGING: denied("states:DescribeStateMachine")}),
    ),
)
def stepfunctions_state_machine_logged(machine: Resource) -> Outcome:
    """The history of an execution is gone after 90 days, that of an express one at once.

    What a state machine did with its role, and why it failed, is then in its log or nowhere.
    """
    logging = machine.config[LOGGING]
    level = logging.get("level") if logging else None
    if level in {None, "OFF"}:
        return failed("It logs nothing.", LOGGING)
    return passed(f"It logs at level {level}.", f"{LOGGING}.level")
