"""Backup vaults with their access policies, and what in them is not encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.backup_listing import LIST_TAGS, LIST_VAULTS, VAULTS, tags_of
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET_POLICY = "backup:GetBackupVaultAccessPolicy"
_GONE = ("ResourceNotFoundException",)


@collector(
    resource_type="AWS::Backup::BackupVault",
    title="Backup vault",
    plural="Backup vaults",
    service="backup",
    family=Family.STORAGE,
    actions=(LIST_VAULTS, _GET_POLICY, "backup:ListRecoveryPointsByBackupVault", LIST_TAGS),
    columns=(
        Column("VaultType", "Type"),
        Column("observed.NumberOfRecoveryPoints", "Recovery points"),
        Column("Locked", "Locked"),
        Column("MinRetentionDays", "Kept at least (days)"),
        Column("CreationDate", "Created"),
    ),
    relations=(Relation("EncryptionKeyArn", "AWS::KMS::Key"),),
    ignored=("CreatorRequestId",),
    observed=("NumberOfRecoveryPoints", "VaultState"),
)
def backup_vaults(ask: Ask) -> Iterator[Resource]:
    """Vaults hold what is left when all else was deleted or encrypted by an intruder, who looks for them first."""
    listed = list(ask.pages(**VAULTS))
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        tags = details.pop("tags")
        yield ask.resource({**raw, **details}, arn=raw["BackupVaultArn"], name=raw["BackupVaultName"], tags=tags)


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    name = raw["BackupVaultName"]
    policy = partial(ask.field, "backup", "get_backup_vault_access_policy", "Policy", absent=_GONE)
    answers = ask.together(
        {
            "Policy": lambda: policy(BackupVaultName=name),
            "UnencryptedResources": lambda: _unencrypted(ask, raw),
            "tags": lambda: tags_of(ask, raw["BackupVaultArn"]),
        }
    )
    return {**answers, "Policy": document(answers["Policy"], _GET_POLICY)}


def _unencrypted(ask: Ask, raw: Mapping[str, Any]) -> list[str] | Unknown:
    """Return the ARNs of what has recovery points that are not encrypted.

    Recovery points come and go every day; of what they are changes seldom.
    """
    if raw.get("NumberOfRecoveryPoints") == 0:
        return []
    points = ask.listing(
        "backup",
        "list_recovery_points_by_backup_vault",
        "RecoveryPoints",
        BackupVaultName=raw["BackupVaultName"],
        MaxResults=1000,
        absent=_GONE,
    )
    if isinstance(points, Unknown):
        return points
    return sorted({str(point["ResourceArn"]) for point in points or () if not point["IsEncrypted"]})
