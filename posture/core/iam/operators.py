"""How each condition operator compares a policy's values to a request's."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any

from posture.core.conditions import parse_network
from posture.core.iam.globs import Matcher, arn_matcher, glob_matcher


class OperatorFamily(Enum):
    """What an operator compares."""

    TEXT = "text"
    ADDRESS = "address"
    TRUTH = "truth"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator without its quantifier and suffix."""

    compile: Callable[[Sequence[str]], Matcher]
    """Takes the policy's values; the matcher takes one of the request's."""
    phrase: str
    family: OperatorFamily = OperatorFamily.TEXT
    is_negated: bool = False
    takes_variables: bool = False
    accepts_all: Callable[[Sequence[str]], bool] = lambda _: False
    """Whether the policy's values match whatever the request's value is."""
    are_patterns: bool = True
    """Whether the policy's values stand for more than themselves."""
    compile_pattern: Callable[[Sequence[str]], Matcher] = glob_matcher
    """Compares patterns, for values with an unknown part."""


def _exact(values: Sequence[str]) -> Matcher:
    return frozenset(values).__contains__


def _exact_ignoring_case(values: Sequence[str]) -> Matcher:
    folded = frozenset(value.lower() for value in values)
    return lambda text: text.lower() in folded


def _patterns_ignoring_case(values: Sequence[str]) -> Matcher:
    match = glob_matcher([value.lower() for value in values])
    return lambda text: match(text.lower())


def _any_text(values: Sequence[str]) -> bool:
    return any(value and set(value) == {"*"} for value in values)


def _compared(read: Callable[[str], Any], compare: Callable[[Any, Any], bool], values: Sequence[str]) -> Matcher:
    """Compare by value; what cannot be read matches nothing."""
    limits = [limit for limit in map(read, values) if limit is not None]

    def matches(text: str) -> bool:
        found = read(text)
        return found is not None and any(compare(found, limit) for limit in limits)

    return matches


def number(text: str) -> float | None:
    """Return a number, or None for what is none."""
    try:
        return float(text)
    except ValueError:
        return None


def moment(text: str) -> float | None:
    """Return a date in ISO 8601, or in seconds since 1970, as such seconds."""
    if (seconds := number(text)) is not None:
        return seconds
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _networks(values: Sequence[str]) -> Matcher:
    networks = [network for network in map(parse_network, values) if network is not None]

    def matches(text: str) -> bool:
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return False
        return any(address in network for network in networks)

    return matches


def _any_address(values: Sequence[str]) -> bool:
    networks = [network for network in map(parse_network, values) if network is not None]
    return {network.version for network in networks if network.prefixlen == 0} == {4, 6}


def _any_bool(values: Sequence[str]) -> bool:
    return {value.lower() for value in values} >= {"true", "false"}


def _pair(name: str, positive: Operator, negative: str) -> dict[str, Operator]:
    """Return an operator and its negation, by their names in lower case."""
    opposite = Operator(
        positive.compile,
        negative,
        positive.family,
        is_negated=True,
        takes_variables=positive.takes_variables,
        accepts_all=positive.accepts_all,
        are_patterns=positive.are_patterns,
        compile_pattern=positive.compile_pattern,
    )
    head, _, tail = name.partition("|")
    return {f"{head}{tail}": positive, f"{head}not{tail}": opposite}


def _ordered(kind: str, read: Callable[[str], Any]) -> dict[str, Operator]:
    phrases = {"lessthan": (lt, "less than"), "greaterthan": (gt, "greater than")}
    inclusive = {"lessthanequals": (le, "at most"), "greaterthanequals": (ge, "at least")}
    equal = Operator(partial(_compared, read, eq), "is", OperatorFamily.ORDER)
    return {
        **_pair(f"{kind}|equals", equal, "is not"),
        **{
            f"{kind}{name}": Operator(partial(_compared, read, compare), f"is {phrase}", OperatorFamily.ORDER)
            for name, (compare, phrase) in {**phrases, **inclusive}.items()
        },
    }


_EQUALS = Operator(_exact, "is", takes_variables=True, are_patterns=False)
_EQUALS_IGNORING_CASE = Operator(
    _exact_ignoring_case,
    "is (in any case)",
    takes_variables=True,
    are_patterns=False,
    compile_pattern=_patterns_ignoring_case,
)
_LIKE = Operator(glob_matcher, "matches", takes_variables=True, accepts_all=_any_text)
_ARN = Operator(arn_matcher, "matches", takes_variables=True, accepts_all=_any_text, compile_pattern=arn_matcher)
_BOOL = Operator(_exact_ignoring_case, "is", OperatorFamily.TRUTH, accepts_all=_any_bool)
_ADDRESS = Operator(_networks, "is in", OperatorFamily.ADDRESS, accepts_all=_any_address)

OPERATORS = {
    **_pair("string|equals", _EQUALS, "is not"),
    **_pair("string|equalsignorecase", _EQUALS_IGNORING_CASE, "is not (in any case)"),
    **_pair("string|like", _LIKE, "does not match"),
    **_pair("arn|equals", _ARN, "does not match"),
    **_pair("arn|like", _ARN, "does not match"),
    **_ordered("numeric", number),
    **_ordered("date", moment),
    "bool": _BOOL,
    "binaryequals": Operator(_exact, "is"),
    "ipaddress": _ADDRESS,
    "notipaddress": Operator(
        _networks, "is outside", OperatorFamily.ADDRESS, is_negated=True, accepts_all=_any_address
    ),
}
"""All operators but Null, by their names in lower case."""
