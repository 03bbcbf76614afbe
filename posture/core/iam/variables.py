"""Policy variables such as `${aws:username}`, resolved from a request's context.

They exist in policies of Version 2012-10-17 only. A variable without a value makes its statement void.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posture.core.iam.context import Context, Doubt
from posture.core.iam.globs import literal

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_LITERALS = frozenset("*?$")
_QUOTES = ("'", "'")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its key in lower case, and its default value if any."""

    key: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with its variables resolved."""

    text: str
    is_certain: bool = True
    """False if a value is not known: the text then has a wildcard in its place."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with variables: literal parts, variables, and literal characters."""

    parts: tuple[str | Variable, ...]
    """Literal parts are patterns: they keep their wildcards."""

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables of the text."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    def resolve(self, context: Context) -> Resolved | None:
        """Return the pattern for a request, or None if a variable has no value."""
        texts, is_certain = list[str](), True
        for part in self.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            value = context.get_single(part.key)
            if isinstance(value, Doubt):
                texts.append("*")
                is_certain = False
            elif value is None and part.default is None:
                return None
            else:
                texts.append(literal(part.default or "" if value is None else value))
        return Resolved("".join(texts), is_certain)

    def may_be_void(self, context: Context) -> bool:
        """Return True if it is not known whether each variable has a value."""
        values = [context.get_single(one.key) for one in self.variables if one.default is None]
        return any(isinstance(value, Doubt) and value.may_be_absent for value in values)


def template(text: str) -> Template | None:
    """Return the template of a text that has variables, else None."""
    if "${" not in text:
        return None
    parts = list[str | Variable]()
    end = 0
    for match in _VARIABLE.finditer(text):
        parts += [text[end : match.start()], _part(match[1])]
        end = match.end()
    parts.append(text[end:])
    return Template(tuple(part for part in parts if part != "")) if end else None


def _part(name: str) -> str | Variable:
    if name in _LITERALS:
        return literal(name)
    # By hand: as an expression, "key, 'default'" takes cubic time on a text of spaces.
    key, comma, default = (part.strip() for part in name.partition(","))
    if (
        key
        and comma
        and len(default) >= len(_QUOTES)
        and (default[0], default[-1]) == _QUOTES
        and "'" not in default[1:-1]
    ):
        return Variable(key.lower(), default[1:-1])
    return Variable(name.strip().lower())
