"""The Organization as a tree of units and accounts, each unit with the mean of what is below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.access import units_seen_by
from accounts.models import OrganizationalUnit, User
from posture.core.score import Band, mean
from posture.estate.guardrails import Guardrail
from posture.estate.standing import Row
from posture.history import read
from posture.history.read.points import points_at
from posture.history.read.scores import band_of
from posture.history.scope import Scope


@dataclass
class Node:
    """A unit with what is in it; the figures are over all accounts below it, at any depth."""

    unit: OrganizationalUnit | None
    """None for accounts that lie in no unit that the user sees."""
    level: int = 0
    units: list[Node] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    before: Band | None = None
    series: Sequence[float] = ()
    guardrails: Sequence[Guardrail] = ()
    """Policies attached to the unit itself."""

    @property
    def name(self) -> str:
        """What the unit is called."""
        return self.unit.name if self.unit else "In no unit"

    @property
    def below(self) -> Iterator[Row]:
        """Every account at any depth."""
        yield from self.accounts
        for unit in self.units:
            yield from unit.below

    @property
    def count(self) -> int:
        """How many accounts there are below."""
        return sum(1 for _ in self.below)

    @property
    def band(self) -> Band | None:
        """The mean of the accounts' scores by weight; None where nothing was judged."""
        return mean((row.band, row.weight) for row in self.below)

    @property
    def change(self) -> float | None:
        """Points of the lower end since the date of comparison."""
        return self.band.low - self.before.low if self.band and self.before else None

    @property
    def critical(self) -> int:
        """Open critical findings."""
        return sum(row.critical or 0 for row in self.below)

    @property
    def blind_share(self) -> float | None:
        """Mean share not seen, by weight; None where nothing below was ever swept."""
        known = [(row.blind_share, row.weight) for row in self.below if row.blind_share is not None]
        total = sum(weight for _, weight in known)
        return sum(share * weight for share, weight in known) / total if total else None

    @property
    def unswept(self) -> int:
        """Accounts below that sweeps do not ask."""
        return sum(not row.is_swept for row in self.below)


def forest(scope: Scope, user: User, rows: Iterable[Row], guardrails: Mapping[str, Sequence[Guardrail]]) -> list[Node]:
    """Return the roots of the tree, units in order of name, accounts as they come; empty units are kept."""
    units = list(_units(scope, user))
    nodes = {unit.pk: Node(unit, guardrails=guardrails.get(unit.ou_id, ())) for unit in units}
    loose = Node(None)
    for row in rows:
        nodes.get(row.account.unit_id or 0, loose).accounts.append(row)
    roots = [node for node in nodes.values() if node.unit and node.unit.parent_id not in nodes]
    for node in nodes.values():
        if node.unit and node.unit.parent_id in nodes:
            nodes[node.unit.parent_id].units.append(node)
    found = [*roots, *([loose] if loose.accounts else [])]
    _measure(scope, found)
    return found


def _units(scope: Scope, user: User) -> Iterable[OrganizationalUnit]:
    seen = units_seen_by(user).filter(organization=scope.organization, gone_at=None)
    if scope.unit is not None:
        seen = seen.filter(path__startswith=scope.unit.path)
    if scope.account is not None:
        seen = seen.filter(pk=scope.account.unit_id or 0)
    return seen.order_by("name", "pk")


def _measure(scope: Scope, roots: Sequence[Node]) -> None:
    """Give every node its depth, its score at the date of comparison, and its line."""
    before = {pk: band_of(point.low, point.high) for pk, point in points_at(scope, scope.compare_to).items()}
    series = read.unit_series(scope)
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        node.before = mean((before.get(row.account.pk), row.weight) for row in node.below)
        node.series = series.get(node.unit.pk, ()) if node.unit else ()
        for unit in node.units:
            unit.level = node.level + 1
        waiting += node.units
