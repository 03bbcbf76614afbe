"""Customer managed KMS keys.

AWS's own keys are left out: nobody but AWS decides anything about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from posture.core.collector import Ask, Column, Family, collector
from posture.core.gap import GapReason
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError

_NO_ROTATION = ("UnsupportedOperationException", "KMSInvalidStateException")
"""What KMS answers for keys that cannot rotate: asymmetric, HMAC, imported, in a custom store, or going."""
_REFUSED = {GapReason.RESOURCE_POLICY, GapReason.DENIED}
"""Why a single key is not described where its own policy is the reason, as far as AWS says."""


@collector(
    resource_type="AWS::KMS::Key",
    title="KMS key",
    plural="KMS keys",
    service="kms",
    family=Family.IDENTITY,
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
    listed = [key for key in listed if not _is_aws(aliases, key["KeyId"])]
    described = ask.each(lambda key: ask.field("kms", "describe_key", "KeyMetadata", KeyId=key["KeyId"]), listed)
    asked = list(zip(listed, described, strict=True))
    _refuse_to_guess([(_names(aliases, key["KeyId"]), metadata) for key, metadata in asked])
    customers = ((key, metadata) for key, metadata in asked if not _is_managed_by_aws(metadata))
    yield from ask.each(lambda one: _key(ask, aliases, *one), customers)


def _is_managed_by_aws(metadata: Any) -> bool:
    return isinstance(metadata, dict) and metadata.get("KeyManager") == "AWS"


def _refuse_to_guess(asked: Sequence[tuple[list[str] | Unknown, Any]]) -> None:
    """Raise where keys may be AWS's own, as far as known: the listing is then a gap.

    A key with an alias that is not AWS's is a customer's. So is one that alone refuses to be described: AWS's own keys
    let their account describe them, and only a customer's policy can refuse that.
    """
    is_general = not any(isinstance(metadata, dict) for _, metadata in asked)
    for names, metadata in asked:
        has_alias = isinstance(names, list) and bool(names)
        if isinstance(metadata, Unknown) and not has_alias and (is_general or metadata.reason not in _REFUSED):
            raise UnknownFieldError(metadata)


def _key(ask: Ask, aliases: list[Any] | Unknown | None, listed: Mapping[str, str], metadata: Any) -> Resource:
    key_id = listed["KeyId"]
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
    """Whether a key has one of the names that only AWS may give; saves a call."""
    names = _names(aliases, key_id)
    return isinstance(names, list) and any(name.startswith("alias/aws/") for name in names)


def _names(aliases: list[Any] | Unknown | None, key_id: str) -> list[str] | Unknown:
    if isinstance(aliases, Unknown):
        return aliases
    return sorted(alias["AliasName"] for alias in aliases or () if alias.get("TargetKeyId") == key_id)
