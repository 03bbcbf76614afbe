"""What a stranger's request can have, and which values name somebody.

The values that name somebody are those that Amazon S3 accepts when it calls a policy not public, and those of the same
kind in other services: a known account, organization, network or VPC endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from posture.core.conditions import narrow_range
from posture.core.iam.context import Context, ContextValue, Doubt
from posture.core.iam.operators import Operator, OperatorFamily

_ACCOUNT_OF_ARN = re.compile(r"arn:[^:*?]+:[^:*?]+:[^:]*:\d{12}:.*")
_OWNER = re.compile(r"\$\{(aws|s3):Resource(Account|OrgID|OrgPaths)\}")
SOURCE_IP = "aws:sourceip"
MOUNTED = "elasticfilesystem:accessedviamounttarget"


def names_somebody(key: str, values: Iterable[str], operator: Operator) -> bool:
    """Return True if a stranger has none of a condition's values of a key.

    The key is in lower case. A value with a variable may be what the caller likes, but for the resource's own owner.
    """
    names = _NAMES.get(key)
    listed = list(values)
    if names is None or not listed or operator.family is not _FAMILIES.get(key, OperatorFamily.TEXT):
        return False
    is_fixed = [names] if operator.are_patterns else []
    return all(
        value != "" and "${" not in _OWNER.sub("", value) and all(one(value) for one in is_fixed) for value in listed
    )


def _fixed(value: str) -> bool:
    return bool(value) and "*" not in value and "?" not in value


def _fixed_account(value: str) -> bool:
    return _fixed(value) or _ACCOUNT_OF_ARN.fullmatch(value) is not None


def _fixed_start(value: str) -> bool:
    return _fixed(re.split("[/:]", value, maxsplit=1)[0])


_NAMES: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(
        (
            "aws:principalaccount",
            "aws:principalorgid",
            "aws:sourceaccount",
            "aws:sourceorgid",
            "aws:sourceowner",
            "aws:sourcevpc",
            "aws:sourcevpcarn",
            "aws:sourcevpce",
            "aws:vpceaccount",
            "aws:vpceorgid",
            "kms:calleraccount",
            "s3:dataaccesspointaccount",
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
        ),
        _fixed,
    ),
    **dict.fromkeys(("aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn"), _fixed_account),
    **dict.fromkeys(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths", "aws:userid"), _fixed_start),
    "elasticfilesystem:accesspointarn": _fixed_account,
    SOURCE_IP: narrow_range,
    MOUNTED: "true".__eq__,
}
"""Condition keys that say who or where, in lower case, each with what makes a pattern of it fixed."""

_FAMILIES = {SOURCE_IP: OperatorFamily.ADDRESS, MOUNTED: OperatorFamily.TRUTH}
"""The operators that can name somebody by a key, where these are not those of texts: others compare ranges."""
_STRANGER: dict[str, ContextValue] = dict.fromkeys(_NAMES, Doubt.STRANGER)
ALLOWED_STRANGER = Context(_STRANGER, lambda _: Doubt.CHOSEN)
"""A stranger who wants in: what does not name somebody, the stranger chooses."""
DENIED_STRANGER = Context(
    {**_STRANGER, "aws:principalisawsservice": ("false",), "aws:viaawsservice": ("false",)},
    lambda _: Doubt.CHOSEN,
)
"""A stranger whom a Deny is to keep out; it may spare AWS's services, which call on the account's behalf."""
