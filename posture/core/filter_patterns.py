"""Compares filter patterns of CloudWatch Logs by meaning.

A pattern is parsed into comparisons that `&&` and `||` join. What people want to be matched is a pattern too: each of
its alternatives, a set of comparisons that hold together, must imply the filter's pattern. So whitespace, the order of
terms, quotation marks and parentheses do not matter, and a wider filter is as good. A filter with a further condition
matches fewer events, and is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from posture.core.wildcards import covers, has_wildcard, may_overlap

MAX_CHARACTERS = 4_096
"""AWS takes 1,024."""
MAX_DEPTH = 50
_MAX_QUANTIFIERS = 3
"""In a regular expression, beyond which it may take too long to match."""
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<join>&&|\|\||[()])
    | (?P<field>\$(?:\.[\w*-]+|\[[^\]]*\])+)
    | (?P<operator><=|>=|!=|=|<|>)
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    | %(?P<regex>[^%]*)%
    | (?P<bare>[^\s()&|=!<>"%$]+)
    )""",
    re.VERBOSE,
)
_STATES = {("EXISTS",), ("NOT", "EXISTS"), ("IS", "NULL"), ("IS", "TRUE"), ("IS", "FALSE")}


class PatternError(ValueError):
    """A pattern is in no form that is compared here."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field and what is said of its value."""

    field: str
    operator: str
    value: str = ""
    is_regex: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Several expressions, of which all or any must hold."""

    need_all: bool
    parts: tuple[Expression, ...]


Expression: TypeAlias = "Comparison | Joined"
Facts: TypeAlias = "frozenset[Comparison]"
"""Comparisons that hold together of some events."""


@lru_cache(maxsize=1024)
def parse(pattern: str) -> Expression:
    """Parse a pattern for JSON events; raises `PatternError` for any other."""
    text = pattern.strip()
    if len(text) > MAX_CHARACTERS or not (text.startswith("{") and text.endswith("}")):
        raise PatternError("the pattern is none for JSON")
    return _Parser(list(_tokens(text[1:-1]))).parse()


def alternatives(expression: Expression) -> Iterator[Facts]:
    """Yield the sets of comparisons of which one must hold in full."""
    if isinstance(expression, Comparison):
        yield frozenset({expression})
    elif expression.need_all:
        for chosen in product(*(tuple(alternatives(part)) for part in expression.parts)):
            yield frozenset().union(*chosen)
    else:
        for part in expression.parts:
            yield from alternatives(part)


def matches_all(expression: Expression, facts: Facts) -> bool:
    """Return True if an expression surely matches every event of which the facts hold.

    Raises `PatternError` where a regular expression is too complex to say.
    """
    if isinstance(expression, Comparison):
        return any(_implies(fact, expression) for fact in facts)
    answers = (matches_all(part, facts) for part in expression.parts)
    return all(answers) if expression.need_all else any(answers)


def speaks_of(pattern: str, facts: Facts) -> bool:
    """Return True if a pattern that cannot be parsed may be about the events."""
    return any(fact.value and fact.operator == "=" and fact.value.strip("*") in pattern for fact in facts)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if not found:
            raise PatternError(f"{text[at : at + 10]!r} is not understood")
        at = found.end()
        kind = found.lastgroup or ""
        yield kind, found.group(kind)


class _Parser:
    """Parse by descent: parentheses, then `&&`, then `||`."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def parse(self) -> Expression:
        """Return the whole expression."""
        found = self._any()
        if self._at != len(self._tokens):
            raise PatternError("the pattern goes on after its end")
        return found

    def _any(self) -> Expression:
        parts = [self._all()]
        while self._takes("join", "||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Joined(need_all=False, parts=tuple(parts))

    def _all(self) -> Expression:
        parts = [self._one()]
        while self._takes("join", "&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined(need_all=True, parts=tuple(parts))

    def _one(self) -> Expression:
        if not self._takes("join", "("):
            return self._comparison()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PatternError("the pattern is nested too deeply")
        found = self._any()
        if not self._takes("join", ")"):
            raise PatternError("a parenthesis is not closed")
        self._depth -= 1
        return found

    def _comparison(self) -> Comparison:
        field = self._next("field")
        if self._kind() != "operator":
            return Comparison(field, self._state())
        operator = self._next("operator")
        kind = self._kind()
        if kind not in {"quoted", "regex", "bare"}:
            raise PatternError("a comparison has no value")
        return Comparison(field, operator, self._next(kind), is_regex=kind == "regex")

    def _state(self) -> str:
        words: list[str] = []
        while self._kind() == "bare" and tuple(words) not in _STATES:
            words.append(self._next("bare").upper())
        if tuple(words) not in _STATES:
            raise PatternError("a field is compared with nothing")
        return " ".join(words)

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self, kind: str) -> str:
        if self._kind() != kind:
            raise PatternError(f"a {kind} is missing")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _takes(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == (kind, text):
            self._at += 1
            return True
        return False


def _implies(fact: Comparison, wanted: Comparison) -> bool:
    """Return True if a comparison holds wherever a fact does."""
    if fact.field != wanted.field or fact == wanted:
        return fact == wanted
    if wanted.operator == "EXISTS":
        return fact.operator in {"=", "!=", "IS TRUE", "IS FALSE"}
    if fact.operator == "=" and wanted.operator in {"=", "!="}:
        return _value_implies(fact.value, wanted)
    # All that a fact says is not the case includes what the comparison leaves out.
    both_negate = fact.operator == wanted.operator == "!=" and not wanted.is_regex
    return both_negate and covers(fact.value, _literal(wanted.value))


def _value_implies(value: str, wanted: Comparison) -> bool:
    if wanted.is_regex:
        return _regex_decides(wanted, value)
    if wanted.operator == "=":
        return covers(_literal(wanted.value), value)
    return not may_overlap(_literal(wanted.value), value)


def _literal(value: str) -> str:
    # In a pattern of CloudWatch Logs only the star is a wildcard.
    return value if "?" not in value else value.replace("?", "\N{REPLACEMENT CHARACTER}")


def _regex_decides(wanted: Comparison, value: str) -> bool:
    """Return True if a comparison with a regular expression holds for a value.

    The value may have stars.
    """
    if has_wildcard(value) and (wanted.operator == "!=" or re.search(r"[\^$]", wanted.value)):
        raise PatternError("a regular expression of which only some values are known")
    if len(re.findall(r"[*+?{]", wanted.value)) > _MAX_QUANTIFIERS:
        raise PatternError("a regular expression with many quantifiers")
    try:
        found = re.search(wanted.value, value.strip("*")) is not None
    except re.error as error:
        raise PatternError("a regular expression that is none") from error
    return found == (wanted.operator == "=")
