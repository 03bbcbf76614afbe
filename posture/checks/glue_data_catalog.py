"""Judges Glue data catalogs."""

from __future__ import annotations

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

CATALOG = "AWS::Glue::DataCatalogEncryptionSettings"
GET_SETTINGS = "glue:GetDataCatalogEncryptionSettings"
_PUT = "aws glue put-data-catalog-encryption-settings --region {region} --data-catalog-encryption-settings "
_SETTINGS = "AWS Glue → Data Catalog → Catalog settings → "


@check(
    resource_type=CATALOG,
    title="Glue data catalog encrypts its metadata",
    problem="Glue data catalog does not encrypt its metadata with KMS",
    severity=Severity.LOW,
    controls=("practices:encryption",),
    aliases=("prowler:glue_data_catalogs_metadata_encryption_enabled",),
    remediation=Remediation(
        console=_SETTINGS + "Metadata encryption, with a key that jobs and queries may use.",
        cli=_PUT + "'EncryptionAtRest={{CatalogEncryptionMode=SSE-KMS}}'",
        terraform='resource "aws_glue_data_catalog_encryption_settings" "this" {\n'
        "  data_catalog_encryption_settings {\n    encryption_at_rest {\n"
        '      catalog_encryption_mode = "SSE-KMS"\n    }\n  }\n}',
    ),
    examples=(
        passes({"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"}}),
        passes({"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS-WITH-SERVICE-ROLE"}}),
        fails({"EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"}}),
        is_unknown({"EncryptionAtRest": denied(GET_SETTINGS)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def glue_data_catalog_metadata_encrypted(catalog: Resource) -> Outcome:
    """Names of tables, columns and partitions say what an organization has, and some hold data themselves."""
    path = "EncryptionAtRest.CatalogEncryptionMode"
    mode = catalog.config["EncryptionAtRest"]["CatalogEncryptionMode"]
    if str(mode).startswith("SSE-KMS"):
        return passed(f"Metadata are encrypted: {mode}.", path)
    return failed("Metadata are not encrypted with KMS.", path)


@check(
    resource_type=CATALOG,
    title="Glue data catalog gives out passwords encrypted alone",
    problem="Glue data catalog gives out passwords of connections in plain text",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "practices:iam"),
    aliases=("prowler:glue_data_catalogs_connection_passwords_encryption_enabled",),
    remediation=Remediation(
        console=_SETTINGS + "Encrypt connection passwords, with a key; or keep passwords in Secrets Manager.",
        cli=_PUT + "'ConnectionPasswordEncryption={{ReturnConnectionPasswordEncrypted=true,AwsKmsKeyId=KEY}}'",
        terraform='resource "aws_glue_data_catalog_encryption_settings" "this" {\n'
        "  data_catalog_encryption_settings {\n    connection_password_encryption {\n"
        "      return_connection_password_encrypted = true\n      aws_kms_key_id = aws_kms_key.this.arn\n    }\n  }\n}",
    ),
    examples=(
        passes({"ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True}}),
        fails({"ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False}}),
        is_unknown({"ConnectionPasswordEncryption": denied(GET_SETTINGS)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def glue_data_catalog_passwords_encrypted(catalog: Resource) -> Outcome:
    """Whoever may read a connection gets its database's password; with a key, only who may use that too."""
    path = "ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted"
    if catalog.config["ConnectionPasswordEncryption"]["ReturnConnectionPasswordEncrypted"]:
        return passed("Passwords of connections are given out encrypted.", path)
    return failed("Passwords of connections are given out in plain text.", path)


@check(
    resource_type=CATALOG,
    title="Glue data catalog's policy lets in nobody unknown",
    problem="Glue data catalog's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    aliases=("prowler:glue_data_catalogs_not_publicly_accessible",),
    remediation=Remediation(
        console=_SETTINGS + "Permissions: name the accounts that may read.",
        cli="aws glue put-resource-policy --region {region} --policy-in-json file://policy.json",
        terraform='resource "aws_glue_resource_policy" "this" {\n  policy = data.aws_iam_policy_document.this.json\n}',
    ),
    examples=policy_examples("Policy", "glue:GetResourcePolicy"),
    version=2,
)
def glue_data_catalog_policy_not_public(catalog: Resource) -> Outcome:
    """Anyone with an AWS account could read what tables there are and where, or point them to data of his own."""
    return judge_policy_not_public(catalog, "Policy")
