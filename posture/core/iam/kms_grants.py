"""Grants of KMS keys: they allow besides key policies, and never deny."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from posture.core.iam.context import Context, Doubt
from posture.core.iam.logic import Truth, all_of
from posture.core.iam.principals import Caller
from posture.core.values import Unknown

KmsGrants: TypeAlias = "Sequence[Mapping[str, Any]] | Unknown"
"""Grants with `grantee`, `operations` and `constraints`."""
_CONTEXT_KEY = "kms:encryptioncontext:"


@dataclass(frozen=True, slots=True)
class KmsGrant:
    """One grant that allows a caller an action, or may."""

    path: str
    truth: Truth


def grants_for(grants: KmsGrants, caller: Caller, action: str, context: Context) -> Iterator[KmsGrant]:
    """Yield the grants that allow a caller an action, given in lower case."""
    if isinstance(grants, Unknown):
        yield KmsGrant("kms_grants", None)
        return
    operation = action.removeprefix("kms:")
    for index, grant in enumerate(grants):
        if operation not in {str(each).lower() for each in grant["operations"]}:
            continue
        truth = all_of((_is_grantee(grant["grantee"], caller), _within(grant.get("constraints") or {}, context)))
        if truth is not False:
            yield KmsGrant(f"kms_grants[{index}]", truth)


def _is_grantee(grantee: str, caller: Caller) -> bool:
    return grantee in caller.direct_names | caller.role_names or grantee == caller.service != ""


def _within(constraints: Mapping[str, Any], context: Context) -> Truth:
    """Return whether a request's encryption context meets a grant's constraints."""
    pairs = {**_pairs(constraints, "EncryptionContextSubset"), **_pairs(constraints, "EncryptionContextEquals")}
    met = all_of(_has(context, key, value) for key, value in pairs.items())
    # Of an equal context, keys that the request has besides are not known.
    return all_of((met, None)) if constraints.get("EncryptionContextEquals") else met


def _pairs(constraints: Mapping[str, Any], name: str) -> Mapping[str, str]:
    found = constraints.get(name) or {}
    return found if isinstance(found, Mapping) else {}


def _has(context: Context, key: str, value: str) -> Truth:
    found = context.get(f"{_CONTEXT_KEY}{key.lower()}")
    return None if isinstance(found, Doubt) else found == (value,)
