"""The policies that decide about requests, and their statements by action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from posture.core.iam.documents import PolicyInput
from posture.core.iam.statements import CompiledStatement
from posture.core.values import Unknown

ACTIONS_MAX = 1_024
"""Actions of which the statements are kept."""


@dataclass(frozen=True, slots=True)
class LayerStatements:
    """The statements of one layer about an action, with the paths of their policies."""

    name: str
    statements: tuple[tuple[str, CompiledStatement], ...] = ()
    unread: tuple[tuple[str, Unknown], ...] = ()


@dataclass(frozen=True, slots=True)
class StatementsOfAction:
    """The statements about one action, by layer."""

    identity: LayerStatements
    boundary: LayerStatements
    session: LayerStatements
    resource: LayerStatements
    endpoint: LayerStatements
    scp: tuple[LayerStatements, ...]
    rcp: tuple[LayerStatements, ...]


@dataclass(frozen=True, eq=False)
class PolicySet:
    """The policies that decide about a principal's requests on a resource."""

    identity: tuple[PolicyInput, ...] = ()
    boundary: PolicyInput | None = None
    session: PolicyInput | None = None
    scp: tuple[tuple[PolicyInput, ...], ...] = ()
    """Of the caller's account by level, from the root to the account; empty outside an Organization."""
    rcp: tuple[tuple[PolicyInput, ...], ...] = ()
    """Of the resource's account by level; AWS's own RCPFullAWSAccess is always there."""
    resource: PolicyInput | None = None
    endpoint: PolicyInput | None = None
    """The policy of the VPC endpoint that the request comes through."""
    _by_action: dict[str, StatementsOfAction] = field(default_factory=dict, init=False, repr=False)

    def about(self, action: str) -> StatementsOfAction:
        """Return the statements about an action, given in lower case."""
        found = self._by_action.get(action)
        if found is None:
            if len(self._by_action) >= ACTIONS_MAX:
                self._by_action.clear()
            found = self._by_action[action] = self._find(action)
        return found

    def _find(self, action: str) -> StatementsOfAction:
        return StatementsOfAction(
            _layer("identity", _listed("identity", self.identity), action),
            _layer("boundary", _single("boundary", self.boundary), action),
            _layer("session", _single("session", self.session), action),
            _layer("resource", _single("resource", self.resource), action),
            _layer("endpoint", _single("endpoint", self.endpoint), action),
            tuple(_levels("scp", self.scp, action)),
            tuple(_levels("rcp", self.rcp, action)),
        )


def _levels(name: str, levels: Iterable[Iterable[PolicyInput]], action: str) -> Iterator[LayerStatements]:
    for level, policies in enumerate(levels):
        yield _layer(f"{name}[{level}]", _listed(f"{name}[{level}]", policies), action)


def _listed(name: str, policies: Iterable[PolicyInput]) -> Iterator[tuple[str, PolicyInput]]:
    for index, policy in enumerate(policies):
        yield f"{name}[{index}]", policy


def _single(name: str, policy: PolicyInput | None) -> Iterator[tuple[str, PolicyInput]]:
    if policy is not None:
        yield name, policy


def _layer(name: str, policies: Iterable[tuple[str, PolicyInput]], action: str) -> LayerStatements:
    statements, unread = list[tuple[str, CompiledStatement]](), list[tuple[str, Unknown]]()
    for path, policy in policies:
        if isinstance(policy, Unknown):
            unread.append((path, policy))
        else:
            statements += [(path, statement) for statement in policy.about(action)]
    return LayerStatements(name, tuple(statements), tuple(unread))
