"""The statements of one layer that apply to a request, or may."""

from __future__ import annotations

from dataclasses import dataclass

from posture.core.iam.logic import Truth, all_of
from posture.core.iam.policy_set import LayerStatements
from posture.core.iam.principals import Grade
from posture.core.iam.request import Request
from posture.core.iam.statements import CompiledStatement
from posture.core.values import Unknown


@dataclass(slots=True)
class Hit:
    """A statement, or grant, that applies to a request; `truth` is None if it may."""

    path: str
    truth: Truth
    grade: Grade = Grade.DIRECT
    statement: CompiledStatement | None = None

    @property
    def full_path(self) -> str:
        """The path down to the statement: `identity[0].Statement[2]`."""
        return f"{self.path}.Statement[{self.statement.index}]" if self.statement else self.path


class PolicyLayer:
    """What the policies of one layer say about a request."""

    __slots__ = ("allows", "denies", "name", "unread")

    def __init__(self, name: str) -> None:
        """Begin with a layer that says nothing."""
        self.name = name
        self.allows: list[Hit] = []
        self.denies: list[Hit] = []
        self.unread: list[tuple[str, Unknown]] = []

    def without_denies(self) -> PolicyLayer:
        """Return the layer with its Allow statements alone."""
        layer = PolicyLayer(self.name)
        layer.allows, layer.unread = self.allows, self.unread
        return layer

    def without_allows(self) -> PolicyLayer:
        """Return the layer with its Deny statements alone."""
        layer = PolicyLayer(self.name)
        layer.denies, layer.unread = self.denies, self.unread
        return layer

    def allowed(self, least: Grade = Grade.NONE, most: Grade = Grade.DIRECT) -> Truth:
        """Return whether a statement of these grades allows the request."""
        truth: Truth = None if self.unread else False
        for hit in self.allows:
            if least <= hit.grade <= most:
                if hit.truth:
                    return True
                truth = None
        return truth

    def denied(self) -> Truth:
        """Return whether a statement denies the request."""
        truth: Truth = None if self.unread else False
        for hit in self.denies:
            if hit.truth:
                return True
            truth = None
        return truth


def read_layer(found: LayerStatements, request: Request, *, by_principal: bool = False) -> PolicyLayer:
    """Return what the statements of a layer say; those of resources name principals."""
    layer = PolicyLayer(found.name)
    layer.unread += found.unread
    for path, statement in found.statements:
        truth = statement.truth(request.resource.arn, request.context)
        if truth is False:
            continue
        hit = _named(path, statement, truth, request) if by_principal else Hit(path, truth, Grade.DIRECT, statement)
        if hit.truth is not False:
            (layer.allows if statement.allows else layer.denies).append(hit)
    return layer


def _named(path: str, statement: CompiledStatement, truth: Truth, request: Request) -> Hit:
    named = statement.named(request.caller, has_boundary=request.policies.boundary is not None)
    return Hit(path, all_of((truth, named.truth)), named.grade, statement)
