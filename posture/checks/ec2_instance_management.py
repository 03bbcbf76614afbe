"""Judges whether Systems Manager manages EC2 instances."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import Resource

MANAGED = "AWS::SSM::ManagedInstance"
_CONFIG = {"InstanceId": "i-1"}
_RUNNING = {"State": {"Name": "running"}}
_ITSELF = neighbour(MANAGED, {"InstanceId": "i-1"})


@check(
    resource_type="AWS::EC2::Instance",
    needs=(MANAGED,),
    title="EC2 instance is managed by Systems Manager",
    problem="EC2 instance is not managed by Systems Manager",
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:legacy", "aws_fsbp:SSM.1"),
    aliases=("securityhub:SSM.1", "prowler:ec2_instance_managed_by_ssm"),
    remediation=Remediation(
        console="Systems Manager → Fleet Manager → Account management → Default Host Management Configuration: turn "
        "on. It covers instances with IMDSv2 whose agent is 3.2 or newer.",
        cli="aws ssm update-service-setting --region {region} --setting-id /ssm/managed-instance/"
        "default-ec2-instance-management-role --setting-value service-role/"
        "AWSSystemsManagerDefaultEC2InstanceManagementRole",
    ),
    examples=(
        passes(_CONFIG, observed=_RUNNING, related=(_ITSELF,)),
        fails(_CONFIG, observed=_RUNNING),
        fails(_CONFIG, "others are", observed=_RUNNING, related=(neighbour(MANAGED, {"InstanceId": "i-2"}),)),
        does_not_apply(_CONFIG, "stopped", observed={"State": {"Name": "stopped"}}),
        does_not_apply(_CONFIG, "no Systems Manager there", observed=_RUNNING, not_offered=(MANAGED,)),
        is_unknown(_CONFIG, observed=_RUNNING, gaps=(MANAGED,)),
        is_unknown(_CONFIG, observed={"State": denied("ec2:DescribeInstances")}),
    ),
    reads_observed=True,
)
def ec2_instance_managed_by_systems_manager(instance: Resource, related: Related) -> Outcome:
    """What Systems Manager does not manage is patched by hand, if at all, and entered by SSH.

    It also answers, in one place, which version of what runs where.
    """
    if instance.observed["State"]["Name"] != "running":
        return not_applicable("It does not run.", "observed.State.Name")
    if not related.offered_here(MANAGED):
        return not_applicable("AWS does not offer Systems Manager in this region.")
    if related.here_by(MANAGED, _instance_id, instance.config["InstanceId"]):
        return passed("Systems Manager manages it.", "InstanceId")
    return failed("Systems Manager does not manage it.", "InstanceId")


def _instance_id(managed: Resource) -> tuple[str]:
    return (managed.config.get("InstanceId") or managed.name,)
