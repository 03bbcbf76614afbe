"""Reads check counts as of a past date, from the event log or the store.

A thousand accounts have hundreds of thousands of check counts. In the event log each month opens with the state at
its beginning, so that its columns alone have the counts at any instant of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from posture.core.outcome import Severity
from posture.history.columnar import api as columnar
from posture.history.columnar.api import SEPARATOR, EventColumns, Numbers
from posture.history.models.lookups import array
from posture.history.scope import Scope
from posture.history.statements import load_statement

_CHECK_COUNTS_AT = load_statement(__file__, "check_counts_at")
"""Check and severity, account, units judged, failing and undetermined of each check that had anything to judge."""


@dataclass(frozen=True, slots=True)
class CheckShare:
    """A check of one severity over a scope: units, and the accounts where it failed."""

    check_id: str
    severity: Severity
    judged: int
    failing: int
    undetermined: int
    accounts: int


@dataclass(frozen=True, slots=True)
class AccountCounts:
    """Units that each account had to judge, by name: a check and its severity.

    Zero where there was nothing.
    """

    accounts: Sequence[int]
    names: Sequence[tuple[str, Severity]]
    judged: NDArray[np.int32]
    failing: NDArray[np.int32]
    undetermined: NDArray[np.int32]


@dataclass(frozen=True)
class CheckCounts:
    """What checks had to judge, of different accounts in each part."""

    parts: Sequence[AccountCounts]

    @cached_property
    def shares(self) -> list[CheckShare]:
        """The counts of each check, most severe first."""
        found: dict[tuple[str, Severity], NDArray[np.int64]] = {}
        for part in self.parts:
            sums = [each.sum(axis=0) for each in (part.judged, part.failing, part.undetermined, part.failing > 0)]
            for name, counted in zip(part.names, np.stack(sums, axis=1), strict=True):
                found[name] = found[name] + counted if name in found else counted
        made = [CheckShare(*name, *counted.tolist()) for name, counted in found.items() if counted[0]]
        return sorted(made, key=lambda each: (-each.severity, each.check_id))

    def gains(self, weights: dict[int, float]) -> dict[tuple[str, Severity], float]:
        """Return the points of the scope's lower end that fixing all of a name wins.

        By name; `weights` are those of accounts.
        """
        points = [np.array([severity.weight for _, severity in part.names], np.float64) for part in self.parts]
        wholes = [(part.judged > 0) @ of_name for part, of_name in zip(self.parts, points, strict=True)]
        mine = [np.array([weights[pk] for pk in part.accounts], np.float64) for part in self.parts]
        present = [whole > 0 for whole in wholes]
        total = sum(float(weight[there].sum()) for weight, there in zip(mine, present, strict=True))
        # Should every weight be 0, all count alike.
        number = sum(int(there.sum()) for there in present)
        found: dict[tuple[str, Severity], float] = {}
        for part, of_name, whole, weight in zip(self.parts, points, wholes, mine, strict=True):
            share = weight / total if total > 0 else np.full(len(weight), 1 / max(number, 1))
            of_account = share / np.where(whole > 0, whole, 1)
            lost = of_account @ (part.failing / np.maximum(part.judged, 1))
            for name, gain in zip(part.names, (100 * of_name * lost).tolist(), strict=True):
                found[name] = found.get(name, 0.0) + gain
        return found


def load_check_counts(scope: Scope, at: datetime) -> CheckCounts:
    """Return check counts of a scope's accounts at a date.

    Checks that had nothing to judge are left out.
    """
    known: dict[datetime, CheckCounts] = scope.__dict__.setdefault("tallied", {})
    if at not in known:
        known[at] = _load_check_counts(scope, at)
    return known[at]


def _load_check_counts(scope: Scope, at: datetime) -> CheckCounts:
    months, far = columnar.load_opening_events(scope, columnar.Subject.TALLIES, at)
    near = set(scope.account_pks) - set(far)
    parts = [_select_accounts(events, near) for events in months]
    return CheckCounts([*parts, _load_rows(far, at)] if far else parts)


def _select_accounts(events: EventColumns, account_pks: set[int]) -> AccountCounts:
    """Return the counts after some events, in the accounts that are asked for."""
    columns = [events.values(column) for column in ("judged", "failing", "undetermined")]
    part = _part(events.accounts.tolist(), events.names, events.account, events.name, columns)
    mine = [place for place, pk in enumerate(part.accounts) if pk in account_pks]
    if len(mine) == len(part.accounts):
        return part
    judged, failing, undetermined = (each[mine] for each in (part.judged, part.failing, part.undetermined))
    return AccountCounts([part.accounts[place] for place in mine], part.names, judged, failing, undetermined)


def _load_rows(account_pks: Sequence[int], at: datetime) -> AccountCounts:
    with connection.cursor() as cursor:
        cursor.execute(_CHECK_COUNTS_AT, {"accounts": array(account_pks), "at": at})
        rows = cursor.fetchall()
    names: dict[str, int] = {}
    accounts: dict[int, int] = {}
    name = np.fromiter((names.setdefault(text, len(names)) for text, *_ in rows), np.int64, len(rows))
    account = np.fromiter((accounts.setdefault(pk, len(accounts)) for _, pk, *_ in rows), np.int64, len(rows))
    return _part([*accounts], [*names], account, name, np.array([row[2:] for row in rows], np.int64).reshape(-1, 3).T)


def _part(
    accounts: Sequence[int], names: Sequence[str], account: Numbers, name: Numbers, columns: Iterable[Numbers]
) -> AccountCounts:
    """Return the last counts of each account and name."""
    slot = account.astype(np.intp) * len(names) + name
    wide = np.zeros((3, len(accounts) * len(names)), np.int32)
    for row, column in zip(wide, columns, strict=True):
        row[slot] = column  # of several writes to one place NumPy keeps the last
    wide[1:, wide[0] == 0] = 0
    judged, failing, undetermined = wide.reshape(3, len(accounts), len(names))
    parted = (text.partition(SEPARATOR) for text in names)
    called = [(check_id, Severity(int(severity))) for check_id, _, severity in parted]
    return AccountCounts(accounts, called, judged, failing, undetermined)
