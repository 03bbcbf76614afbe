"""Glue data catalogs: encryption and resource policy.

Connections are left out: whoever may read them may read their passwords.
"""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.glue_listing import GET_DATABASES, has_databases
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET_POLICY = "glue:GetResourcePolicy"


@collector(
    resource_type="AWS::Glue::DataCatalogEncryptionSettings",
    title="Glue data catalog",
    plural="Glue data catalogs",
    service="glue",
    family=Family.DATA,
    arn_names=("glue:",),
    actions=(GET_DATABASES, "glue:GetDataCatalogEncryptionSettings", _GET_POLICY),
    columns=(
        Column("EncryptionAtRest.CatalogEncryptionMode", "Metadata"),
        Column("ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted", "Passwords encrypted"),
    ),
    relations=(
        Relation("EncryptionAtRest.SseAwsKmsKeyId", "AWS::KMS::Key"),
        Relation("ConnectionPasswordEncryption.AwsKmsKeyId", "AWS::KMS::Key"),
    ),
)
def data_catalogs(ask: Ask) -> Iterator[Resource]:
    """A catalog says what data there is and where, and its policy can show it to others, with the data behind it.

    Every region has one. It is listed where it has a database.
    """
    if not has_databases(ask):
        return
    answers = ask.together(
        {
            "settings": lambda: ask.field(
                "glue", "get_data_catalog_encryption_settings", "DataCatalogEncryptionSettings"
            ),
            "policy": lambda: ask.field(
                "glue", "get_resource_policy", "PolicyInJson", absent=("EntityNotFoundException",)
            ),
        }
    )
    settings = answers["settings"]
    keys = ("EncryptionAtRest", "ConnectionPasswordEncryption")
    found = dict.fromkeys(keys, settings) if isinstance(settings, Unknown) else settings or {}
    config = {**found, "Policy": document(answers["policy"], _GET_POLICY)}
    yield ask.resource(config, arn=ask.arn("glue", "catalog"), name="Glue data catalog")
