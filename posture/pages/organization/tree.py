"""The tree of units and accounts, with mean scores of units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from accounts.access import units_seen_by
from accounts.models import OrganizationalUnit, Ownership, User
from posture.core.score import Band, mean
from posture.drawing import scores
from posture.history.query import load_points, make_band
from posture.history.scope import Scope
from posture.pages.organization.account_status import AccountStatus, Look
from posture.pages.organization.guardrails import Guardrail

DEPTH_MAX = 5
"""Levels of units below the root, as many as AWS allows."""
LOW_SCORE = 70
"""Scores below this are low, as on the overview."""


@dataclass
class TreeNode:
    """A unit with its contents; figures are over all accounts below it."""

    unit: OrganizationalUnit | None
    """None for accounts in no unit that the user sees."""
    level: int = 0
    units: list[TreeNode] = field(default_factory=list)
    accounts: list[AccountStatus] = field(default_factory=list)
    before: Band | None = None
    owners: Sequence[str] = ()
    """The owners of the unit as a whole."""
    guardrails: Sequence[Guardrail] = ()
    """Policies attached to the unit itself."""

    @property
    def name(self) -> str:
        """The unit's name."""
        return self.unit.name if self.unit else "In no unit"

    @property
    def below(self) -> Iterator[AccountStatus]:
        """Every account at any depth."""
        yield from self.accounts
        for unit in self.units:
            yield from unit.below

    @property
    def count(self) -> int:
        """The number of accounts below."""
        return sum(1 for _ in self.below)

    @property
    def band(self) -> Band | None:
        """The mean of the accounts' scores by weight; None if nothing was judged."""
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
        """Mean share not seen, by weight; None if nothing below was ever swept."""
        known = [(row.blind_share, row.weight) for row in self.below if row.blind_share is not None]
        total = sum(weight for _, weight in known)
        return sum(share * weight for share, weight in known) / total if total else None

    @property
    def is_empty(self) -> bool:
        """Return True if no account is below it."""
        return not self.count

    @property
    def low(self) -> int:
        """The number of accounts below with a score under 70."""
        return sum(row.band is not None and row.band.low < LOW_SCORE for row in self.below)

    @property
    def unread(self) -> int:
        """The number of accounts below that are shown as last seen, or unknown."""
        return sum(row.look is not Look.SWEPT for row in self.below)

    @property
    def drawing(self) -> SafeString:
        """The mean as a bar."""
        return scores.draw(self.band.low, self.band.high) if self.band else scores.draw(None, None)

    @property
    def unit_pks(self) -> list[int]:
        """The primary keys of the unit and all units below it."""
        own = [self.unit.pk] if self.unit else []
        return [*own, *(pk for unit in self.units for pk in unit.unit_pks)]


def forest(
    scope: Scope, user: User, rows: Iterable[AccountStatus], guardrails: Mapping[str, Sequence[Guardrail]]
) -> list[TreeNode]:
    """Return the roots of the tree; units by name, accounts in the given order."""
    units = list(_units(scope, user))
    nodes = {unit.pk: TreeNode(unit, guardrails=guardrails.get(unit.ou_id, ())) for unit in units}
    loose = TreeNode(None)
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


def _measure(scope: Scope, roots: Sequence[TreeNode]) -> None:
    """Give every node its depth, its score at the date of comparison, and its owners."""
    before = {pk: make_band(point.low, point.high) for pk, point in load_points(scope, scope.compare_to).items()}
    owners = _owners(roots)
    pending = list(roots)
    while pending:
        node = pending.pop()
        node.before = mean((before.get(row.account.pk), row.weight) for row in node.below)
        node.owners = owners.get(node.unit.pk, ()) if node.unit else ()
        for unit in node.units:
            unit.level = node.level + 1
        pending += node.units


def _owners(roots: Sequence[TreeNode]) -> dict[int, list[str]]:
    """Return the names of those who own units as a whole, by unit."""
    wanted = [pk for node in roots for pk in node.unit_pks]
    found: dict[int, list[str]] = {}
    owned = Ownership.objects.filter(unit__in=wanted, user__is_active=True).select_related("user")
    for one in owned.order_by("user__username"):
        if one.unit_id is not None:
            found.setdefault(one.unit_id, []).append(one.user.get_full_name() or one.user.username)
    return found
