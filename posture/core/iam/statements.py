"""One statement of a policy, compiled: whom, what and under which conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from posture.core.iam.condition import CompiledCondition, compile_conditions
from posture.core.iam.context import Context, Doubt
from posture.core.iam.globs import Matcher, complete_arn, glob_matcher
from posture.core.iam.logic import Truth, all_of, any_of, certain, negated
from posture.core.iam.principals import EVERYONE, NOBODY, Caller, Grade, Named, PrincipalElement, compile_principals
from posture.core.iam.variables import Template, template

VARIABLES_SINCE = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Patterns:
    """A Resource or NotResource element: fixed patterns, and ones with variables."""

    match: Matcher
    templates: tuple[Template, ...] = ()

    def matches(self, text: str, context: Context) -> Truth:
        """Return whether any pattern matches a resource."""
        if self.match(text):
            return True
        return any_of(_matches(one, text, context) for one in self.templates) if self.templates else False


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """A statement, ready to be compared with requests."""

    index: int
    allows: bool
    does: Callable[[str], bool]
    """Takes an action in lower case."""
    resources: Patterns | None
    not_resources: Patterns | None
    principals: PrincipalElement | None
    not_principals: PrincipalElement | None
    conditions: tuple[CompiledCondition, ...]
    templates: tuple[Template, ...]
    """All texts with variables: one without a value makes the statement void."""

    def truth(self, arn: str, context: Context) -> Truth:
        """Return whether the statement applies to a resource, whoever asks.

        Its action is not compared: policies look statements up by it.
        """
        truth: Truth = True
        if self.resources is not None:
            truth = self.resources.matches(arn, context)
        if self.not_resources is not None:
            truth = all_of((truth, negated(self.not_resources.matches(arn, context))))
        if truth is False:
            return False
        if self.templates:
            truth = all_of((truth, self._has_values(context)))
        for condition in self.conditions:
            met = meets(condition, context, allows=self.allows)
            if met is False:
                return False
            truth = truth if met else None
        return truth

    def _has_values(self, context: Context) -> Truth:
        if any(one.resolve(context) is None for one in self.templates):
            return False
        return None if any(one.may_be_void(context) for one in self.templates) else True

    def named(self, caller: Caller, *, has_boundary: bool) -> Named:
        """Return how closely a resource policy's statement names a caller."""
        if self.principals is not None:
            return self.principals.named(caller)
        if self.not_principals is None:
            return NOBODY
        if has_boundary and not self.allows:
            # Documented: such a Deny hits every principal that has a boundary, listed or not.
            return EVERYONE
        return Named(Grade.DIRECT, negated(self.not_principals.spares(caller)))

    def residue(self, context: Context) -> Iterator[str]:
        """Yield what is not known of the statement for a request, in sentences."""
        word = "if" if self.allows else "unless"
        for condition in self.conditions:
            if meets(condition, context, allows=self.allows) is None:
                yield f"{word} {condition.sentence()}"
        for variable in dict.fromkeys(variable for one in self.templates for variable in one.variables):
            if isinstance(context.get_single(variable.key), Doubt):
                yield f"{word} {variable.key} has the value that the policy's variable needs"


def meets(condition: CompiledCondition, context: Context, *, allows: bool) -> Truth:
    """Return whether a request meets a condition of an Allow, or of a Deny."""
    truth = condition.truth(context)
    found = context.get(condition.key_lower)
    return allows if truth is None and isinstance(found, Doubt) and found.is_callers_choice else truth


def compile_statement(index: int, raw: Mapping[str, Any], version: str) -> CompiledStatement:
    """Compile one statement of a policy of a version."""
    has_variables = version == VARIABLES_SINCE
    resources = _patterns(raw.get("Resource"), has_variables=has_variables)
    not_resources = _patterns(raw.get("NotResource"), has_variables=has_variables)
    conditions = tuple(compile_conditions(raw.get("Condition"), has_variables=has_variables))
    within = (one for condition in conditions for one in condition.templates if isinstance(one, Template))
    templates = (*(resources.templates if resources else ()), *(not_resources.templates if not_resources else ()))
    return CompiledStatement(
        index,
        str(raw.get("Effect", "")).lower() == "allow",
        _actions(raw),
        resources,
        not_resources,
        compile_principals(raw["Principal"]) if "Principal" in raw else None,
        compile_principals(raw["NotPrincipal"]) if "NotPrincipal" in raw else None,
        conditions,
        tuple(one for one in (*templates, *within) if one.variables),
    )


def _matches(one: Template, text: str, context: Context) -> Truth:
    resolved = one.resolve(context)
    if resolved is None:
        return False
    return certain(glob_matcher([complete_arn(resolved.text)])(text), is_certain=resolved.is_certain)


def _actions(raw: Mapping[str, Any]) -> Callable[[str], bool]:
    if "NotAction" in raw:
        spared = glob_matcher([text.lower() for text in texts(raw["NotAction"])])
        return lambda action: not spared(action)
    return glob_matcher([text.lower() for text in texts(raw.get("Action"))])


def _patterns(raw: Any, *, has_variables: bool) -> Patterns | None:
    if raw is None:
        return None
    fixed, templates = list[str](), list[Template]()
    for text in texts(raw):
        found = template(text) if has_variables else None
        if found is None:
            fixed.append(complete_arn(text))
        else:
            templates.append(found)
    return Patterns(glob_matcher(fixed), tuple(templates))


def texts(raw: Any) -> list[str]:
    """Return an element that is one text or a list of them as a list."""
    if raw is None:
        return []
    return [str(one) for one in raw] if isinstance(raw, list | tuple) else [str(raw)]
