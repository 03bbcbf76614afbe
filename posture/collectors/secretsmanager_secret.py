"""Secrets of Secrets Manager: rotation, use and policies, never their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource


@collector(
    resource_type="AWS::SecretsManager::Secret",
    title="Secret",
    plural="Secrets",
    service="secretsmanager",
    family=Family.IDENTITY,
    actions=("secretsmanager:ListSecrets", "secretsmanager:GetResourcePolicy"),
    columns=(
        Column("RotationEnabled", "Rotation"),
        Column("RotationRules.AutomaticallyAfterDays", "Rotates after (days)"),
        Column("observed.LastRotatedDate", "Last rotated"),
        Column("observed.LastAccessedDate", "Last used"),
        Column("CreatedDate", "Created"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("RotationLambdaARN", "AWS::Lambda::Function"),
    ),
    ignored=("LastChangedDate", "NextRotationDate", "SecretVersionsToStages"),
    observed=("LastAccessedDate", "LastRotatedDate"),
    data_store=True,
)
def secrets(ask: Ask) -> Iterator[Resource]:
    """A secret opens something else: how long a stolen one works depends on its rotation."""
    listed = ask.pages("secretsmanager", "list_secrets", "SecretList", MaxResults=100)
    yield from ask.each(partial(_secret, ask), listed)


def _secret(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    policy = ask.field("secretsmanager", "get_resource_policy", "ResourcePolicy", SecretId=raw["ARN"])
    return ask.resource(
        {**raw, "ResourcePolicy": document(policy, "secretsmanager:GetResourcePolicy")},
        arn=raw["ARN"],
        name=raw["Name"],
        tags=raw.get("Tags"),
    )
