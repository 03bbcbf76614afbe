"""AWS Backup: selections, policies and recovery points, which moto lacks."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged


@answers("backup")
def list_backup_selections(call: Call) -> dict[str, Any]:
    return paged(call, "BackupSelectionsList", call.shelf().get("selections", {}).get(call.params["BackupPlanId"], []))


@answers("backup")
def get_backup_vault_access_policy(call: Call) -> dict[str, Any]:
    """Refuse as AWS does where a vault has no policy."""
    name = call.params["BackupVaultName"]
    if policy := call.shelf().get("policies", {}).get(name):
        return {"BackupVaultName": name, "Policy": policy}
    raise AwsError("ResourceNotFoundException", f"Backup vault {name} has no access policy.", 400)


@answers("backup")
def list_recovery_points_by_backup_vault(call: Call) -> dict[str, Any]:
    return paged(call, "RecoveryPoints", call.shelf().get("points", {}).get(call.params["BackupVaultName"], []))
