"""IAM's wildcards, compiled by the shapes that most patterns have.

Regular expressions are not used: AWS-supplied patterns are hostile, and a dozen stars backtrack for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from posture.core.wildcards import covers, fixed_start, has_wildcard

Matcher: TypeAlias = "Callable[[str], bool]"

STAR, MARK = "\ue000", "\ue001"
"""A literal asterisk and question mark inside a pattern, as `${*}` and `${?}` give them."""
_ARN_PARTS = 6


def literal(text: str) -> str:
    """Return a text as a pattern that matches itself alone."""
    return text.replace("*", STAR).replace("?", MARK)


def glob_matcher(patterns: Iterable[str]) -> Matcher:
    """Return a function that is True for texts that any of the patterns matches."""
    exact, starts, others = set[str](), list[str](), list[str]()
    for pattern in patterns:
        if not has_wildcard(pattern) and STAR not in pattern and MARK not in pattern:
            exact.add(pattern)
        elif pattern == f"{fixed_start(pattern)}*" and STAR not in pattern and MARK not in pattern:
            starts.append(fixed_start(pattern))
        else:
            others.append(pattern)
    prefixes = tuple(starts)
    if "" in starts:
        return lambda _: True
    if not others:
        return lambda text: text in exact or text.startswith(prefixes)
    return lambda text: text in exact or text.startswith(prefixes) or any(_covers(one, text) for one in others)


def _covers(pattern: str, text: str) -> bool:
    return covers(pattern, literal(text) if STAR in pattern or MARK in pattern else text)


def complete_arn(pattern: str) -> str:
    """Return an ARN pattern with wildcards for the parts that it leaves out."""
    if not pattern.startswith("arn:"):
        return pattern
    missing = _ARN_PARTS - 1 - pattern.count(":")
    return pattern + ":*" * missing if missing > 0 else pattern


def arn_matcher(patterns: Iterable[str]) -> Matcher:
    """Return a function that compares ARNs part by part, as ArnLike does."""
    compiled = [_arn_pattern(pattern) for pattern in patterns]
    return lambda text: any(one(text) for one in compiled)


def _arn_pattern(pattern: str) -> Matcher:
    if set(pattern) == {"*"}:
        return lambda _: True
    parts = [glob_matcher([part]) for part in complete_arn(pattern).split(":", _ARN_PARTS - 1)]

    def matches(text: str) -> bool:
        found = text.split(":", _ARN_PARTS - 1)
        return len(found) == len(parts) == _ARN_PARTS and all(one(part) for one, part in zip(parts, found, strict=True))

    return matches
