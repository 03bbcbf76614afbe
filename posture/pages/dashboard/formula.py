"""The score's formula, filled in with a scope's own figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import AwsAccount
from posture.checks import counted_title
from posture.core import score
from posture.core.score import Band, Tally
from posture.history import query
from posture.history.scope import Scope
from posture.pages.dashboard import unswept


@dataclass(frozen=True, slots=True)
class FormulaRow:
    """One check in an account's formula; `cost` is the points that it takes."""

    check_id: str
    title: str
    tally: Tally
    weight: int
    share: float
    cost: float


LEADING = 20
"""Checks of an account that the page shows before a fold."""


@dataclass(frozen=True, slots=True)
class AccountFormula:
    """`band.low = 100 * (1 - lost / total)`, as the sum over `rows`."""

    rows: Sequence[FormulaRow]
    lost: float
    total: int
    band: Band | None
    unswept: str = ""
    """Why and since when it is not swept; empty where it is."""

    @property
    def leading(self) -> Sequence[FormulaRow]:
        """The rows that the page shows at once."""
        return self.rows[:LEADING]

    @property
    def rest(self) -> Sequence[FormulaRow]:
        """The rows that it folds away."""
        return self.rows[LEADING:]

    @property
    def cost(self) -> float:
        """What all checks together take from 100, in points."""
        return sum(row.cost for row in self.rows)


@dataclass(frozen=True, slots=True)
class Share:
    """One account in the mean of several."""

    account: AwsAccount
    band: Band
    weight: float
    unswept: str = ""
    """Why and since when it is not swept; empty where it is."""

    @property
    def weighted(self) -> float:
        """Its part of the sum."""
        return self.weight * self.band.low


ROWS = 100
"""Accounts that have a row of their own in the formula of several; all others are one."""


@dataclass(frozen=True, slots=True)
class Others:
    """Accounts without a row of their own: their number, weight and mean."""

    number: int
    weight: float
    band: Band

    @property
    def weighted(self) -> float:
        """What they put on the numerator of the lower end."""
        return self.weight * self.band.low


@dataclass(frozen=True, slots=True)
class MeanFormula:
    """`band.low = weighted / total`, the mean over `accounts` and the `others`."""

    accounts: Sequence[Share]
    others: Others | None
    number: int
    """Of all accounts with a score."""
    weighted: float
    total: float
    band: Band | None
    unswept: str = ""
    """How much of it rests on accounts that are not swept any more, in words."""


@dataclass(frozen=True, slots=True)
class FormulaSum:
    """The score as a sum: 100, less what fails, less what is unknown."""

    band: Band

    @property
    def failing(self) -> float:
        """Points that what fails takes."""
        return 100 - self.band.high

    @property
    def unknown(self) -> float:
        """Points that what is unknown takes, since it counts as failing at the lower end."""
        return self.band.high - self.band.low


NOTHING = AccountFormula([], 0.0, 0, None)
"""The formula of no account."""


def of_account(scope: Scope) -> AccountFormula:
    """Return the formula of a scope of one account, what costs most first."""
    tallies = query.sum_tallies(scope)
    terms = score.terms(tallies)
    total = sum(term.weight for term in terms)
    rows = [
        FormulaRow(
            check_id=term.tally.check_id,
            title=_title(term.tally),
            tally=term.tally,
            weight=term.weight,
            share=term.low_share,
            cost=100 * term.weight * term.low_share / total,
        )
        for term in terms
    ]
    rows.sort(key=lambda row: (-row.cost, row.title))
    why = str(unswept.unswept(scope).get(scope.account_pks[0], ""))
    return AccountFormula(rows, sum(row.weight * row.share for row in rows), total, score.band(tallies), why)


def of_several(scope: Scope) -> MeanFormula:
    """Return the formula of a scope of several accounts, lowest first."""
    gone = unswept.unswept(scope)
    statuses = query.summarize_accounts(scope, 0, last=gone)
    present = [(each.account, each.band, each.weight) for each in statuses if each.band is not None]
    if not any(weight for _, _, weight in present):
        # As the score does: should every weight be 0, all count alike.
        present = [(account, band, 1.0) for account, band, _ in present]
    shares = [Share(*each, unswept=str(gone.get(each[0].pk, ""))) for each in present]
    total, weighted = sum(each.weight for each in shares), sum(each.weighted for each in shares)
    return MeanFormula(
        shares[:ROWS], _others(shares[ROWS:]), len(shares), weighted, total, query.load_score(scope),
        unswept.score_note(statuses, gone),
    )  # fmt: skip


def _others(shares: Sequence[Share]) -> Others | None:
    mean = score.mean((each.band, each.weight) for each in shares)
    return Others(len(shares), sum(each.weight for each in shares), mean) if mean else None


def _title(tally: Tally) -> str:
    return counted_title(tally.check_id, failed=tally.failing, unknown=tally.unknown + tally.gap_units)
