"""Judge EFS file systems: encryption at rest and in transit, backups, and mounts."""

from __future__ import annotations

from posture.checks.databases import flag_examples, judge_flag
from posture.checks.stores import classification_known, classified, judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.policy import parse
from posture.core.resource import Resource

FILE_SYSTEM = "AWS::EFS::FileSystem"
_PUT_POLICY = "aws efs put-file-system-policy --region {region} --file-system-id {id} --policy file://policy.json"


@check(
    resource_type=FILE_SYSTEM,
    title="EFS file system is encrypted at rest",
    problem="EFS file system is not encrypted at rest",
    severity=Severity.HIGH,
    controls=("practices:encryption", "cis_aws_7:3.3.1", "aws_fsbp:EFS.1"),
    aliases=("prowler:efs_encryption_at_rest_enabled", "securityhub:EFS.1"),
    remediation=Remediation(
        console="It cannot be turned on later: EFS → Create file system with encryption, copy with DataSync, mount "
        "again.",
        cli="aws efs create-file-system --region {region} --encrypted --kms-key-id KEY",
        terraform='resource "aws_efs_file_system" "this" {\n  encrypted  = true\n  kms_key_id = '
        "aws_kms_key.this.arn\n}",
    ),
    examples=flag_examples("Encrypted", "elasticfilesystem:DescribeFileSystems"),
)
def efs_file_system_encrypted(file_system: Resource) -> Outcome:
    """Unencrypted files can be read by whoever gets hold of the storage or of a backup.

    It can only be chosen when a file system is made, so the longer it waits the harder the move.
    """
    return judge_flag(file_system, "Encrypted", "The files are encrypted.", "The files are not encrypted.")


@check(
    resource_type=FILE_SYSTEM,
    title="EFS file system is backed up",
    problem="EFS file system is not backed up",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:EFS.2"),
    aliases=("prowler:efs_have_backup_enabled", "securityhub:EFS.2"),
    remediation=Remediation(
        console="EFS → the file system → Edit → Automatic backups → Enable.",
        cli="aws efs put-backup-policy --region {region} --file-system-id {id} --backup-policy Status=ENABLED",
        terraform='resource "aws_efs_backup_policy" "this" {\n  file_system_id = aws_efs_file_system.this.id\n'
        '  backup_policy {\n    status = "ENABLED"\n  }\n}',
    ),
    examples=(
        passes({"BackupPolicy": {"Status": "ENABLED"}}),
        fails({"BackupPolicy": {"Status": "DISABLED"}}),
        fails({"BackupPolicy": None}, "never set"),
        is_unknown({"BackupPolicy": denied("elasticfilesystem:DescribeBackupPolicy")}),
    ),
)
def efs_file_system_backed_up(file_system: Resource) -> Outcome:
    """A shared folder is the first thing that ransomware encrypts; only a backup outside of it brings it back."""
    if file_system.config.at("BackupPolicy", "Status") == "ENABLED":
        return passed("Automatic backups are on.", "BackupPolicy.Status")
    return failed("Automatic backups are off.", "BackupPolicy")


@check(
    resource_type=FILE_SYSTEM,
    title="EFS file system policy lets in nobody unknown",
    problem="EFS file system policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:data", "practices:iam", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="EFS → the file system → File system policy → Edit → Prevent anonymous access, and name the "
        "principals.",
        cli=_PUT_POLICY,
    ),
    examples=policy_examples("Policy", "elasticfilesystem:DescribeFileSystemPolicy"),
    version=2,
)
def efs_file_system_policy_not_public(file_system: Resource) -> Outcome:
    """A policy that names everyone without asking for a mount target or an organization opens it to any account."""
    return judge_policy_not_public(file_system, "Policy")


@check(
    resource_type=FILE_SYSTEM,
    title="EFS file system is mounted over TLS only",
    problem="EFS file system can be mounted without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="EFS → the file system → File system policy → Edit → Enforce in-transit encryption; mount with the EFS "
        "mount helper's tls option.",
        cli=_PUT_POLICY,
    ),
    examples=(
        passes(
            {
                "Policy": {
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": {"AWS": ["*"]},
                            "Action": ["*"],
                            "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
                        }
                    ]
                }
            }
        ),
        fails({"Policy": {"Statement": []}}, "a policy without that rule"),
        fails({"Policy": None}, "no policy"),
        is_unknown({"Policy": denied("elasticfilesystem:DescribeFileSystemPolicy")}),
    ),
)
def efs_file_system_tls_enforced(file_system: Resource) -> Outcome:
    """NFS sends files in the clear. A Deny in the policy makes every client mount over TLS."""
    tree = file_system.config.get("Policy")
    if tree is None:
        return failed("There is no policy, so clients may mount without TLS.", "Policy")
    if parse(tree).denies_plain_http([file_system.arn], service="elasticfilesystem"):
        return passed("The policy denies clients that do not use TLS.", "Policy")
    return failed("The policy does not deny clients that do not use TLS.", "Policy")


@classified(
    FILE_SYSTEM,
    "EFS file system",
    cli="aws efs tag-resource --region {region} --resource-id {id} --tags Key=data-classification,Value=internal",
)
def efs_file_system_classified(file_system: Resource) -> Outcome:
    """Shared folders collect what people put there. Only a tag says how sensitive that may be."""
    return classification_known(file_system)
