"""Queries of the data page: stores, their classification and exposure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from accounts.models import AwsAccount
from posture.collectors import all_collectors
from posture.core.classification import DEFAULT, Scheme, own_scheme
from posture.core.collector import Collector
from posture.history import query
from posture.history.query import FindingRecord, ResourceRecord
from posture.history.scope import Scope
from posture.pages.data.exposure import (
    EXPOSURE_WORDS,
    DataExposure,
    classification_checks,
    exposures_of,
    opening_checks,
    sharing_checks,
)

UNCLASSIFIED = ""


def scheme_of(scope: Scope) -> Scheme:
    """Return how the scope's organization classifies its data."""
    organization = scope.organization
    if organization is None:
        return DEFAULT
    return own_scheme(organization.classification_keys, organization.sensitive_values)


def store_types() -> dict[str, Collector]:
    """Return the collectors of types that store customers' data."""
    return {kind: one for kind, one in all_collectors().items() if one.data_store}


def stores(scope: Scope) -> QuerySet[ResourceRecord]:
    """Return the data stores in scope."""
    return query.resources(scope).filter(type__in=store_types()).select_related("account")


def opened(scope: Scope) -> QuerySet[FindingRecord]:
    """Return open findings of exposed stores that are not accepted, severest first."""
    found = query.findings(scope).filter(
        status="fail", check_id__in=opening_checks() | sharing_checks(), triage__in=["open", "in_progress"]
    )
    return found.select_related("account").order_by("-severity", "opened_at")


@dataclass(slots=True)
class DataRow:
    """The stores of one account and kind by classification and exposure."""

    account: AwsAccount
    kind: Collector
    scheme: Scheme
    counts: dict[str, int] = field(default_factory=dict)
    exposed: int = 0
    exposed_sensitive: int = 0
    unseen: int = 0
    unread: int = 0
    """Stores whose tags could not be read: their classification is unknown."""

    @property
    def total(self) -> int:
        """Return the number of stores."""
        return sum(self.counts.values())

    @property
    def sensitive(self) -> int:
        """Return the number of stores classified as sensitive."""
        return sum(self.counts.get(level.name, 0) for level in self.scheme.levels if level.sensitive)

    @property
    def unclassified(self) -> int:
        """Return the number of stores known to be unclassified."""
        return self.counts.get(UNCLASSIFIED, 0) - self.unread

    @property
    def other(self) -> int:
        """Return the number of stores classified as not sensitive."""
        return self.total - self.sensitive - self.counts.get(UNCLASSIFIED, 0)

    @property
    def order(self) -> tuple[bool, int, int, int, str, str]:
        """The sort key: exposed sensitive stores first, accounts not swept last."""
        is_last = not self.account.is_swept
        return (is_last, -self.exposed_sensitive, -self.exposed, -self.sensitive, self.account.name, self.kind.plural)


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A store that others can access, with its exposures."""

    finding: FindingRecord
    """The most severe one."""
    level: str
    """Empty if the store has no classification."""
    is_sensitive: bool
    exposures: Sequence[DataExposure]

    @property
    def is_stale(self) -> bool:
        """Return True if it is shown as last seen."""
        return self.finding.stale_since is not None or not self.finding.account.is_swept

    @property
    def exposure_names(self) -> list[str]:
        """The names of its exposures."""
        return [EXPOSURE_WORDS[exposure].name for exposure in self.exposures]

    @property
    def is_public(self) -> bool:
        """Return True if it is open to anyone, not only to named accounts."""
        return any(exposure is not DataExposure.SHARED for exposure in self.exposures)


@dataclass(frozen=True, slots=True)
class DataMap:
    """All stores of a scope, and their totals."""

    rows: Sequence[DataRow]
    scheme: Scheme
    totals: dict[str, int]
    open_stores: Sequence[OpenStore]
    """Stores that others can access, sensitive data first."""

    @property
    def stores(self) -> int:
        """Return the number of stores."""
        return sum(row.total for row in self.rows)

    @property
    def sensitive(self) -> int:
        """Return the number of stores classified as sensitive."""
        return sum(row.sensitive for row in self.rows)

    @property
    def unclassified(self) -> int:
        """Return the number of stores known to be unclassified."""
        return sum(row.unclassified for row in self.rows)

    @property
    def unread(self) -> int:
        """Return the number of stores whose classification could not be read."""
        return sum(row.unread for row in self.rows)

    @property
    def unseen(self) -> int:
        """Return the number of stores that could not be seen in the latest sweep."""
        return sum(row.unseen for row in self.rows)

    @property
    def exposed_stores(self) -> int:
        """Return the number of stores that are open to anyone."""
        return sum(row.exposed for row in self.rows)

    @property
    def exposed_sensitive(self) -> int:
        """Return the number of sensitive stores that are open to anyone."""
        return sum(row.exposed_sensitive for row in self.rows)

    @property
    def shared(self) -> int:
        """Return the number of stores that are only shared outside the organization."""
        return sum(not one.is_public for one in self.open_stores)

    @property
    def levels(self) -> list[tuple[str, bool]]:
        """Return the scheme's levels and whether each is sensitive, sensitive ones first."""
        levels = self.scheme.levels
        mild = [level for level in levels if not level.sensitive]
        return [(one.name, one.sensitive) for one in (*(each for each in levels if each.sensitive), *reversed(mild))]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account's stores, with a cell per kind; None if it has none."""

    account: AwsAccount
    cells: Sequence[DataRow | None]

    @property
    def exposed(self) -> int:
        """Return the number of stores that are open to anyone."""
        return sum(cell.exposed for cell in self.cells if cell)

    @property
    def sensitive(self) -> int:
        """Return the number of sensitive stores."""
        return sum(cell.sensitive for cell in self.cells if cell)


def by_account(drawn: DataMap) -> tuple[list[Collector], list[AccountLine]]:
    """Return the kinds in use, and a line per account, open stores first."""
    kinds = sorted({row.kind.resource_type: row.kind for row in drawn.rows}.values(), key=lambda kind: kind.plural)
    found: dict[int, dict[str, DataRow]] = {}
    for row in drawn.rows:
        found.setdefault(row.account.pk, {})[row.kind.resource_type] = row
    lines = [
        AccountLine(next(iter(rows.values())).account, [rows.get(kind.resource_type) for kind in kinds])
        for rows in found.values()
    ]
    return kinds, sorted(lines, key=_worst_first)


def _worst_first(line: AccountLine) -> tuple[bool, int, int, str]:
    """Sort accounts by exposed and sensitive stores, those not swept last."""
    return not line.account.is_swept, -line.exposed, -line.sensitive, line.account.name


def data_map(scope: Scope) -> DataMap:
    """Count stores by account, kind and classification, and list open ones."""
    rows = _rows(scope, query.get_or_compute(scope, "stores", lambda: _counted(scope)))
    for account_id, kind, number in query.get_or_compute(scope, "unseen_stores", lambda: _unseen(scope)):
        rows[account_id, kind].unseen = number
    for account_id, kind, number in query.get_or_compute(scope, "unread_stores", lambda: _unread(scope)):
        if (account_id, kind) in rows:
            row = rows[account_id, kind]
            row.unread = min(number, row.counts.get(UNCLASSIFIED, 0))
    scheme = scheme_of(scope)
    findings = query.get_or_compute(scope, "opened_stores", lambda: list(opened(scope)))
    levels = query.get_or_compute(scope, "opened_levels", lambda: _levels(scope, findings))
    open_stores = _open_stores(findings, levels, scheme)
    _mark(rows, open_stores)
    ordered = sorted(rows.values(), key=lambda row: row.order)
    names = [level.name for level in scheme.levels]
    totals = {name: sum(row.counts.get(name, 0) for row in ordered) for name in (*names, UNCLASSIFIED)}
    return DataMap(ordered, scheme, totals, open_stores)


def _open_stores(findings: Iterable[FindingRecord], levels: dict[int, str], scheme: Scheme) -> list[OpenStore]:
    by_store: dict[int, list[FindingRecord]] = {}
    for finding in findings:
        by_store.setdefault(finding.resource_id, []).append(finding)
    found = []
    for resource_id, some in by_store.items():
        level = scheme.named(levels.get(resource_id))
        exposures = dict.fromkeys(exposure for finding in some for exposure in exposures_of(finding))
        name = levels.get(resource_id, UNCLASSIFIED)
        found.append(OpenStore(some[0], name, level is not None and level.sensitive, list(exposures)))
    return sorted(found, key=lambda one: (not one.is_sensitive, not one.is_public, -one.finding.severity))


def _counted(scope: Scope) -> list[tuple[int, str, str, int]]:
    by_holder = stores(scope).order_by().values_list("account_id", "type", "classification")
    return list(by_holder.annotate(number=Count("pk")))


def _unseen(scope: Scope) -> list[tuple[int, str, int]]:
    hidden = stores(scope).filter(unseen_since__isnull=False)  # type: ignore[misc]  # set by the read functions
    return list(hidden.order_by().values_list("account_id", "type").annotate(Count("pk")))


def _unread(scope: Scope) -> list[tuple[int, str, int]]:
    """Return the number of stores with an unread classification by account and type."""
    unknown = query.findings(scope).filter(status="unknown", check_id__in=classification_checks())
    counted = unknown.order_by().values_list("account_id", "resource_type")
    return list(counted.annotate(number=Count("resource_id", distinct=True)))


def _rows(scope: Scope, counted: Iterable[tuple[int, str, str, int]]) -> dict[tuple[int, str], DataRow]:
    accounts = {account.pk: account for account in scope.accounts}
    kinds = store_types()
    scheme = scheme_of(scope)
    rows: dict[tuple[int, str], DataRow] = {}
    for account_id, kind, level, number in counted:
        row = rows.setdefault((account_id, kind), DataRow(accounts[account_id], kinds[kind], scheme))
        row.counts[level or UNCLASSIFIED] = number
    return rows


def _levels(scope: Scope, findings: Sequence[FindingRecord]) -> dict[int, str]:
    ids = {finding.resource_id for finding in findings}
    return dict(stores(scope).filter(resource_id__in=ids).values_list("resource_id", "classification"))


def _mark(rows: dict[tuple[int, str], DataRow], open_stores: Iterable[OpenStore]) -> None:
    for one in open_stores:
        row = rows.get((one.finding.account_id, one.finding.resource_type))
        if row is not None and one.is_public:
            row.exposed += 1
            row.exposed_sensitive += one.is_sensitive


@dataclass(frozen=True, slots=True)
class Risk:
    """The stores of one classification, and how many are open to anyone."""

    level: str
    """Empty for unclassified stores."""
    is_sensitive: bool
    stores: int
    exposed: int
    unread: int = 0
    """Of those without a level, the number that could not be read."""


def risks(drawn: DataMap) -> list[Risk]:
    """Sum stores by classification, most sensitive first, unclassified last."""
    open_stores = Counter(one.level for one in drawn.open_stores if one.is_public)
    found = [
        Risk(
            name,
            sensitive,
            drawn.totals.get(name, 0),
            open_stores[name],
            drawn.unread if name == UNCLASSIFIED else 0,
        )
        for name, sensitive in [*drawn.levels, (UNCLASSIFIED, False)]
    ]
    return [one for one in found if one.stores]
