"""An account's policies, parsed once, and what each allows. Knows no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from posture.core.policy import Statement, parse
from posture.core.values import Unknown

MFA_KEY = "aws:multifactorauthpresent"
"""A condition on the second factor limits how an action is used, and not what it leads to."""


STEP_SERVICES = frozenset({"iam", "sts"})
"""Services in which each step to more power has an action; launching alone is none."""


@dataclass(frozen=True)
class PolicyDocument:
    """A policy of an identity, and the record that stores it."""

    name: str
    kind: str
    """Inline policy, managed policy, or those of a group."""
    holder: int
    """Id of the resource whose configuration holds the document."""
    path: str
    """Where in that configuration it is."""
    statements: tuple[Statement, ...] = ()
    is_readable: bool = True
    arn: str = ""
    by_action: dict[str, tuple[Statement, ...]] = field(default_factory=dict, compare=False)
    """Allowing statements that count, by action; filled when asked for."""

    @cached_property
    def may_step(self) -> bool:
        """Return False where nothing is allowed in the services that steps begin in."""
        return any(
            each.allows and (each.not_actions or any(map(_is_of_step, each.actions))) for each in self.statements
        )

    @property
    def denies(self) -> Iterator[Statement]:
        """The statements that deny whatever the circumstances."""
        return (each for each in self.statements if not each.allows and not each.conditions)

    def allowing(self, action: str) -> tuple[Statement, ...]:
        """Return statements that allow an action without conditions but MFA."""
        if action not in self.by_action:
            self.by_action[action] = tuple(
                each for each in self.statements if each.allows and each.does(action) and _counts(each)
            )
        return self.by_action[action]


def _is_of_step(action: str) -> bool:
    service = action.partition(":")[0].lower()
    return service in STEP_SERVICES or "*" in service or "?" in service


def _counts(statement: Statement) -> bool:
    return all(condition.key.lower() == MFA_KEY for condition in statement.conditions)


def read_document(document: Any, name: str, kind: str, holder: int, path: str, arn: str = "") -> PolicyDocument:
    """Return a stored policy document.

    One that was not read allows nothing that is known.
    """
    if not isinstance(document, Mapping):
        return PolicyDocument(name, kind, holder, path, is_readable=False, arn=arn)
    return PolicyDocument(name, kind, holder, path, parse(document).statements, arn=arn)


def read_inline(policies: Any, key: str, holder: int, of: str = "") -> list[PolicyDocument]:
    """Return the inline policies below `key` of a configuration."""
    kind = f"inline policy of {of}" if of else "inline policy"
    if isinstance(policies, Unknown):
        return [PolicyDocument("", kind, holder, key, is_readable=False)]
    return [
        read_document(each["PolicyDocument"], str(each["PolicyName"]), kind, holder, f"{key}[{place}].PolicyDocument")
        for place, each in enumerate(policies or ())
    ]


@dataclass(frozen=True, slots=True)
class Permissions:
    """All policies of an identity, and its boundary."""

    documents: Sequence[PolicyDocument]
    boundary: PolicyDocument | None = None

    @property
    def is_readable(self) -> bool:
        """Return True if each of its policies could be read."""
        return all(one.is_readable for one in self.documents) and (self.boundary is None or self.boundary.is_readable)

    @property
    def may_step(self) -> bool:
        """Return False where no policy allows anything that leads to more power."""
        return any(one.may_step for one in self.documents)

    def find(self, action: str, target: str) -> tuple[PolicyDocument, Statement] | None:
        """Return what allows an action on a resource, None if nothing certainly does."""
        if not self._is_within(action, target) or self.is_denied(action, target):
            return None
        for one in self.documents:
            for statement in one.allowing(action):
                if not target or statement.on(target):
                    return one, statement
        return None

    def is_denied(self, action: str, target: str) -> bool:
        """Return True if a policy denies an action on a resource unconditionally."""
        return any(each.does(action) and each.on(target or "*") for one in self.documents for each in one.denies)

    def _is_within(self, action: str, target: str) -> bool:
        """Return True if the boundary allows an action."""
        if self.boundary is None:
            return True
        allows = any(not target or each.on(target) for each in self.boundary.allowing(action))
        return allows and not any(each.does(action) and each.on(target or "*") for each in self.boundary.denies)
