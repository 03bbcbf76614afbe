"""Judges replication tasks of the Database Migration Service by their logs."""

from __future__ import annotations

from posture.core.check import Example, Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

TASK = "AWS::DMS::ReplicationTask"
LEVELS = {"LOGGER_SEVERITY_DEFAULT", "LOGGER_SEVERITY_DEBUG", "LOGGER_SEVERITY_DETAILED_DEBUG"}
SOURCE, TARGET = ("SOURCE_CAPTURE", "SOURCE_UNLOAD"), ("TARGET_APPLY", "TARGET_LOAD")
_REMEDIATION = Remediation(
    console="DMS → Database migration tasks → {name} → Modify → Task logs: turn on, with the level Default for each "
    "component. The task must be stopped for it.",
    cli="aws dms modify-replication-task --region {region} --replication-task-arn {arn} "
    "--replication-task-settings file://logging.json",
)


def _examples(components: tuple[str, ...]) -> tuple[Example, ...]:
    def logging(*severities: str) -> dict[str, object]:
        named = [{"Id": one, "Severity": each} for one, each in zip(components, severities, strict=False)]
        return {"Logging": {"EnableLogging": True, "LogComponents": named}}

    return (
        passes(logging("LOGGER_SEVERITY_DEFAULT", "LOGGER_SEVERITY_DEBUG")),
        fails(logging("LOGGER_SEVERITY_DEFAULT", "LOGGER_SEVERITY_ERROR"), "errors alone"),
        fails(logging("LOGGER_SEVERITY_DEFAULT"), "a component is missing"),
        fails({"Logging": {"EnableLogging": False, "LogComponents": []}}),
        fails({"Logging": None}, "the settings say nothing of logs"),
        is_unknown({"Logging": denied("dms:DescribeReplicationTasks")}),
    )


def _judge(task: Resource, components: tuple[str, ...], side: str) -> Outcome:
    logging = task.config["Logging"]
    if logging is None or not logging["EnableLogging"]:
        return failed("It logs nothing.", "Logging")
    levels = {each["Id"]: each["Severity"] for each in logging["LogComponents"]}
    silent = [one for one in components if levels.get(one) not in LEVELS]
    if silent:
        return failed(f"It logs too little of the {side}: {', '.join(silent)}.", "Logging.LogComponents")
    return passed(f"It logs what it does at the {side}.", "Logging.LogComponents")


@check(
    resource_type=TASK,
    title="DMS task logs its work at the target",
    problem="DMS task does not log its work at the target",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:DMS.7"),
    aliases=("securityhub:DMS.7", "prowler:dms_replication_task_target_logging_enabled"),
    remediation=_REMEDIATION,
    examples=_examples(TARGET),
)
def dms_replication_task_target_logged(task: Resource) -> Outcome:
    """Rows that the target refused are named in this log alone: without it, a copy looks complete and is not."""
    return _judge(task, TARGET, "target")


@check(
    resource_type=TASK,
    title="DMS task logs its work at the source",
    problem="DMS task does not log its work at the source",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:DMS.8"),
    aliases=("securityhub:DMS.8", "prowler:dms_replication_task_source_logging_enabled"),
    remediation=_REMEDIATION,
    examples=_examples(SOURCE),
)
def dms_replication_task_source_logged(task: Resource) -> Outcome:
    """Changes that could not be read from the source are named in this log alone, and are missing from then on."""
    return _judge(task, SOURCE, "source")
