"""Conditions of IAM policies: which restrict access, and which can never work."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple

from posture.core.wildcards import fixed_start, has_wildcard

WIDEST_IPV4 = 8
"""Amazon S3 calls a source range public that is wider than /8, or wider than /32 in IPv6."""
WIDEST_IPV6 = 32

_EXACT = {"stringequals", "stringequalsignorecase"}
_PATTERN = {"stringlike", "arnequals", "arnlike"}
_NEGATED_EXACT = {"stringnotequals", "stringnotequalsignorecase"}
_NEGATED_PATTERN = {"stringnotlike", "arnnotequals", "arnnotlike"}
_ADDRESS = {"ipaddress", "notipaddress"}
_ACCOUNT_OF_ARN = re.compile(r"arn:[^:*?]+:[^:*?]+:[^:]*:\d{12}:.*")


class Condition(NamedTuple):
    """One key of one operator, and its values (any of them suffices).

    For example `IpAddress`, `aws:SourceIp`.
    """

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def path(self) -> str:
        """The path of the key below its statement."""
        return f"Condition.{self.operator}.{self.key}"


def narrows(condition: Condition) -> bool:
    """Whether an Allow with this condition lets in known ones only.

    These are the fixed values that Amazon S3 accepts when it calls a policy not public, and those of
    the same kind in other services. `IfExists` and `ForAllValues` hold where the key is missing, and
    the negated operators name who is kept out, so none of them narrows.
    """
    operator = condition.operator.lower()
    if operator == "bool":
        return condition.key.lower() == "elasticfilesystem:accessedviamounttarget" and condition.values == ("true",)
    operator = operator.removeprefix("foranyvalue:")
    if operator == "ipaddress":
        return _is_network(condition) and _all_known(condition, narrow_range)
    return operator in _EXACT | _PATTERN and _pinned(condition, patterns=operator in _PATTERN)


def reopens(condition: Condition) -> bool:
    """Whether a Deny with this condition spares known ones only, as `narrows` does.

    A Deny also may spare AWS's own services, which call on the account's behalf.
    """
    operator = condition.operator.lower().removesuffix("ifexists").removeprefix("forallvalues:")
    if operator == "bool":
        services = {"aws:principalisawsservice", "aws:viaawsservice"}
        return condition.key.lower() in services and condition.values == ("false",)
    if operator == "notipaddress":
        return _is_network(condition) and _all_known(condition, narrow_range)
    return operator in _NEGATED_EXACT | _NEGATED_PATTERN and _pinned(condition, patterns=operator in _NEGATED_PATTERN)


class Asked(NamedTuple):
    """A value that a condition asks for."""

    text: str
    is_pattern: bool
    """It stands for more than itself: `StringEquals` takes wildcards literally."""

    @property
    def start(self) -> str:
        """What all texts that it stands for begin with."""
        return fixed_start(self.text) if self.is_pattern else self.text


def pins(condition: Condition, key: str, names: Callable[[Asked], bool]) -> bool:
    """Return True if a condition needs a key to have a value that `names` accepts.

    A condition that also holds where the key is missing (`IfExists`, `ForAllValues`) pins nothing, a negated one
    neither, and a value with a variable may be what the caller likes.
    """
    operator = condition.operator.lower().removeprefix("foranyvalue:")
    if condition.key.lower() != key.lower() or operator not in _EXACT | {"stringlike"}:
        return False
    asked = [Asked(value, operator == "stringlike" and has_wildcard(value)) for value in condition.values]
    return bool(asked) and all("${" not in each.text and names(each) for each in asked)


def fault(condition: Condition) -> str | None:
    """Return why a condition cannot work, or None: no values, or broken addresses."""
    if not [value for value in condition.values if value.strip()]:
        return "has no value"
    operator = condition.operator.lower().removesuffix("ifexists").split(":")[-1]
    if operator not in _ADDRESS:
        return None
    for value in condition.values:
        network = parse_network(value)
        if network is None and "${" not in value:
            return f"holds “{value}”, which is no address range"
        if network is not None and network.prefixlen == 0:
            return f"holds {value}, which is every address"
    return None


def parse_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the address range as IAM reads it (host bits are allowed), or None."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def narrow_range(text: str) -> bool:
    """Whether a CIDR is valid and not so wide that Amazon S3 would call it public."""
    network = parse_network(text)
    if network is None:
        return False
    return network.prefixlen >= (WIDEST_IPV4 if network.version == 4 else WIDEST_IPV6)  # noqa: PLR2004


def _is_network(condition: Condition) -> bool:
    return condition.key.lower() == "aws:sourceip"


def _all_known(condition: Condition, known: Callable[[str], bool]) -> bool:
    return bool(condition.values) and all(map(known, condition.values))


def _pinned(condition: Condition, *, patterns: bool) -> bool:
    known = _KNOWN.get(condition.key.lower())
    if known is None:
        return False
    return _all_known(condition, lambda value: _no_variable(value) and (not patterns or known(value)))


def _no_variable(value: str) -> bool:
    """Whether a value means the same in every request; the resource's own owner does."""
    return bool(value) and "${" not in re.sub(r"\$\{(aws|s3):Resource(Account|OrgID|OrgPaths)\}", "", value)


def _fixed(value: str) -> bool:
    return bool(value) and "*" not in value and "?" not in value


def _fixed_account(value: str) -> bool:
    return _fixed(value) or _ACCOUNT_OF_ARN.fullmatch(value) is not None


def _fixed_start(value: str) -> bool:
    return _fixed(re.split("[/:]", value, maxsplit=1)[0])


_KNOWN: dict[str, Callable[[str], bool]] = {
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
}
"""Condition keys that say who or where, in lower case, each with what makes a pattern of it fixed."""
