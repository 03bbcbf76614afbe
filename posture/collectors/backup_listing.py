"""Listing of backup vaults, shared by several collectors. Declares no collector."""

from __future__ import annotations

from functools import partial
from typing import Any

from posture.core.collector import Ask

LIST_VAULTS = "backup:ListBackupVaults"
LIST_TAGS = "backup:ListTags"

VAULTS: dict[str, Any] = {
    "service": "backup",
    "operation": "list_backup_vaults",
    "key": "BackupVaultList",
    "MaxResults": 1000,
}
"""How vaults are listed; every plan names one, so where there are none, there are no plans."""


def tags_of(ask: Ask, arn: str) -> Any:
    """Return the tags of a vault or plan; `Unknown` where refused."""
    tags = partial(ask.field, "backup", "list_tags", "Tags", absent=("ResourceNotFoundException",))
    return tags(ResourceArn=arn)
