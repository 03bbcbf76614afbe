"""Whether an IAM role that pods become is an administrator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.checks.iam_grants import is_everything
from posture.core.policy import PolicyError, parse
from posture.core.values import Unknown
from posture.kubernetes.pods import mapping, sequence

ADMINISTRATOR = ":iam::aws:policy/AdministratorAccess"


def is_administrator(role: Mapping[str, Any], policies: Mapping[str, Any]) -> bool | None:
    """Return whether a role allows everything; None where a policy of it is not known.

    `policies` are documents of the account's own managed policies by ARN.
    """
    answers = list(_answers(role, policies))
    if True in answers:
        return True
    return None if None in answers else False


def _answers(role: Mapping[str, Any], policies: Mapping[str, Any]) -> Iterator[bool | None]:
    attached, inline = role.get("AttachedManagedPolicies"), role.get("RolePolicyList")
    if isinstance(attached, Unknown) or isinstance(inline, Unknown):
        yield None
    for arn in [] if isinstance(attached, Unknown) else sequence(attached):
        if str(arn).endswith(ADMINISTRATOR):
            yield True
        elif ":iam::aws:" not in str(arn):
            yield _allows_everything(policies.get(str(arn)))
    for each in [] if isinstance(inline, Unknown) else sequence(inline):
        yield _allows_everything(mapping(each).get("PolicyDocument"))


def _allows_everything(document: Any) -> bool | None:
    if not isinstance(document, Mapping):
        return None
    try:
        return any(is_everything(each) for each in parse(document).allows)
    except PolicyError:
        return None
