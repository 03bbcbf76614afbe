"""Instances and servers that Systems Manager manages, and whether they comply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Group, Groups, Population
from posture.core.resource import Resource
from posture.core.values import Unknown

INSTANCE = "AWS::EC2::Instance"
KINDS = {"Patch": "PatchCompliance", "Association": "AssociationCompliance"}
"""Of compliance, with what it is kept under."""


def group_of(managed: Resource, groups: Groups) -> Group | None:
    """Return the group of the EC2 instance, or None."""
    if managed.config.get("ResourceType") != "EC2Instance":
        return None
    return groups.of(INSTANCE, managed.config["InstanceId"])


@collector(
    resource_type="AWS::SSM::ManagedInstance",
    title="Managed instance",
    plural="Managed instances",
    service="ssm",
    family=Family.COMPUTE,
    actions=("ssm:DescribeInstanceInformation", "ssm:ListResourceComplianceSummaries"),
    columns=(
        Column("InstanceId", "Instance"),
        Column("ResourceType", "Type"),
        Column("PlatformName", "Platform"),
        Column("PatchCompliance", "Patches"),
        Column("AssociationCompliance", "Associations"),
        Column("observed.PingStatus", "Agent"),
    ),
    relations=(Relation("InstanceId", INSTANCE, "arn:{partition}:ec2:{region}:{account}:instance/{id}"),),
    ignored=(
        "AssociationOverview",
        "AssociationStatus",
        "LastAssociationExecutionDate",
        "LastPingDateTime",
        "LastSuccessfulAssociationExecutionDate",
    ),
    # Agents update themselves.
    observed=("AgentVersion", "IPAddress", "IsLatestVersion", "PingStatus"),
    population=Population(
        group_of,
        since="RegistrationDate",
        after=(INSTANCE,),
        apart=("InstanceId", "ComputerName", "RegistrationDate", "Name", "SourceId"),
    ),
)
def managed_instances(ask: Ask) -> Iterator[Resource]:
    """What Systems Manager manages can be patched and looked into without anybody logging in.

    Compliance is None where no patch scan, or no association, ever ran.
    """
    listed = list(ask.pages("ssm", "describe_instance_information", "InstanceInformationList", MaxResults=50))
    if not listed:
        return
    compliance = _compliance(ask)
    for raw in listed:
        own: dict[str, Any] = {key: _status(compliance, raw["InstanceId"], kind) for kind, key in KINDS.items()}
        yield ask.resource({**raw, **own}, arn=_arn(ask, raw), name=raw.get("Name") or raw["InstanceId"])


def _arn(ask: Ask, raw: dict[str, Any]) -> str:
    """Return AWS's ARN of a managed node; EC2's instances are named so too."""
    return ask.arn("ssm", f"managed-instance/{raw['InstanceId']}")


def _compliance(ask: Ask) -> dict[tuple[str, str], str] | Unknown:
    """Return the status by instance and kind of compliance."""
    listed = ask.listing("ssm", "list_resource_compliance_summaries", "ResourceComplianceSummaryItems", MaxResults=50)
    if isinstance(listed, Unknown):
        return listed
    return {(each["ResourceId"], each["ComplianceType"]): each["Status"] for each in listed or ()}


def _status(compliance: dict[tuple[str, str], str] | Unknown, instance: str, kind: str) -> str | Unknown | None:
    return compliance if isinstance(compliance, Unknown) else compliance.get((instance, kind))
