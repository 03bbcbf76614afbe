"""Judges Glue jobs."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

JOB = "AWS::Glue::Job"
SPARK = frozenset({"glueetl", "gluestreaming"})
OLDEST_SUPPORTED = 3
"""The first number of Glue's version; 0.9, 1.0 and 2.0 ended between 2022-06-01 and 2024-01-31 (Glue's guide)."""
_SPARK = {"Command": {"Name": "glueetl"}}


def _encryption(s3: str = "SSE-KMS", logs: str = "SSE-KMS", bookmarks: str = "CSE-KMS") -> dict[str, Any]:
    return {
        "SecurityConfiguration": "standard",
        "Encryption": {
            "S3Encryption": [{"S3EncryptionMode": s3}],
            "CloudWatchEncryption": {"CloudWatchEncryptionMode": logs},
            "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": bookmarks},
        },
    }


@check(
    resource_type=JOB,
    title="Glue job runs on a supported version",
    problem="Glue job runs on a version without support",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:Glue.4"),
    aliases=("securityhub:Glue.4",),
    remediation=Remediation(
        console="AWS Glue → ETL jobs → {name} → Job details → Glue version: the newest; run it on a copy of the data "
        "first.",
        terraform='resource "aws_glue_job" "this" {\n  glue_version = "5.0"\n}',
    ),
    examples=(
        passes({**_SPARK, "GlueVersion": "5.0"}),
        passes({**_SPARK, "GlueVersion": "3.0"}),
        fails({**_SPARK, "GlueVersion": "2.0"}),
        fails({"Command": {"Name": "gluestreaming"}, "GlueVersion": "0.9"}),
        fails(_SPARK, "none is set, which is 0.9"),
        is_unknown({**_SPARK, "GlueVersion": denied("glue:GetJobs")}),
        does_not_apply({"Command": {"Name": "pythonshell"}, "GlueVersion": "1.0"}, "no Spark"),
    ),
)
def glue_job_version_supported(job: Resource) -> Outcome:
    """Versions before 3.0 bring a Spark and a Python of 2019 that nobody patches, and are being turned off."""
    if job.config["Command"]["Name"] not in SPARK:
        return not_applicable("The job does not run on Spark.", "Command.Name")
    version = job.config.get("GlueVersion")
    if not version:
        return failed("The job names no version of Glue, and so runs on the oldest.", "Command.Name")
    judge = passed if int(str(version).split(".")[0]) >= OLDEST_SUPPORTED else failed
    return judge(f"The job runs on Glue {version}.", "GlueVersion")


@check(
    resource_type=JOB,
    title="Glue job encrypts what it writes",
    problem="Glue job does not encrypt its results, logs or bookmarks",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    aliases=(
        "prowler:glue_etl_jobs_amazon_s3_encryption_enabled",
        "prowler:glue_etl_jobs_cloudwatch_logs_encryption_enabled",
        "prowler:glue_etl_jobs_job_bookmark_encryption_enabled",
    ),
    remediation=Remediation(
        console="AWS Glue → Security configurations → Add: encrypt S3, logs and bookmarks; then AWS Glue → ETL jobs → "
        "{name} → Job details → Advanced → Security configuration.",
        cli="aws glue create-security-configuration --region {region} --name standard --encryption-configuration "
        "file://encryption.json",
        terraform='resource "aws_glue_job" "this" {\n'
        "  security_configuration = aws_glue_security_configuration.this.name\n}",
    ),
    examples=(
        passes(_encryption()),
        fails(_encryption(s3="DISABLED"), "results"),
        fails(_encryption(logs="DISABLED", bookmarks="DISABLED"), "logs and bookmarks"),
        fails({"Encryption": None}, "no security configuration"),
        fails({"SecurityConfiguration": "removed", "Encryption": None}, "one that there is no more"),
        is_unknown({"SecurityConfiguration": "standard", "Encryption": denied("glue:GetSecurityConfigurations")}),
    ),
)
def glue_job_encrypted(job: Resource) -> Outcome:
    """Logs and bookmarks repeat parts of what a job reads, outside the stores whose encryption everybody looks at."""
    encryption = job.config["Encryption"]
    if encryption is None:
        return failed("The job has no security configuration.", "Encryption")
    modes = {
        "logs": encryption.at("CloudWatchEncryption", "CloudWatchEncryptionMode"),
        "bookmarks": encryption.at("JobBookmarksEncryption", "JobBookmarksEncryptionMode"),
    }
    plain = [what for what, mode in modes.items() if mode in {None, "DISABLED"}]
    if any(each.get("S3EncryptionMode") in {None, "DISABLED"} for each in encryption.items_of("S3Encryption")):
        plain.insert(0, "results in S3")
    if plain:
        return failed(f"Not encrypted: {', '.join(plain)}.", "Encryption")
    return passed("Results, logs and bookmarks are encrypted.", "Encryption")
