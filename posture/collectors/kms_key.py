"""Customer managed KMS keys. AWS's own keys are left out: nobody but AWS decides anything about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_NO_ROTATION = ("UnsupportedOperationException", "KMSInvalidStateException")
"""What KMS answers for keys that cannot rotate: asymmetric, HMAC, imported, in a custom store, or going."""


@collector(
    resource_type="AWS::KMS::Key",
    title="KMS key",
    plural="KMS keys",
    service="kms",
    actions=(
        "kms:ListKeys",
        "kms:ListAliases",
        "kms:DescribeKey",
        "kms:GetKeyRotationStatus",
        "kms:GetKeyPolicy",
        "kms:ListResourceTags",
    ),
    columns=(
        Column("KeyMetadata.KeyState", "State"),
        Column("KeyMetadata.KeySpec", "Kind"),
        Column("KeyMetadata.KeyUsage", "Use"),
        Column("KeyRotationStatus.KeyRotationEnabled", "Rotation"),
        Column("KeyMetadata.CreationDate", "Created"),
    ),
    ignored=("KeyRotationStatus.NextRotationDate", "KeyRotationStatus.KeyId", "KeyMetadata.CurrentKeyMaterialId"),
    unordered=("Aliases", "KeyMetadata.EncryptionAlgorithms", "KeyMetadata.SigningAlgorithms"),
)
def keys(ask: Ask) -> Iterator[Resource]:
    """Whoever may use a key reads what it encrypts; whoever may delete it destroys that for good."""
    listed = list(ask.pages("kms", "list_keys", "Keys", Limit=1000))
    aliases = ask.listing("kms", "list_aliases", "Aliases", Limit=100) if listed else []
    customers = (key for key in listed if not _is_aws(aliases, key["KeyId"]))
    for found in ask.each(partial(_key, ask, aliases), customers):
        if found is not None:
            yield found


def _key(ask: Ask, aliases: list[Any] | Unknown | None, listed: Mapping[str, str]) -> Resource | None:
    key_id = listed["KeyId"]
    metadata = ask.field("kms", "describe_key", "KeyMetadata", KeyId=key_id)
    if isinstance(metadata, dict) and metadata.get("KeyManager") == "AWS":
        return None
    names = _names(aliases, key_id)
    first = names[0].removeprefix("alias/") if isinstance(names, list) and names else None
    return ask.resource(
        {
            "KeyMetadata": metadata,
            "Aliases": names,
            "KeyRotationStatus": ask.call("kms", "get_key_rotation_status", absent=_NO_ROTATION, KeyId=key_id),
            "KeyPolicy": document(
                ask.field("kms", "get_key_policy", "Policy", KeyId=key_id, PolicyName="default"), "kms:GetKeyPolicy"
            ),
        },
        arn=listed["KeyArn"],
        name=first,
        tags=ask.listing("kms", "list_resource_tags", "Tags", KeyId=key_id),
    )


def _is_aws(aliases: list[Any] | Unknown | None, key_id: str) -> bool:
    """Tell whether a key has one of the names that only AWS may give; saves asking about it."""
    names = _names(aliases, key_id)
    return isinstance(names, list) and any(name.startswith("alias/aws/") for name in names)


def _names(aliases: list[Any] | Unknown | None, key_id: str) -> list[str] | Unknown:
    if isinstance(aliases, Unknown):
        return aliases
    return sorted(alias["AliasName"] for alias in aliases or () if alias.get("TargetKeyId") == key_id)
