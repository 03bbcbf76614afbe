"""Asks what credentials the root user has, and when they were used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors import credential_report
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::IAM::RootUser",
    title="Root user",
    plural="Root users",
    service="iam",
    family=Family.IDENTITY,
    scope=ListingScope.GLOBAL,
    actions=(*credential_report.ACTIONS, "iam:ListVirtualMFADevices"),
    columns=(
        Column("mfa_active", "MFA"),
        Column("VirtualMFADevice", "Virtual MFA device"),
        Column("access_key_1_active", "Access key"),
        Column("observed.password_last_used", "Signed in"),
    ),
    ignored=credential_report.IGNORED,
    observed=credential_report.LAST_USED,
)
def root_users(ask: Ask) -> Iterator[Resource]:
    """The root user may do anything, and no policy of its own account can stop it."""
    device = _virtual_device(ask)
    for row in credential_report.rows(ask):
        if row["user"] == credential_report.ROOT:
            yield ask.resource({**row, "VirtualMFADevice": device}, arn=row["arn"], name="Root user", region=GLOBAL)


def _virtual_device(ask: Ask) -> Any:
    """Return the serial number of root's virtual MFA device; None if hardware or none."""
    devices = ask.listing("iam", "list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned")
    if not isinstance(devices, list):
        return devices
    return next((device["SerialNumber"] for device in devices if _is_root(device)), None)


def _is_root(device: dict[str, Any]) -> bool:
    owner = str((device.get("User") or {}).get("Arn") or "")
    return owner.endswith(":root") or str(device["SerialNumber"]).endswith(":mfa/root-account-mfa-device")
