"""Namespaces of Redshift Serverless: the data. Tables are never read."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.redshiftserverless_listing import LIST_NAMESPACES, LIST_TAGS, NAMESPACES, SERVICE, tags_of
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::RedshiftServerless::Namespace",
    title="Redshift Serverless namespace",
    plural="Redshift Serverless namespaces",
    service=SERVICE,
    family=Family.DATA,
    actions=(LIST_NAMESPACES, LIST_TAGS),
    columns=(
        Column("dbName", "Database"),
        Column("adminUsername", "Administrator"),
        Column("kmsKeyId", "Key"),
        Column("logExports", "Logs exported"),
        Column("creationDate", "Created"),
    ),
    relations=(
        Relation("kmsKeyId", "AWS::KMS::Key"),
        Relation("adminPasswordSecretArn", "AWS::SecretsManager::Secret"),
        Relation("defaultIamRoleArn", "AWS::IAM::Role"),
    ),
    observed=("status",),
    unordered=("iamRoles", "logExports"),
    data_store=True,
)
def namespaces(ask: Ask) -> Iterator[Resource]:
    """A namespace holds a warehouse's tables and users: who administers it, how it is encrypted, what it logs."""
    listed = list(ask.pages(**NAMESPACES))
    for raw, tags in zip(listed, tags_of(ask, [raw["namespaceArn"] for raw in listed]), strict=True):
        yield ask.resource(raw, arn=raw["namespaceArn"], name=raw["namespaceName"], tags=tags)
