"""Where data lives, how it is classified, and which of it stands open; read from history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from accounts.models import AwsAccount
from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.classification import DEFAULT, Scheme, own_scheme
from posture.core.collector import Collector
from posture.history import read
from posture.history.models import FindingRecord, ResourceRecord
from posture.history.scope import Scope

UNCLASSIFIED = ""


def scheme_of(scope: Scope) -> Scheme:
    """Return how the scope's organization classifies its data."""
    organization = scope.organization
    if organization is None:
        return DEFAULT
    return own_scheme(organization.classification_keys, organization.sensitive_values)


def store_types() -> dict[str, Collector]:
    """Return the collectors of the types that hold customers' data."""
    return {kind: one for kind, one in all_collectors().items() if one.data_store}


def exposing_checks() -> list[str]:
    """Return the ids of the checks on stores whose failing lets strangers in."""
    return [one.id for one in all_checks().values() if one.exposes and one.resource_type in store_types()]


def stores(scope: Scope) -> QuerySet[ResourceRecord]:
    """Return the data stores in scope."""
    return read.resources(scope).filter(type__in=store_types()).select_related("account")


def exposed(scope: Scope) -> QuerySet[FindingRecord]:
    """Return open findings that let strangers at data, accepted risks left out, worst first."""
    found = read.findings(scope).filter(
        status="fail", check_id__in=exposing_checks(), triage__in=["open", "in_progress"]
    )
    return found.select_related("account").order_by("-severity", "opened_at")


@dataclass(slots=True)
class Row:
    """One account and store kind: how many stores of each classification, and how many stand open."""

    account: AwsAccount
    kind: Collector
    scheme: Scheme
    counts: dict[str, int] = field(default_factory=dict)
    exposed: int = 0
    exposed_sensitive: int = 0
    unseen: int = 0

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
        """Return the number of stores without a classification."""
        return self.counts.get(UNCLASSIFIED, 0)

    @property
    def other(self) -> int:
        """Return the number of stores classified as not sensitive."""
        return self.total - self.sensitive - self.unclassified

    @property
    def words(self) -> str:
        """Return the row as a sentence, for those who listen and for the pointer."""
        parts = [f"{number} {name or 'unclassified'}" for name, number in self.counts.items()]
        ends = [f"{self.exposed} stand open"] if self.exposed else []
        ends += [f"{self.unseen} could not be seen"] if self.unseen else []
        return f"{self.kind.plural} of {self.account.name}: {', '.join(parts + ends)}"

    @property
    def order(self) -> tuple[bool, int, int, int, str, str]:
        """Sort exposed sensitive data on top, then what is exposed or sensitive; of accounts not swept, last."""
        is_last = not self.account.is_swept
        return (is_last, -self.exposed_sensitive, -self.exposed, -self.sensitive, self.account.name, self.kind.plural)


@dataclass(frozen=True, slots=True)
class DataMap:
    """The whole map, and what it adds up to."""

    rows: Sequence[Row]
    scheme: Scheme
    totals: dict[str, int]
    exposed: Sequence[tuple[FindingRecord, str]]
    """The open findings that expose a store, each with the store's classification."""

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
        """Return the number of stores without a classification."""
        return sum(row.unclassified for row in self.rows)

    @property
    def unseen(self) -> int:
        """Return the number of stores that could not be seen in the latest sweep."""
        return sum(row.unseen for row in self.rows)

    @property
    def exposed_stores(self) -> int:
        """Return the number of stores that stand open."""
        return sum(row.exposed for row in self.rows)

    @property
    def exposed_sensitive(self) -> int:
        """Return the number of sensitive stores that stand open."""
        return sum(row.exposed_sensitive for row in self.rows)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account's stores, a cell for each kind in the order of the headings; None where it has none."""

    account: AwsAccount
    cells: Sequence[Row | None]

    @property
    def exposed(self) -> int:
        """Return the number of stores that stand open."""
        return sum(cell.exposed for cell in self.cells if cell)

    @property
    def sensitive(self) -> int:
        """Return the number of sensitive stores."""
        return sum(cell.sensitive for cell in self.cells if cell)


def by_account(drawn: DataMap) -> tuple[list[Collector], list[AccountLine]]:
    """Return the kinds that there are, and a line for each account, what stands open on top."""
    kinds = sorted({row.kind.resource_type: row.kind for row in drawn.rows}.values(), key=lambda kind: kind.plural)
    found: dict[int, dict[str, Row]] = {}
    for row in drawn.rows:
        found.setdefault(row.account.pk, {})[row.kind.resource_type] = row
    lines = [
        AccountLine(next(iter(rows.values())).account, [rows.get(kind.resource_type) for kind in kinds])
        for rows in found.values()
    ]
    return kinds, sorted(lines, key=_worst_first)


def _worst_first(line: AccountLine) -> tuple[bool, int, int, str]:
    """Order accounts by what is exposed and sensitive, those that are not swept last."""
    return not line.account.is_swept, -line.exposed, -line.sensitive, line.account.name


def data_map(scope: Scope) -> DataMap:
    """Count stores by account, kind and classification, and lay what stands open over it."""
    rows = _rows(scope, read.kept(scope, "stores", lambda: _counted(scope)))
    for account_id, kind, number in read.kept(scope, "unseen_stores", lambda: _unseen(scope)):
        rows[account_id, kind].unseen = number
    findings = read.kept(scope, "exposed", lambda: list(exposed(scope)))
    levels = read.kept(scope, "exposed_levels", lambda: _levels(scope, findings))
    _mark(rows, findings, levels)
    ordered = sorted(rows.values(), key=lambda row: row.order)
    scheme = scheme_of(scope)
    sensitive = {level.name for level in scheme.levels if level.sensitive}
    names = [level.name for level in scheme.levels]
    totals = {name: sum(row.counts.get(name, 0) for row in ordered) for name in (*names, UNCLASSIFIED)}
    marked = [(finding, levels.get(finding.resource_id, UNCLASSIFIED)) for finding in findings]
    marked.sort(key=lambda pair: (pair[1] not in sensitive, -pair[0].severity))
    return DataMap(ordered, scheme, totals, marked)


def _counted(scope: Scope) -> list[tuple[int, str, str, int]]:
    by_place = stores(scope).order_by().values_list("account_id", "type", "classification")
    return list(by_place.annotate(number=Count("pk")))


def _unseen(scope: Scope) -> list[tuple[int, str, int]]:
    hidden = stores(scope).filter(unseen_since__isnull=False)  # type: ignore[misc]  # set by the read functions
    return list(hidden.order_by().values_list("account_id", "type").annotate(Count("pk")))


def _rows(scope: Scope, counted: Iterable[tuple[int, str, str, int]]) -> dict[tuple[int, str], Row]:
    accounts = {account.pk: account for account in scope.accounts}
    kinds = store_types()
    scheme = scheme_of(scope)
    rows: dict[tuple[int, str], Row] = {}
    for account_id, kind, level, number in counted:
        row = rows.setdefault((account_id, kind), Row(accounts[account_id], kinds[kind], scheme))
        row.counts[level or UNCLASSIFIED] = number
    return rows


def _levels(scope: Scope, findings: Sequence[FindingRecord]) -> dict[int, str]:
    ids = {finding.resource_id for finding in findings}
    return dict(stores(scope).filter(resource_id__in=ids).values_list("resource_id", "classification"))


def _mark(rows: dict[tuple[int, str], Row], findings: Sequence[FindingRecord], levels: dict[int, str]) -> None:
    seen: set[int] = set()
    for finding in findings:
        row = rows.get((finding.account_id, finding.resource_type))
        if row is None or finding.resource_id in seen:
            continue
        seen.add(finding.resource_id)
        row.exposed += 1
        level = row.scheme.named(levels.get(finding.resource_id))
        row.exposed_sensitive += level is not None and level.sensitive


@dataclass(frozen=True, slots=True)
class Risk:
    """The stores of one classification: how many there are, and how many of them stand open."""

    level: str
    """Empty for those that carry no classification."""
    is_sensitive: bool
    stores: int
    exposed: int

    @property
    def share(self) -> float:
        """Return the share that stands open, 0 to 1."""
        return self.exposed / self.stores if self.stores else 0.0


def risks(drawn: DataMap) -> list[Risk]:
    """Sum the map up by classification, the most sensitive first, the unclassified last."""
    open_stores: dict[str, set[int]] = {}
    for finding, name in drawn.exposed:
        open_stores.setdefault(name, set()).add(finding.resource_id)
    mild = [level for level in drawn.scheme.levels if not level.sensitive]
    ordered = [*(level for level in drawn.scheme.levels if level.sensitive), *reversed(mild)]
    levels = [(level.name, level.sensitive) for level in ordered]
    found = [
        Risk(name, sensitive, drawn.totals.get(name, 0), len(open_stores.get(name, ())))
        for name, sensitive in [*levels, (UNCLASSIFIED, False)]
    ]
    return [one for one in found if one.stores]
