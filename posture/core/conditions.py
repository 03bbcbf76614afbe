"""Conditions of IAM policies: which restrict access, and which can never work."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import NamedTuple

from posture.core.wildcards import fixed_start, has_wildcard

WIDEST_IPV4 = 8
"""Amazon S3 calls a source range public that is wider than /8, or wider than /32 in IPv6."""
WIDEST_IPV6 = 32

_EXACT = {"stringequals", "stringequalsignorecase"}
_ADDRESS = {"ipaddress", "notipaddress"}


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
