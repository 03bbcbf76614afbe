"""Judges for how long EC2 instances have been left as they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.parameters import days
from posture.core.resource import Resource

INSTANCE = "AWS::EC2::Instance"
CONFIG = {"InstanceId": "i-1"}
STOPPED_DAYS = days(
    "stopped_instance_days",
    "Stopped instances",
    "An instance that has been stopped for longer has to be removed.",
    default=30,
    source="EC2.4",
)
RUNNING_DAYS = days(
    "running_instance_days",
    "Restarts of instances",
    "An instance that has been running for longer has to be replaced or restarted.",
    default=365,
)

RUNNING = {"State": {"Code": 16, "Name": "running"}}
STOPPED = {"State": {"Code": 80, "Name": "stopped"}}

_STOPPED_AT = re.compile(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:GMT|UTC)\)")


@check(
    resource_type=INSTANCE,
    title="Instance is not left stopped",
    problem="Instance has been stopped for too long",
    severity=Severity.LOW,
    controls=("practices:legacy", "aws_fsbp:EC2.4"),
    aliases=("prowler:ec2_instance_stopped_older_than_specific_days", "securityhub:EC2.4"),
    reads_observed=True,
    remediation=Remediation(
        console="EC2 → Instances → the instance: make an image if it may be needed again, then Terminate.",
        cli="aws ec2 terminate-instances --region {region} --instance-ids {id}",
    ),
    examples=(
        passes(CONFIG, observed={**STOPPED, "StateTransitionReason": "User initiated (2026-05-20 08:00:00 GMT)"}),
        fails(CONFIG, observed={**STOPPED, "StateTransitionReason": "User initiated (2026-03-01 08:00:00 GMT)"}),
        passes(
            CONFIG,
            "with a limit of 180 days",
            observed={**STOPPED, "StateTransitionReason": "User initiated (2026-03-01 08:00:00 GMT)"},
            parameters={STOPPED_DAYS.name: 180},
        ),
        is_unknown(CONFIG, observed={"State": denied("ec2:DescribeInstances")}),
        is_unknown(CONFIG, "AWS does not say since when", observed={**STOPPED, "StateTransitionReason": ""}),
        does_not_apply(CONFIG, "it runs", observed=RUNNING),
    ),
)
def ec2_instance_not_stopped_for_long(instance: Resource, clock: Clock) -> Outcome:
    """A machine that sleeps is not patched, and comes back one day with all the flaws of the day it was stopped.

    Meanwhile its volumes hold data that nobody watches and that is paid for.
    """
    if instance.observed.at("State", "Name") != "stopped":
        return not_applicable("The instance is not stopped.", "observed.State.Name")
    match = _STOPPED_AT.search(str(instance.observed.get("StateTransitionReason") or ""))
    if match is None:
        return unknown("AWS does not say when the instance was stopped.", "observed.StateTransitionReason")
    since = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    path = "observed.StateTransitionReason"
    if clock.is_past(since, timedelta(days=STOPPED_DAYS.value)):
        return failed(f"Stopped since {since:%Y-%m-%d}, more than {STOPPED_DAYS.value} days ago.", path)
    return passed(f"Stopped since {since:%Y-%m-%d}.", path)


@check(
    resource_type=INSTANCE,
    title="Instance was started lately",
    problem="Instance has been running for too long",
    severity=Severity.LOW,
    controls=("practices:legacy",),
    reads_observed=True,
    remediation=Remediation(
        console="Replace the instance from a current image, or patch it and restart: kernels and AWS's hosts change at "
        "a start only.",
        cli="aws ec2 reboot-instances --region {region} --instance-ids {id}",
    ),
    examples=(
        passes(CONFIG, observed={**RUNNING, "LaunchTime": "2026-05-01T08:00:00Z"}),
        fails(CONFIG, observed={**RUNNING, "LaunchTime": "2024-05-01T08:00:00Z"}),
        fails(
            CONFIG,
            "with a limit of 14 days",
            observed={**RUNNING, "LaunchTime": "2026-05-01T08:00:00Z"},
            parameters={RUNNING_DAYS.name: 14},
        ),
        is_unknown(CONFIG, observed={**RUNNING, "LaunchTime": denied("ec2:DescribeInstances")}),
        does_not_apply(CONFIG, "it is stopped", observed={**STOPPED, "LaunchTime": "2024-05-01T08:00:00Z"}),
    ),
)
def ec2_instance_started_lately(instance: Resource, clock: Clock) -> Outcome:
    """A host that has run for years without a restart runs the kernel of its first day, patched on disk or not.

    Nobody knows any more whether it would come up again. It is the surest sign of a workload without an owner.
    """
    if instance.observed.at("State", "Name") != "running":
        return not_applicable("The instance is not running.", "observed.State.Name")
    since = datetime.fromisoformat(instance.observed["LaunchTime"])
    if clock.is_past(since, timedelta(days=RUNNING_DAYS.value)):
        reason = f"Running since {since:%Y-%m-%d}, more than {RUNNING_DAYS.value} days ago."
        return failed(reason, "observed.LaunchTime")
    return passed(f"Running since {since:%Y-%m-%d}.", "observed.LaunchTime")
