"""Endpoints of the Database Migration Service, without what may be a password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.dms_listing import tags_of
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

KEPT = {
    "MongoDbSettings": ("AuthType", "AuthMechanism", "SecretsManagerSecretId"),
    "NeptuneSettings": ("IamAuthEnabled", "S3BucketName", "ServiceAccessRoleArn"),
    "RedisSettings": ("AuthType", "SslSecurityProtocol"),
}
"""Settings of engines that are kept; of all others a fingerprint of each value is."""


@collector(
    resource_type="AWS::DMS::Endpoint",
    title="DMS endpoint",
    plural="DMS endpoints",
    service="dms",
    family=Family.DATABASES,
    cadence=Cadence.DAILY,
    arn_names=("dms:endpoint",),
    actions=("dms:DescribeEndpoints", "dms:ListTagsForResource"),
    columns=(
        Column("EndpointType", "Type"),
        Column("EngineName", "Engine"),
        Column("ServerName", "Server"),
        Column("SslMode", "TLS"),
    ),
    relations=(Relation("KmsKeyId", "AWS::KMS::Key"), Relation("ServiceAccessRoleArn", "AWS::IAM::Role")),
    # Attributes and settings of many engines may hold passwords.
    secret=("ExtraConnectionAttributes", "OtherSettings", "Username"),
    observed=("Status",),
)
def endpoints(ask: Ask) -> Iterator[Resource]:
    """An endpoint is a database that is copied from or to: where it is, and how the way there is protected."""
    listed = list(ask.pages("dms", "describe_endpoints", "Endpoints", MaxRecords=100))
    tags = tags_of(ask, [raw["EndpointArn"] for raw in listed])
    for raw, own in zip(listed, tags, strict=True):
        yield ask.resource(_read(raw), arn=raw["EndpointArn"], name=raw["EndpointIdentifier"], tags=own)


def _read(raw: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in raw.items() if not key.endswith("Settings")}
    settings = {key: value for key, value in raw.items() if key.endswith("Settings") and value}
    kept = {key: {one: settings[key].get(one) for one in ones} for key, ones in KEPT.items() if key in settings}
    return {**plain, **kept, "OtherSettings": settings or None}
