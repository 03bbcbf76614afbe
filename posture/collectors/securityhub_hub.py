"""Security Hub CSPM in each region: standards, controls, and administrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors.enablement import unless_off
from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource

NOT_SUBSCRIBED = ("InvalidAccessException", "ResourceNotFoundException")


@collector(
    resource_type="AWS::SecurityHub::Hub",
    title="Security Hub",
    plural="Security Hubs",
    service="securityhub",
    family=Family.SECURITY,
    actions=(
        "securityhub:DescribeHub",
        "securityhub:DescribeOrganizationConfiguration",
        "securityhub:GetAdministratorAccount",
        "securityhub:GetEnabledStandards",
    ),
    columns=(
        Column("SubscribedAt", "Since"),
        Column("StandardNames", "Standards"),
        Column("ControlFindingGenerator", "Findings per"),
        Column("AutoEnableControls", "New controls turn themselves on"),
        Column("OrganizationConfiguration.AutoEnable", "On in accounts that join"),
    ),
    ignored=("Administrator.InvitedAt", "Administrator.InvitationId"),
    unordered=("Standards", "StandardNames"),
)
def hubs(ask: Ask) -> Iterator[Resource]:
    """Security Hub CSPM runs AWS's own checks here, and gathers the findings of the other tools.

    Where the account is not subscribed there is no hub. Its successor of the same name (v2) is another
    service and is not judged here.
    """
    hub = unless_off(ask.call("securityhub", "describe_hub", absent=NOT_SUBSCRIBED))
    if hub is None:
        return
    administrator = ask.field("securityhub", "get_administrator_account", "Administrator", absent=NOT_SUBSCRIBED)
    standards = ask.listing("securityhub", "get_enabled_standards", "StandardsSubscriptions")
    member = isinstance(administrator, dict) and bool(administrator)
    yield ask.resource(
        {
            **hub,
            "Standards": standards,
            "StandardNames": _names(standards),
            "Administrator": administrator or None if isinstance(administrator, dict) else administrator,
            "OrganizationConfiguration": None if member else _organization(ask),
        },
        arn=hub["HubArn"],
        name=f"Security Hub in {ask.region}",
    )


def _names(standards: Any) -> Any:
    """Return a standard's path: `aws-foundational-security-best-practices/v/1.0.0`."""
    if not isinstance(standards, list):
        return standards
    return [standard["StandardsArn"].rsplit("standards/", 1)[-1].rsplit("ruleset/", 1)[-1] for standard in standards]


def _organization(ask: Ask) -> Any:
    """Return what new accounts get; None unless this is the delegated administrator."""
    return ask.call("securityhub", "describe_organization_configuration", absent=NOT_SUBSCRIBED)
