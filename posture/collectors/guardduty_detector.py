"""GuardDuty's detector in each region: status, plans, and administrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

READ = ("Status", "Features", "FindingPublishingFrequency", "ServiceRole", "CreatedAt")


@collector(
    resource_type="AWS::GuardDuty::Detector",
    title="GuardDuty detector",
    plural="GuardDuty detectors",
    service="guardduty",
    family=Family.SECURITY,
    actions=(
        "guardduty:DescribeOrganizationConfiguration",
        "guardduty:GetAdministratorAccount",
        "guardduty:GetDetector",
        "guardduty:ListDetectors",
    ),
    columns=(
        Column("Status", "Status"),
        Column("FindingPublishingFrequency", "Publishes every"),
        Column("OrganizationConfiguration.AutoEnableOrganizationMembers", "Turns itself on for"),
        Column("CreatedAt", "Since"),
    ),
    ignored=(
        "UpdatedAt",
        # Superseded by Features, which has a row for each plan.
        "DataSources",
        "Features.UpdatedAt",
        "Features.AdditionalConfiguration.UpdatedAt",
        "Administrator.InvitedAt",
        "Administrator.InvitationId",
        "OrganizationConfiguration.DataSources",
        # Superseded by AutoEnableOrganizationMembers.
        "OrganizationConfiguration.AutoEnable",
        "OrganizationConfiguration.NextToken",
    ),
    unordered=(
        "Features",
        "Features.AdditionalConfiguration",
        "OrganizationConfiguration.Features",
        "OrganizationConfiguration.Features.AdditionalConfiguration",
    ),
)
def detectors(ask: Ask) -> Iterator[Resource]:
    """A detector is GuardDuty's presence in one account and region; without one, nothing is watched there.

    Each protection plan (S3, EKS, RDS, Lambda, malware, runtime) is a feature of the detector.
    """
    yield from ask.each(
        lambda detector: _detector(ask, detector), ask.pages("guardduty", "list_detectors", "DetectorIds")
    )


def _detector(ask: Ask, detector: str) -> Resource:
    answer = ask.call("guardduty", "get_detector", DetectorId=detector)
    raw: dict[str, Any] = dict.fromkeys(READ, answer) if isinstance(answer, Unknown) else dict(answer or {})
    administrator = ask.field("guardduty", "get_administrator_account", "Administrator", DetectorId=detector)
    # An administrator, and an account that nobody administers, get an empty answer.
    member = isinstance(administrator, dict) and bool(administrator)
    raw["Administrator"] = administrator if member or isinstance(administrator, Unknown) else None
    raw["OrganizationConfiguration"] = None if member else _organization(ask, detector)
    tags = answer if isinstance(answer, Unknown) else raw.get("Tags")
    return ask.resource(raw, arn=ask.arn("guardduty", f"detector/{detector}"), name=detector, tags=tags)


def _organization(ask: Ask, detector: str) -> Any:
    """Return what new accounts get; None unless this is the delegated administrator."""
    return ask.call(
        "guardduty", "describe_organization_configuration", absent=("BadRequestException",), DetectorId=detector
    )
