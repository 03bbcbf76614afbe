"""One condition of a statement: an operator, a key, and the policy's values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from posture.core.conditions import Condition
from posture.core.iam.context import Context, Doubt, context_text
from posture.core.iam.globs import MARK, STAR, Matcher
from posture.core.iam.logic import Truth, any_of, certain, negated
from posture.core.iam.operators import OPERATORS, Operator
from posture.core.iam.strangers import names_somebody
from posture.core.iam.variables import Template, template

_IF_EXISTS = "ifexists"
NULL = "null"


class Quantifier(StrEnum):
    """How a condition treats several values of the request."""

    NONE = ""
    ALL = "forallvalues"
    ANY = "foranyvalue"


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition, ready to be compared with requests."""

    operator: Operator | None
    """None for Null, and for an operator that is not known."""
    name: str
    """The operator as the policy writes it."""
    key: str
    key_lower: str
    values: tuple[str, ...]
    quantifier: Quantifier
    if_exists: bool
    is_null: bool
    match: Matcher | None
    """None if a value has variables."""
    templates: tuple[Template | str, ...] = ()

    def truth(self, context: Context) -> Truth:
        """Return whether a request meets the condition."""
        found = context.get(self.key_lower)
        if self.is_null:
            return self._is_absent(found)
        if self.operator is None:
            return None
        if found is None:
            return self._if_absent(self.operator)
        if found is Doubt.VALUE:
            return self._of_any_value(self.operator)
        if isinstance(found, Doubt):
            absent = self._if_absent(self.operator)
            present = self._of_stranger(self.operator) if found is Doubt.STRANGER else self._of_any_value(self.operator)
            return absent if absent is present else None
        return self._of_values(found, self.operator, context)

    def _is_absent(self, found: object) -> Truth:
        expected = {value.lower() for value in self.values}
        if isinstance(found, Doubt) and found.may_be_absent:
            return True if expected >= {"true", "false"} else None
        return ("true" if found is None else "false") in expected

    def _if_absent(self, operator: Operator) -> bool:
        if self.if_exists or self.quantifier is Quantifier.ALL:
            return True
        return operator.is_negated and self.quantifier is not Quantifier.ANY

    def _of_any_value(self, operator: Operator) -> Truth:
        """Return the truth for a key that is present with a value not known."""
        if not self.values:
            return operator.is_negated
        if operator.accepts_all(self.values):
            return not operator.is_negated
        return None

    def _of_stranger(self, operator: Operator) -> Truth:
        if names_somebody(self.key_lower, self.values, operator):
            return operator.is_negated
        return self._of_any_value(operator)

    def _of_values(self, found: Sequence[str], operator: Operator, context: Context) -> Truth:
        if self.quantifier is Quantifier.ALL:
            # An empty text is as good as no value.
            found = [value for value in found if value]
        each = [self._matches(value, operator, context) for value in found]
        if self.quantifier is Quantifier.ALL:
            outcomes = each if operator.is_negated else map(negated, each)
            return negated(any_of(outcomes))
        if self.quantifier is Quantifier.ANY and operator.is_negated:
            return any_of(map(negated, each))
        matched = any_of(each)
        return negated(matched) if operator.is_negated else matched

    def _matches(self, value: str, operator: Operator, context: Context) -> Truth:
        if self.match is not None:
            return self.match(value)
        return any_of(_matches_template(one, value, operator, context) for one in self.templates)

    def sentence(self) -> str:
        """Return the condition in words: `aws:SourceIp is in 203.0.113.0/24`."""
        values = " or ".join(self.values)
        if self.is_null:
            return f"{self.key} is {'absent' if 'true' in self.values else 'present'}"
        if self.operator is None:
            return f"{self.key} meets {self.name} {values}"
        every = {Quantifier.ALL: "every value of ", Quantifier.ANY: "a value of "}.get(self.quantifier, "")
        absent = ", or is absent" if self.if_exists else ""
        return f"{every}{self.key} {self.operator.phrase} {values}{absent}"


def _matches_template(one: Template | str, value: str, operator: Operator, context: Context) -> Truth:
    if isinstance(one, str):
        return operator.compile([one])(value)
    resolved = one.resolve(context)
    if resolved is None:
        return False
    if not resolved.is_certain:
        return certain(operator.compile_pattern([resolved.text])(value), is_certain=False)
    text = resolved.text if operator.are_patterns else resolved.text.replace(STAR, "*").replace(MARK, "?")
    return operator.compile([text])(value)


def compile_conditions(raw: Any, *, has_variables: bool) -> Iterator[CompiledCondition]:
    """Yield the conditions of a statement's Condition element."""
    for name, keys in (raw or {}).items() if isinstance(raw, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            listed = values if isinstance(values, list | tuple) else [values]
            yield _compiled(name, key, tuple(map(context_text, listed)), has_variables=has_variables)


@lru_cache(maxsize=65_536)
def condition_for_strangers(condition: Condition) -> CompiledCondition:
    """Return one condition of a parsed statement, compiled without variables."""
    return _compiled(*condition, has_variables=False)


def _compiled(name: str, key: str, values: tuple[str, ...], *, has_variables: bool) -> CompiledCondition:
    quantifier, plain = _split(name.lower())
    if_exists = plain.endswith(_IF_EXISTS)
    plain = plain.removesuffix(_IF_EXISTS)
    operator = OPERATORS.get(plain)
    resolves = has_variables and operator is not None and operator.takes_variables
    templates = tuple(template(value) or value for value in values) if resolves else ()
    is_fixed = all(isinstance(one, str) for one in templates)
    match = operator.compile(values) if operator and is_fixed else None
    return CompiledCondition(
        operator, name, key, key.lower(), values, quantifier, if_exists, plain == NULL, match, templates
    )


def _split(name: str) -> tuple[Quantifier, str]:
    for quantifier in (Quantifier.ALL, Quantifier.ANY):
        if name.startswith(f"{quantifier}:"):
            return quantifier, name.removeprefix(f"{quantifier}:")
    return Quantifier.NONE, name
