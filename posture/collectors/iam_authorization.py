"""IAM's authorization details: who there is, and their policies. No collector.

One paged operation answers for users, groups, roles and managed policies together; the engine asks it once for all of
the collectors that read it here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from posture.core.collector import Ask
from posture.core.gap import GapReason
from posture.core.policy import canonical, unreadable
from posture.core.values import Unknown

ACTION = "iam:GetAccountAuthorizationDetails"
_PAGE = 1_000


def details(ask: Ask, key: str) -> Iterator[Mapping[str, Any]]:
    """Yield the details under `key` (as `RoleDetailList`); raises where refused."""
    return ask.pages("iam", "get_account_authorization_details", key, MaxItems=_PAGE)


def details_or_unknown(ask: Ask, key: str) -> list[Mapping[str, Any]] | Unknown:
    """Return the details under `key`, or `Unknown` where refused."""
    found = ask.listing("iam", "get_account_authorization_details", key, MaxItems=_PAGE)
    return found if isinstance(found, Unknown) else found or []


def policy(document: Any) -> dict[str, Any] | Unknown:
    """Return a policy document in canonical form.

    IAM answers with URL-encoded JSON, which botocore may have read.

    A document that the answer leaves out is unknown: none would read as one that allows nothing.
    """
    if isinstance(document, Unknown):
        return document
    if document is None:
        return Unknown(ACTION, "MissingPolicyDocument", GapReason.BAD_ANSWER)
    try:
        return canonical(unquote(document) if isinstance(document, str) else document)
    except (ValueError, TypeError) as error:
        return unreadable(ACTION, error)


def inline_policies(policies: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the inline policies of a user, group or role, with documents read."""
    found = [
        {"PolicyName": each["PolicyName"], "PolicyDocument": policy(each.get("PolicyDocument"))}
        for each in policies or ()
    ]
    return sorted(found, key=lambda each: str(each["PolicyName"]))


def attached_policies(policies: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """Return the ARNs of attached managed policies, sorted."""
    return sorted(str(each["PolicyArn"]) for each in policies or ())


def boundary_of(raw: Mapping[str, Any]) -> str | None:
    """Return the ARN of a user's or role's permissions boundary, or None."""
    boundary = raw.get("PermissionsBoundary")
    return boundary.get("PermissionsBoundaryArn") if boundary else None
