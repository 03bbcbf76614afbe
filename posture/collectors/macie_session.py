"""Whether Macie is on in each region, and discovers sensitive data by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors.enablement import unless_off
from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Macie::Session",
    title="Macie session",
    plural="Macie sessions",
    service="macie2",
    family=Family.SECURITY,
    cadence=Cadence.DAILY,
    actions=(
        "macie2:GetAdministratorAccount",
        "macie2:GetAutomatedDiscoveryConfiguration",
        "macie2:GetMacieSession",
    ),
    columns=(
        Column("status", "Status"),
        Column("AutomatedDiscovery.status", "Automated discovery"),
        Column("findingPublishingFrequency", "Publishes every"),
        Column("administrator.accountId", "Administrator"),
        Column("createdAt", "Since"),
    ),
    ignored=(
        "updatedAt",
        "AutomatedDiscovery.lastUpdatedAt",
        "administrator.invitedAt",
        "administrator.invitationId",
    ),
)
def sessions(ask: Ask) -> Iterator[Resource]:
    """Macie looks into S3 buckets for personal and other sensitive data. Where it is off there is no session."""
    session = unless_off(ask.call("macie2", "get_macie_session"))
    if session is None:
        return
    yield ask.resource(
        {
            **session,
            "AutomatedDiscovery": _discovery(ask),
            "administrator": ask.field(
                "macie2", "get_administrator_account", "administrator", absent=("ResourceNotFoundException",)
            ),
        },
        arn=ask.arn("macie2", "session"),
        name=f"Macie in {ask.region}",
    )


def _discovery(ask: Ask) -> Any:
    return ask.call("macie2", "get_automated_discovery_configuration")
