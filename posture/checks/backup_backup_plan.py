"""Judge backup plans: what they back up, and whether copies survive the account."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed, unknown
from posture.core.resource import Resource

PLAN = "AWS::Backup::BackupPlan"
GET_PLAN = "backup:GetBackupPlan"
_CONSOLE = "AWS Backup → Backup plans → {name} → "
_ARN_PARTS = 6
_HERE = "arn:aws:backup:eu-central-1:111122223333:backup-vault:second"
_ELSEWHERE = "arn:aws:backup:eu-central-1:444455556666:backup-vault:archive"


def _rules(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"BackupPlan": {"BackupPlanName": "daily", "Rules": list(rules)}}


def _copying(vault: str) -> dict[str, Any]:
    return {"RuleName": "daily", "CopyActions": [{"DestinationBackupVaultArn": vault}]}


@check(
    resource_type=PLAN,
    title="Backup plan backs something up",
    problem="Backup plan backs nothing up",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    remediation=Remediation(
        console=_CONSOLE + "Assign resources, best by a tag; or delete the plan.",
        cli="aws backup create-backup-selection --region {region} --backup-plan-id {id} "
        "--backup-selection file://selection.json",
        terraform='resource "aws_backup_selection" "this" {\n  plan_id      = aws_backup_plan.this.id\n'
        '  name         = "by-tag"\n  iam_role_arn = aws_iam_role.backup.arn\n  resources    = ["*"]\n}',
    ),
    examples=(
        passes({"Selections": [{"SelectionName": "databases"}]}),
        fails({"Selections": []}),
        is_unknown({"Selections": denied("backup:ListBackupSelections")}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def backup_backup_plan_selects_resources(plan: Resource) -> Outcome:
    """A plan without resources looks like backups in every list, until somebody wants to restore one."""
    selections = plan.config["Selections"]
    if not selections:
        return failed("No resources are assigned to it.", "Selections")
    named = ", ".join(str(each["SelectionName"]) for each in selections)
    return passed(f"It backs up what is selected by {named}.", "Selections")


@check(
    resource_type=PLAN,
    title="Backup plan keeps copies elsewhere",
    problem="Backup plan keeps all copies in one account and region",
    severity=Severity.LOW,
    controls=("practices:data",),
    remediation=Remediation(
        console=_CONSOLE + "Edit rule → Copy to destination: a vault in another account, or at least another region.",
        cli="aws backup update-backup-plan --region {region} --backup-plan-id {id} --backup-plan file://plan.json",
        terraform='resource "aws_backup_plan" "this" {\n  rule {\n    copy_action {\n'
        "      destination_vault_arn = var.archive_vault_arn\n    }\n  }\n}",
    ),
    examples=(
        passes(_rules(_copying(_ELSEWHERE)), "another account"),
        passes(_rules(_copying(_HERE.replace("eu-central-1", "eu-west-1"))), "another region"),
        passes(_rules({"TargetLogicallyAirGappedBackupVaultArn": _HERE}), "an air-gapped vault"),
        fails(_rules({"RuleName": "daily"})),
        fails(_rules(_copying(_HERE)), "a second vault of the same account and region"),
        is_unknown({"BackupPlan": denied(GET_PLAN)}),
        is_unknown({"BackupPlan": None}, "the plan was deleted meanwhile"),
    ),
)
def backup_backup_plan_copies_elsewhere(plan: Resource) -> Outcome:
    """Whoever takes over the account reaches the backups in it too; what is in another account survives that."""
    rules = plan.config["BackupPlan"]
    if rules is None:
        return unknown("AWS shows no rules of this plan.", "BackupPlan")
    for index, rule in enumerate(rules["Rules"]):
        path = f"BackupPlan.Rules[{index}]"
        if rule.get("TargetLogicallyAirGappedBackupVaultArn"):
            return passed("It backs up to an air-gapped vault.", f"{path}.TargetLogicallyAirGappedBackupVaultArn")
        for number, copy in enumerate(rule.items_of("CopyActions")):
            vault = copy["DestinationBackupVaultArn"]
            if _is_elsewhere(plan, vault):
                return passed(f"It copies to {vault}.", f"{path}.CopyActions[{number}].DestinationBackupVaultArn")
    return failed("No rule copies to another account or region.", "BackupPlan.Rules")


def _is_elsewhere(plan: Resource, vault: str) -> bool:
    parts = vault.split(":")
    return len(parts) > _ARN_PARTS and (parts[3], parts[4]) != (plan.region, plan.account_id)
