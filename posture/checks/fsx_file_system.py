"""Judges FSx file systems: copies, zones, tags and logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

FILE_SYSTEM = "AWS::FSx::FileSystem"
DESCRIBE = "fsx:DescribeFileSystems"
BACKUP_DAYS = days(
    "file_system_backup_days",
    "Backups of FSx file systems",
    "Automatic backups of FSx file systems have to be kept for so many days.",
    default=7,
    maximum=90,
)
_SETTINGS = {
    "LUSTRE": "LustreConfiguration",
    "ONTAP": "OntapConfiguration",
    "OPENZFS": "OpenZFSConfiguration",
    "WINDOWS": "WindowsConfiguration",
}
_TAGS = {
    "LUSTRE": ("CopyTagsToBackups",),
    "OPENZFS": ("CopyTagsToBackups", "CopyTagsToVolumes"),
}
"""What says that tags are copied, by the kinds that Security Hub asks for it."""


def _system(kind: str, **settings: Any) -> dict[str, Any]:
    return {"FileSystemType": kind, _SETTINGS[kind]: settings}


def _refused(kind: str) -> dict[str, Any]:
    return {"FileSystemType": kind, _SETTINGS[kind]: denied(DESCRIBE)}


def _settings(system: Resource) -> tuple[str, Mapping[str, Any]]:
    """Return the path of what is set for a file system's kind, and the settings."""
    path = _SETTINGS[system.config["FileSystemType"]]
    settings: Mapping[str, Any] = system.config[path]
    return path, settings


@check(
    resource_type=FILE_SYSTEM,
    title="FSx file system copies its tags",
    problem="FSx file system does not copy its tags",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:FSx.1", "aws_fsbp:FSx.2"),
    aliases=(
        "prowler:fsx_file_system_copy_tags_to_backups_enabled",
        "prowler:fsx_file_system_copy_tags_to_volumes_enabled",
        "securityhub:FSx.1",
        "securityhub:FSx.2",
    ),
    remediation=Remediation(
        console="OpenZFS: FSx → File systems → {name} → Update. Lustre sets it when the file system is made: restore a "
        "backup with tags copied.",
        cli="aws fsx update-file-system --region {region} --file-system-id {name} "
        "--open-zfs-configuration CopyTagsToBackups=true,CopyTagsToVolumes=true",
        terraform='resource "aws_fsx_openzfs_file_system" "this" {\n  copy_tags_to_backups = true\n'
        "  copy_tags_to_volumes = true\n}",
    ),
    examples=(
        passes(_system("OPENZFS", CopyTagsToBackups=True, CopyTagsToVolumes=True)),
        passes(_system("LUSTRE", CopyTagsToBackups=True)),
        fails(_system("OPENZFS", CopyTagsToBackups=True, CopyTagsToVolumes=False)),
        fails(_system("LUSTRE", DeploymentType="PERSISTENT_2"), "it was never set"),
        is_unknown(_refused("OPENZFS")),
        does_not_apply(_system("ONTAP", DeploymentType="MULTI_AZ_1"), "ONTAP has no such setting"),
        does_not_apply(_system("LUSTRE", DeploymentType="SCRATCH_2"), "scratch has no backups"),
    ),
)
def fsx_file_system_tags_copied(system: Resource) -> Outcome:
    """A backup without its file system's tags has no owner and no classification, and no rule applies to it."""
    wanted = _TAGS.get(system.config["FileSystemType"])
    if wanted is None:
        return not_applicable("It is asked of Lustre and OpenZFS alone.", "FileSystemType")
    path, settings = _settings(system)
    if _is_scratch(settings):
        return not_applicable("A scratch file system has no backups.", f"{path}.DeploymentType")
    off = [name for name in wanted if not settings.get(name)]
    if off:
        return failed(f"Turned off: {', '.join(off)}.", path)
    return passed("Tags are copied.", *(f"{path}.{name}" for name in wanted))


def _is_scratch(settings: Mapping[str, Any]) -> bool:
    return str(settings.get("DeploymentType")).startswith("SCRATCH_")


@check(
    resource_type=FILE_SYSTEM,
    title="FSx file system spans two zones",
    problem="FSx file system is in a single zone",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:FSx.3", "aws_fsbp:FSx.4", "aws_fsbp:FSx.5"),
    aliases=(
        "prowler:fsx_windows_file_system_multi_az_enabled",
        "securityhub:FSx.3",
        "securityhub:FSx.4",
        "securityhub:FSx.5",
    ),
    remediation=Remediation(
        console="It is set when a file system is made: FSx → Backups → a backup → Restore, deployment type Multi-AZ; "
        "then move the clients.",
        terraform='resource "aws_fsx_windows_file_system" "this" {\n  deployment_type     = "MULTI_AZ_1"\n'
        "  preferred_subnet_id = aws_subnet.a.id\n}",
    ),
    examples=(
        passes(_system("WINDOWS", DeploymentType="MULTI_AZ_1")),
        passes(_system("ONTAP", DeploymentType="MULTI_AZ_2")),
        fails(_system("OPENZFS", DeploymentType="SINGLE_AZ_HA_2")),
        fails(_system("WINDOWS", DeploymentType="SINGLE_AZ_2")),
        is_unknown(_refused("WINDOWS")),
        is_unknown(_system("ONTAP"), "the answer leaves it out"),
        does_not_apply(_system("LUSTRE", DeploymentType="PERSISTENT_2"), "Lustre is in one zone always"),
    ),
)
def fsx_file_system_multi_az(system: Resource) -> Outcome:
    """When its zone is down, a file system in one zone is down with everything that works on it."""
    if system.config["FileSystemType"] == "LUSTRE":
        return not_applicable("Lustre file systems are in one zone always.", "FileSystemType")
    path, settings = _settings(system)
    kind = settings["DeploymentType"]
    judge = passed if str(kind).startswith("MULTI_AZ_") else failed
    return judge(f"The deployment type is {kind}.", f"{path}.DeploymentType")


@check(
    resource_type=FILE_SYSTEM,
    title="FSx file system keeps backups long enough",
    problem="FSx file system keeps backups too short",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    remediation=Remediation(
        console="FSx → File systems → {name} → Backups → Update automatic backups: 7 days or more. Or cover it by a "
        "plan of AWS Backup.",
        cli="aws fsx update-file-system --region {region} --file-system-id {name} "
        "--windows-configuration AutomaticBackupRetentionDays=7",
        terraform='resource "aws_fsx_windows_file_system" "this" {\n  automatic_backup_retention_days = 7\n}',
    ),
    examples=(
        passes(_system("WINDOWS", AutomaticBackupRetentionDays=30)),
        fails(_system("ONTAP", AutomaticBackupRetentionDays=0), "off"),
        fails(_system("OPENZFS", AutomaticBackupRetentionDays=1)),
        passes(
            _system("OPENZFS", AutomaticBackupRetentionDays=1),
            "where a day suffices",
            parameters={BACKUP_DAYS.name: 1},
        ),
        is_unknown(_refused("WINDOWS")),
        is_unknown(_system("WINDOWS"), "the answer leaves it out"),
        does_not_apply(_system("LUSTRE", DeploymentType="SCRATCH_2"), "scratch has no backups"),
    ),
)
def fsx_file_system_backups_kept(system: Resource) -> Outcome:
    """Ransomware encrypts shared folders first, and is often noticed days later."""
    path, settings = _settings(system)
    if _is_scratch(settings):
        return not_applicable("A scratch file system has no backups.", f"{path}.DeploymentType")
    kept_days, limit = settings["AutomaticBackupRetentionDays"], BACKUP_DAYS.value
    path = f"{path}.AutomaticBackupRetentionDays"
    if not kept_days:
        return failed("Automatic backups are off.", path)
    kept = f"Automatic backups are kept for {kept_days} day{'' if kept_days == 1 else 's'}"
    return failed(f"{kept}, less than {limit}.", path) if kept_days < limit else passed(f"{kept}.", path)


@check(
    resource_type=FILE_SYSTEM,
    title="FSx file system of Windows logs accesses",
    problem="FSx file system of Windows does not log accesses",
    severity=Severity.LOW,
    controls=("practices:activity",),
    remediation=Remediation(
        console="FSx → File systems → {name} → Administration → File Access Auditing → Manage: failed and successful "
        "attempts.",
        cli="aws fsx update-file-system --region {region} --file-system-id {name} --windows-configuration "
        "'AuditLogConfiguration={{FileAccessAuditLogLevel=SUCCESS_AND_FAILURE,AuditLogDestination=LOG-GROUP-ARN}}'",
        terraform='resource "aws_fsx_windows_file_system" "this" {\n  audit_log_configuration {\n'
        '    file_access_audit_log_level = "SUCCESS_AND_FAILURE"\n'
        "    audit_log_destination       = aws_cloudwatch_log_group.this.arn\n  }\n}",
    ),
    examples=(
        passes(_system("WINDOWS", AuditLogConfiguration={"FileAccessAuditLogLevel": "SUCCESS_AND_FAILURE"})),
        fails(_system("WINDOWS", AuditLogConfiguration={"FileAccessAuditLogLevel": "DISABLED"})),
        fails(_system("WINDOWS"), "it was never set"),
        is_unknown(_refused("WINDOWS")),
        does_not_apply(_system("OPENZFS"), "another kind"),
    ),
)
def fsx_file_system_accesses_logged(system: Resource) -> Outcome:
    """Who opened, changed and deleted which file is known only from this log."""
    if system.config["FileSystemType"] != "WINDOWS":
        return not_applicable("Only file systems of Windows have this setting.", "FileSystemType")
    path, settings = _settings(system)
    level = (settings.get("AuditLogConfiguration") or {}).get("FileAccessAuditLogLevel") or "DISABLED"
    if level == "DISABLED":
        return failed("Accesses to files are not logged.", path)
    return passed(f"Accesses to files are logged: {level}.", f"{path}.AuditLogConfiguration.FileAccessAuditLogLevel")


@classified(
    FILE_SYSTEM,
    "FSx file system",
    cli="aws fsx tag-resource --region {region} --resource-arn {arn} --tags Key=data-classification,Value=internal",
)
def fsx_file_system_classified(system: Resource) -> Outcome:
    """Folders hold whatever people put in; the tag says how sensitive the most sensitive of it is."""
    return classification_known(system)
