"""Settings of Systems Manager for a whole region."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource

SETTINGS = {
    "DocumentPublicSharing": "/ssm/documents/console/public-sharing-permission",
    "AutomationLogDestination": "/ssm/automation/customer-script-log-destination",
}


@collector(
    resource_type="AWS::SSM::ServiceSetting",
    title="Systems Manager settings",
    plural="Systems Manager settings",
    service="ssm",
    family=Family.COMPUTE,
    cadence=Cadence.DAILY,
    actions=("ssm:GetServiceSetting",),
    columns=(
        Column("DocumentPublicSharing", "Public sharing of documents"),
        Column("AutomationLogDestination", "Automation's log"),
    ),
)
def service_settings(ask: Ask) -> Iterator[Resource]:
    """Two settings hold for everything in the region: whether documents may be public, and where scripts log."""
    asked = {
        key: partial(ask.field, "ssm", "get_service_setting", "ServiceSetting.SettingValue", SettingId=setting)
        for key, setting in SETTINGS.items()
    }
    yield ask.resource(ask.together(asked), arn=ask.arn("ssm", "servicesetting"), name=ask.region)
