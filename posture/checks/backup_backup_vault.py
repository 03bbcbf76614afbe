"""Judge backup vaults: encryption, and who may take or delete what is in them."""

from __future__ import annotations

from typing import Any

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

VAULT = "AWS::Backup::BackupVault"
LIST_VAULTS = "backup:ListBackupVaults"
LIST_POINTS = "backup:ListRecoveryPointsByBackupVault"
GET_POLICY = "backup:GetBackupVaultAccessPolicy"
_CONSOLE = "AWS Backup → Vaults → {name} → "
_DATABASE = "arn:aws:rds:eu-central-1:111122223333:db:orders"
_SHOWN = 3


def _vault_of(points: int) -> dict[str, Any]:
    return {"NumberOfRecoveryPoints": points}


@check(
    resource_type=VAULT,
    title="Backup vault's recovery points are encrypted",
    problem="Backup vault holds recovery points that are not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:Backup.1"),
    aliases=("securityhub:Backup.1", "prowler:backup_recovery_point_encrypted"),
    remediation=Remediation(
        console=_CONSOLE + "Recovery points: copy each to a vault with a KMS key, then delete it here. Encrypt what "
        "they are backups of, since most services pass their own encryption on.",
        cli="aws backup start-copy-job --region {region} --recovery-point-arn <recovery point> "
        "--source-backup-vault-name {name} --destination-backup-vault-arn <vault with a key> --iam-role-arn <role>",
    ),
    examples=(
        passes({"UnencryptedResources": []}),
        fails({"UnencryptedResources": [_DATABASE]}),
        is_unknown({"UnencryptedResources": denied(LIST_POINTS)}),
        is_unknown({}, "a version from before it was looked at"),
    ),
)
def backup_backup_vault_recovery_points_encrypted(vault: Resource) -> Outcome:
    """A recovery point is the whole of a database or disk, and easier to carry away than what it was made of."""
    unencrypted = vault.config["UnencryptedResources"]
    if not unencrypted:
        return passed("Every recovery point is encrypted.", "UnencryptedResources")
    named = ", ".join(unencrypted[:_SHOWN])
    more = f" and {len(unencrypted) - _SHOWN} more" if len(unencrypted) > _SHOWN else ""
    return failed(f"There are unencrypted recovery points of {named}{more}.", "UnencryptedResources")


@check(
    resource_type=VAULT,
    title="Backup vault is locked",
    problem="Backup vault lets recovery points be deleted",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    remediation=Remediation(
        console=_CONSOLE + "Vault lock → Create: governance mode first; compliance mode cannot be undone.",
        cli="aws backup put-backup-vault-lock-configuration --region {region} --backup-vault-name {name} "
        "--min-retention-days 7",
        terraform='resource "aws_backup_vault_lock_configuration" "this" {\n'
        "  backup_vault_name  = aws_backup_vault.this.name\n  min_retention_days = 7\n}",
    ),
    examples=(
        passes({"Locked": True}, observed=_vault_of(12)),
        fails({"Locked": False}, observed=_vault_of(12)),
        is_unknown({"Locked": denied(LIST_VAULTS)}, observed=_vault_of(12)),
        is_unknown({}, "the answer leaves it out", observed=_vault_of(12)),
        does_not_apply({"Locked": False}, "an empty vault", observed=_vault_of(0)),
    ),
    reads_observed=True,
)
def backup_backup_vault_locked(vault: Resource) -> Outcome:
    """Who blackmails deletes the backups first. A lock keeps them from everyone, or from all but a few."""
    if vault.observed.get("NumberOfRecoveryPoints") == 0:
        return not_applicable("The vault is empty.", "observed.NumberOfRecoveryPoints")
    if not vault.config["Locked"]:
        return failed("Whoever may delete recovery points can do so at any time.", "Locked")
    if vault.config.get("LockDate"):
        return passed("It is locked in compliance mode.", "Locked", "LockDate")
    return passed("It is locked in governance mode.", "Locked")


@check(
    resource_type=VAULT,
    title="Backup vault's policy lets in nobody unknown",
    problem="Backup vault's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    remediation=Remediation(
        console=_CONSOLE + "Access policy → Edit: name the accounts that may copy into the vault.",
        cli="aws backup put-backup-vault-access-policy --region {region} --backup-vault-name {name} "
        "--policy file://policy.json",
        terraform='resource "aws_backup_vault_policy" "this" {\n'
        "  backup_vault_name = aws_backup_vault.this.name\n"
        "  policy            = data.aws_iam_policy_document.vault.json\n}",
    ),
    examples=policy_examples("Policy", GET_POLICY),
    version=2,
)
def backup_backup_vault_policy_not_public(vault: Resource) -> Outcome:
    """Anyone could copy backups into an account of their own and restore them there, or fill the vault."""
    return judge_policy_not_public(vault, "Policy")
