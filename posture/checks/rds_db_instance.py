"""Judge how database instances protect and keep their data.

Their operation is judged in `rds_db_instance_operation`.

What a cluster sets for its members is judged at the cluster.
"""

from __future__ import annotations

from datetime import timedelta

from posture.checks.databases import (
    BACKUP_DAYS,
    CERTIFICATE_DAYS,
    flag_examples,
    judge_backups,
    judge_certificate,
    judge_flag,
    judge_iam_login,
)
from posture.checks.stores import SENSITIVE, classification_known, classification_path, classified, sensitive
from posture.core.check import (
    EXAMPLE_NOW,
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    passes,
)
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource

INSTANCE = "AWS::RDS::DBInstance"
DESCRIBE = "rds:DescribeDBInstances"
MODIFY = "aws rds modify-db-instance --region {region} --db-instance-identifier {name} --apply-immediately "

_MEMBER = {"DBClusterIdentifier": "orders"}


@check(
    resource_type=INSTANCE,
    title="Database instance is encrypted at rest",
    problem="Database instance is not encrypted at rest",
    severity=Severity.HIGH,
    controls=("practices:encryption", "cis_aws_7:3.2.1", "aws_fsbp:RDS.3"),
    aliases=("prowler:rds_instance_storage_encrypted", "securityhub:RDS.3"),
    remediation=Remediation(
        console="RDS → Snapshots: take a snapshot, copy it with encryption, restore the copy, and move the "
        "application over.",
        cli="aws rds create-db-snapshot --region {region} --db-instance-identifier {name} --db-snapshot-identifier "
        "to-encrypt",
        terraform='resource "aws_db_instance" "this" {\n  storage_encrypted = true\n  kms_key_id        = '
        "aws_kms_key.this.arn\n}",
    ),
    examples=(
        *flag_examples("StorageEncrypted", DESCRIBE),
        does_not_apply({"StorageEncrypted": False, **_MEMBER}, "a cluster's member"),
    ),
)
def rds_instance_encrypted(instance: Resource) -> Outcome:
    """Whoever gets hold of the storage, a snapshot or a replica of an unencrypted database can read it.

    It cannot be turned on in place, so the longer it waits the harder the move.
    """
    return at_cluster(instance) or judge_flag(
        instance, "StorageEncrypted", "The storage is encrypted.", "The storage is not encrypted."
    )


@check(
    resource_type=INSTANCE,
    title="Database instance has no public address",
    problem="Database instance has a public address",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "practices:vpc", "cis_aws_7:3.2.3", "aws_fsbp:RDS.2"),
    aliases=("prowler:rds_instance_no_public_access", "securityhub:RDS.2"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Connectivity → Not publicly accessible → Apply immediately.",
        cli=MODIFY + "--no-publicly-accessible",
        terraform='resource "aws_db_instance" "this" {\n  publicly_accessible = false\n}',
    ),
    examples=(
        passes({"PubliclyAccessible": False}),
        fails({"PubliclyAccessible": True}),
        is_unknown({"PubliclyAccessible": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def rds_instance_not_public(instance: Resource) -> Outcome:
    """With a public address only a security group is between the database and everyone who guesses passwords.

    Applications reach it inside the VPC, people through a session manager or VPN.
    """
    public = instance.config.get("PubliclyAccessible")
    if public is None:
        return unknown("AWS does not say whether the instance has a public address.")
    if public:
        return failed("The instance resolves to a public address.", "PubliclyAccessible")
    return passed("The instance has private addresses only.", "PubliclyAccessible")


@check(
    resource_type=INSTANCE,
    title="Database instance with sensitive data is private and encrypted",
    problem="Database instance with sensitive data is public or not encrypted",
    severity=Severity.CRITICAL,
    controls=("practices:data",),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Not publicly accessible, at once. Encrypt by restoring "
        "from an "
        "encrypted copy of a snapshot.",
        cli=MODIFY + "--no-publicly-accessible",
    ),
    examples=(
        passes({"PubliclyAccessible": False, "StorageEncrypted": True}, tags=SENSITIVE),
        fails({"PubliclyAccessible": True, "StorageEncrypted": True}, "public", tags=SENSITIVE),
        fails({"PubliclyAccessible": False, "StorageEncrypted": False}, "unencrypted", tags={"classification": "phi"}),
        is_unknown({"PubliclyAccessible": denied(DESCRIBE), "StorageEncrypted": True}, tags=SENSITIVE),
        is_unknown({"StorageEncrypted": True}, "the answer leaves out whether it is public", tags=SENSITIVE),
        does_not_apply({"PubliclyAccessible": True, "StorageEncrypted": True}, "not classified as sensitive"),
    ),
    version=2,
)
def rds_instance_sensitive_protected(instance: Resource) -> Outcome:
    """The organization itself has tagged this data as sensitive, and it is where others can reach or read it."""
    level = sensitive(instance)
    if level is None:
        return not_applicable("No tag calls the database's data sensitive.")
    wrong = {
        "is publicly accessible": ("PubliclyAccessible", instance.config["PubliclyAccessible"]),
        "is not encrypted": ("StorageEncrypted", not instance.config["StorageEncrypted"]),
    }
    found = {words: path for words, (path, bad) in wrong.items() if bad}
    tag = classification_path(instance)
    if found:
        return failed(f"Data classified as {level.name} {' and '.join(found)}.", tag, *found.values())
    return passed(f"Data classified as {level.name} is private and encrypted.", tag)


@check(
    resource_type=INSTANCE,
    title="Database instance keeps backups long enough",
    problem="Database instance keeps backups too short",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:RDS.11"),
    aliases=("prowler:rds_instance_backup_enabled", "securityhub:RDS.11"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Backup retention period → 7 days or more.",
        cli=MODIFY + "--backup-retention-period 7",
        terraform='resource "aws_db_instance" "this" {\n  backup_retention_period = 7\n}',
    ),
    examples=(
        passes({"BackupRetentionPeriod": 14}),
        fails({"BackupRetentionPeriod": 0}, "off"),
        fails({"BackupRetentionPeriod": 1}, "one day"),
        fails({"BackupRetentionPeriod": 14}, "where 30 days are required", parameters={BACKUP_DAYS.name: 30}),
        is_unknown({"BackupRetentionPeriod": denied(DESCRIBE)}),
        does_not_apply(
            {"BackupRetentionPeriod": 0, "ReadReplicaSourceDBInstanceIdentifier": "orders"}, "a read replica"
        ),
        does_not_apply({"BackupRetentionPeriod": 1, **_MEMBER}, "a cluster's member"),
    ),
)
def rds_instance_backups_kept(instance: Resource) -> Outcome:
    """A wrong delete is often noticed days later. Point-in-time recovery reaches back as far as backups are kept."""
    if instance.config.get("ReadReplicaSourceDBInstanceIdentifier"):
        return not_applicable("A read replica is restored from its source.", "ReadReplicaSourceDBInstanceIdentifier")
    return at_cluster(instance) or judge_backups(instance)


@check(
    resource_type=INSTANCE,
    title="Database instance is protected from deletion",
    problem="Database instance is not protected from deletion",
    severity=Severity.LOW,
    controls=("practices:data", "aws_fsbp:RDS.8"),
    aliases=("prowler:rds_instance_deletion_protection", "securityhub:RDS.8"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Enable deletion protection.",
        cli=MODIFY + "--deletion-protection",
        terraform='resource "aws_db_instance" "this" {\n  deletion_protection = true\n}',
    ),
    examples=(
        *flag_examples("DeletionProtection", DESCRIBE),
        does_not_apply({"DeletionProtection": False, **_MEMBER}, "a cluster's member"),
    ),
)
def rds_instance_deletion_protected(instance: Resource) -> Outcome:
    """Deleting a database deletes its automated backups too. One more step keeps a script from doing both."""
    return at_cluster(instance) or judge_flag(
        instance, "DeletionProtection", "Deletion protection is on.", "Deletion protection is off."
    )


@check(
    resource_type=INSTANCE,
    title="Database instance accepts IAM authentication",
    problem="Database instance does not accept IAM authentication",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:RDS.10"),
    aliases=("prowler:rds_instance_iam_authentication_enabled", "securityhub:RDS.10"),
    remediation=Remediation(
        console="RDS → Databases → the instance → Modify → Password and IAM database authentication; then give each "
        "application's role rds-db:connect and drop its password.",
        cli=MODIFY + "--enable-iam-database-authentication",
        terraform='resource "aws_db_instance" "this" {\n  iam_database_authentication_enabled = true\n}',
    ),
    examples=(
        *flag_examples("IAMDatabaseAuthenticationEnabled", DESCRIBE, Engine="postgres"),
        does_not_apply({"IAMDatabaseAuthenticationEnabled": False, "Engine": "sqlserver-se"}, "the engine cannot"),
        does_not_apply({"IAMDatabaseAuthenticationEnabled": False, "Engine": "aurora-mysql", **_MEMBER}, "a member"),
    ),
)
def rds_instance_iam_authentication_enabled(instance: Resource) -> Outcome:
    """Passwords of databases are shared, copied into files and never changed; a token lives for fifteen minutes."""
    return at_cluster(instance) or judge_iam_login(instance)


@check(
    resource_type=INSTANCE,
    title="Database instance has a certificate that stays valid",
    problem="Database instance has a certificate that has expired or soon will",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    aliases=("prowler:rds_instance_certificate_expiration",),
    remediation=Remediation(
        console="RDS → Certificate update: give clients the new bundle first, then move the instance to "
        "rds-ca-rsa2048-g1.",
        cli=MODIFY + "--ca-certificate-identifier rds-ca-rsa2048-g1",
        terraform='resource "aws_db_instance" "this" {\n  ca_cert_identifier = "rds-ca-rsa2048-g1"\n}',
    ),
    examples=(
        passes({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW + timedelta(days=300)).isoformat()}}),
        fails({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW + timedelta(days=30)).isoformat()}}, "about to end"),
        passes(
            {"CertificateDetails": {"ValidTill": (EXAMPLE_NOW + timedelta(days=30)).isoformat()}},
            "with a limit of 14 days",
            parameters={CERTIFICATE_DAYS.name: 14},
        ),
        fails({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW - timedelta(days=1)).isoformat()}}, "ended"),
        is_unknown({"CertificateDetails": denied(DESCRIBE)}),
        does_not_apply({}, "the engine shows none"),
    ),
)
def rds_instance_certificate_valid(instance: Resource, clock: Clock) -> Outcome:
    """When the certificate ends, clients that check it are locked out, and somebody will turn the check off."""
    return judge_certificate(instance, clock)


@classified(
    INSTANCE,
    "Database instance",
    cli="aws rds add-tags-to-resource --region {region} --resource-name {arn} --tags "
    "Key=data-classification,Value=internal",
)
def rds_instance_classified(instance: Resource) -> Outcome:
    """Tables mix the trivial with the personal. Only who runs them knows, and the tag is how the rest learns it."""
    return at_cluster(instance) or classification_known(instance)


def at_cluster(instance: Resource) -> Outcome | None:
    """Return the outcome for a cluster's member, which its cluster decides, else None."""
    cluster = instance.config.get("DBClusterIdentifier")
    return (
        not_applicable(f"Set by the cluster {cluster}, and judged there.", "DBClusterIdentifier") if cluster else None
    )
