"""The layers of each service in use: whose each is, and its results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.core.check import Check
from posture.core.outcome import Severity
from posture.pages.practices.check_status import CheckRow, state_of
from posture.pages.practices.queries import ServiceRow
from posture.responsibility.services import LAYERS, Owner, Service
from posture.web.scoping import here_with, url_in_scope
from posture.web.templatetags.words import NONE, figure, plural

PRACTICE_LAYERS = {
    "iam": "identity",
    "vpc": "network",
    "encryption": "encryption",
    "activity": "logs",
    "data": "data",
    "legacy": "engine",
    "hybrid": "hardware",
}
"""The layer of what a practice is about; checks of other practices look at settings."""
SETTINGS = "settings"
LOCAL_GATEWAY = "AWS::EC2::LocalGateway"
GROUPS = {
    "machine": "You run the machine",
    "engine": "You keep the engine current",
    "settings": "You run the settings",
}
"""Kinds of services by how much of them is yours, the most first."""


def layer_of(check: Check, service: Service) -> str:
    """Return the layer that a check looks at, at least partly the customer's."""
    practices = [one.removeprefix("practices:") for one in check.controls if one.startswith("practices:")]
    if {"iam", "data"} <= set(practices):
        practices.insert(0, "iam")  # who may reach the data, before what the data is
    if check.resource_type.startswith(LOCAL_GATEWAY):
        practices.insert(0, "vpc")
    for practice in practices:
        layer = PRACTICE_LAYERS.get(practice)
        if layer and service.layers[layer] in {Owner.YOURS, Owner.SHARED}:
            return layer
    return SETTINGS


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of one service: whose it is, its checks, and where it leads."""

    id: str
    name: str
    owner: Owner
    checks: Sequence[CheckRow]
    url: str

    @property
    def state(self) -> str:
        """Return the state: aws, none, fail, lesser, unknown, met, idle, unjudged.

        Idle has nothing to judge; unjudged has no check.
        """
        if self.owner is Owner.AWS:
            return "aws"
        if self.owner is Owner.NONE:
            return "none"
        if not self.checks:
            return "unjudged"
        state = state_of(self.checks)
        if state == "fail":
            worst = max(row.check.severity for row in self.failing)
            return "fail" if worst >= Severity.HIGH else "lesser"
        return {"unknown": "unknown", "pass": "met", "unused": "idle"}[state]

    @property
    def is_yours(self) -> bool:
        """Return whether it is the customer's, at least in part."""
        return self.owner in {Owner.YOURS, Owner.SHARED}

    @property
    def failing(self) -> list[CheckRow]:
        """The checks that fail, most severe first."""
        return [row for row in self.checks if row.state == "fail"]

    @property
    def figure(self) -> str:
        """Return what is printed in its cell: how many checks fail."""
        if self.state in {"fail", "lesser"}:
            return figure(len(self.failing))
        return {"unknown": "?", "none": NONE}.get(self.state, "")

    @property
    def words(self) -> str:
        """Return its state in words."""
        checks = plural(len(self.failing), "check")
        return {
            "aws": "AWS's",
            "none": "no such layer",
            "fail": f"{checks} {'fails' if len(self.failing) == 1 else 'fail'}, at least one critical or high",
            "lesser": f"{checks} {'fails' if len(self.failing) == 1 else 'fail'}, none of them critical or high",
            "unknown": "could not be seen",
            "met": "met",
            "idle": "nothing here to judge",
            "unjudged": "no check looks at it yet",
        }[self.state]

    @property
    def facts(self) -> list[CheckRow]:
        """The checks to list: those that fail, else unknown, else all judged."""
        for state in ("fail", "unknown", "pass"):
            found = [row for row in self.checks if row.state == state]
            if found:
                return found
        return []


@dataclass(frozen=True, slots=True)
class Stack:
    """A service in use with its layers."""

    row: ServiceRow
    layers: Sequence[Layer]
    url: str

    @property
    def name(self) -> str:
        """The service's title without the word that all of them begin with."""
        return self.row.service.title.removeprefix("Amazon ").removeprefix("AWS ")

    @property
    def yours(self) -> list[Layer]:
        """The layers that are the customer's and that a check judges."""
        return [layer for layer in self.layers if layer.is_yours and layer.state not in {"unjudged", "idle"}]

    @property
    def met(self) -> int:
        """How many of them are met."""
        return sum(layer.state == "met" for layer in self.yours)

    @property
    def worst(self) -> CheckRow | None:
        """The most severe of what fails."""
        return self.row.failing[0] if self.row.failing else None

    @property
    def rank(self) -> tuple[int, int, int]:
        """The sort key: severe failures, then all failures, then unknown."""
        states = [layer.state for layer in self.layers]
        return (-states.count("fail"), -len(self.row.failing), -states.count("unknown"))

    @property
    def runs(self) -> list[tuple[int, Layer]]:
        """The layers, AWS's consecutive ones as one: how many, and the first."""
        found: list[tuple[int, Layer]] = []
        for layer in self.layers:
            if found and layer.state == "aws" == found[-1][1].state:
                found[-1] = (found[-1][0] + 1, found[-1][1])
            else:
                found.append((1, layer))
        return found

    @property
    def aws(self) -> list[Layer]:
        """The layers that are AWS's."""
        return [layer for layer in self.layers if layer.state == "aws"]

    @property
    def shared(self) -> list[Layer]:
        """The layers that are shared."""
        return [layer for layer in self.layers if layer.owner is Owner.SHARED]

    @property
    def own(self) -> list[Layer]:
        """The layers that are the customer's alone, the worst first."""
        order = ("fail", "lesser", "unknown", "met", "idle", "unjudged")
        own = [layer for layer in self.layers if layer.owner is Owner.YOURS]
        return sorted(own, key=lambda layer: order.index(layer.state))


@dataclass(frozen=True, slots=True)
class DutyTotals:
    """Duties over all services: layers of the customer's that a check judges."""

    duties: int
    met: int
    unknown: int
    unjudged: int
    """Layers of the customer's that no check looks at."""

    @property
    def failing(self) -> int:
        """How many are not met."""
        return self.duties - self.met - self.unknown


def stacks(request: HttpRequest, rows: Sequence[ServiceRow]) -> list[Stack]:
    """Return the services in use with their layers, what needs attention first."""
    found = [_stack(request, row) for row in rows]
    return sorted(found, key=lambda stack: (*stack.rank, stack.row.service.title))


def _stack(request: HttpRequest, row: ServiceRow) -> Stack:
    by_layer: dict[str, list[CheckRow]] = {}
    for check in row.checks:
        by_layer.setdefault(layer_of(check.check, row.service), []).append(check)
    url = f"{here_with(request, service=row.service.id)}#service"
    layers = []
    for name, words in LAYERS.items():
        checks = by_layer.get(name, [])
        layers.append(Layer(name, words, row.service.layers[name], checks, _behind(request, checks) or url))
    return Stack(row, layers, url)


def _behind(request: HttpRequest, checks: Sequence[CheckRow]) -> str:
    """Return the URL of a layer's findings; "" where nothing fails or is unknown."""
    for state in ("fail", "unknown"):
        ids = sorted(row.check.id for row in checks if row.state == state)
        if ids:
            return url_in_scope(request, "findings:list", None, check=ids, status=state)
    return ""


def groups(found: Sequence[Stack]) -> list[tuple[str, list[Stack]]]:
    """Return the services grouped by how much of them is the customer's."""
    by_group: dict[str, list[Stack]] = {name: [] for name in GROUPS}
    for stack in found:
        by_group[_group(stack.row.service)].append(stack)
    return [(GROUPS[name], mine) for name, mine in by_group.items() if mine]


def _group(service: Service) -> str:
    if service.layers["host"] is not Owner.AWS or service.layers["hardware"] is not Owner.AWS:
        return "machine"
    return "engine" if service.layers["engine"] is not Owner.AWS else "settings"


def worst(found: Sequence[Stack]) -> str:
    """Return the id of the service that needs attention first."""
    return found[0].row.service.id


def title(found: Sequence[Stack]) -> str:
    """Return the point of the table: the layer that is not met in most services."""
    unmet = Counter(layer.name for stack in found for layer in stack.yours if layer.state in {"fail", "lesser"})
    if not unmet:
        return "No layer of yours is known to be unmet"
    (name, number), *rest = unmet.most_common(2)
    first = f"{name}: not met in {plural(number, 'service')}"
    return f"{first}, more than any other layer" if not rest or rest[0][1] < number else first


def totals(found: Sequence[Stack]) -> DutyTotals:
    """Count the duties that are the customer's over all services."""
    mine = [layer for stack in found for layer in stack.yours]
    return DutyTotals(
        len(mine),
        sum(layer.state == "met" for layer in mine),
        sum(layer.state == "unknown" for layer in mine),
        sum(layer.state == "unjudged" for stack in found for layer in stack.layers),
    )
