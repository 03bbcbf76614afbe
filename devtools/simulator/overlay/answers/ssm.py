"""Systems Manager: managed instances, their compliance, and settings of a region."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.wire import paged

DEFAULTS = {
    "/ssm/documents/console/public-sharing-permission": "Enable",
    "/ssm/automation/customer-script-log-destination": "None",
}


@answers("ssm")
def describe_instance_information(call: Call) -> dict[str, Any]:
    return paged(call, "InstanceInformationList", call.shelf().get("instances", []))


@answers("ssm")
def list_resource_compliance_summaries(call: Call) -> dict[str, Any]:
    return paged(call, "ResourceComplianceSummaryItems", call.shelf().get("compliance", []))


@answers("ssm")
def get_service_setting(call: Call) -> dict[str, Any]:
    name = call.params["SettingId"]
    value = call.shelf().get("settings", {}).get(name, DEFAULTS.get(name, ""))
    return {"ServiceSetting": {"SettingId": name, "SettingValue": value, "Status": "Default"}}
