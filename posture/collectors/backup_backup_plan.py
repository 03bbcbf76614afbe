"""Backup plans with their rules, and with what they are to back up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.backup_listing import LIST_TAGS, tags_of
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_GONE = ("ResourceNotFoundException",)
_OF_SELECTIONS = ("SelectionId", "SelectionName", "IamRoleArn")


@collector(
    resource_type="AWS::Backup::BackupPlan",
    title="Backup plan",
    plural="Backup plans",
    service="backup",
    family=Family.STORAGE,
    cadence=Cadence.DAILY,
    actions=(
        "backup:ListBackupPlans",
        "backup:GetBackupPlan",
        "backup:ListBackupSelections",
        LIST_TAGS,
    ),
    columns=(
        Column("BackupPlan.Rules.ScheduleExpression", "Schedules"),
        Column("BackupPlan.Rules.Lifecycle.DeleteAfterDays", "Kept (days)"),
        Column("BackupPlan.Rules.TargetBackupVaultName", "Vaults"),
        Column("Selections.SelectionName", "Selections"),
        Column("CreationDate", "Created"),
    ),
    relations=(
        Relation(
            "BackupPlan.Rules.TargetBackupVaultName",
            "AWS::Backup::BackupVault",
            "arn:{partition}:backup:{region}:{account}:backup-vault:{id}",
        ),
        Relation("Selections.IamRoleArn", "AWS::IAM::Role"),
    ),
    ignored=("CreatorRequestId", "LastExecutionDate"),
    unordered=("BackupPlan.Rules", "BackupPlan.Rules.CopyActions", "Selections"),
)
def backup_plans(ask: Ask) -> Iterator[Resource]:
    """Plans say what is backed up, how often, where to and for how long; what no plan covers is lost with its store."""
    listed = list(ask.pages("backup", "list_backup_plans", "BackupPlansList", MaxResults=1000))
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        tags = details.pop("tags")
        yield ask.resource({**raw, **details}, arn=raw["BackupPlanArn"], name=raw["BackupPlanName"], tags=tags)


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    plan = partial(ask.field, "backup", "get_backup_plan", "BackupPlan", absent=_GONE)
    return ask.together(
        {
            "BackupPlan": lambda: plan(BackupPlanId=raw["BackupPlanId"]),
            "Selections": lambda: _selections(ask, raw["BackupPlanId"]),
            "tags": lambda: tags_of(ask, raw["BackupPlanArn"]),
        }
    )


def _selections(ask: Ask, plan: str) -> list[dict[str, Any]] | Unknown:
    found = ask.listing(
        "backup", "list_backup_selections", "BackupSelectionsList", BackupPlanId=plan, MaxResults=1000, absent=_GONE
    )
    if isinstance(found, Unknown):
        return found
    return [{key: each.get(key) for key in _OF_SELECTIONS} for each in found or ()]
