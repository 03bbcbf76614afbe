"""Reads how checks stood in accounts at a date of the past, from the journal where it tells, else from the store.

A thousand accounts have hundreds of thousands of tallies. Of what is journaled each month opens with what stood when
it began, so that its columns alone tell what stood at any instant of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from posture.core.outcome import Severity
from posture.history import journal
from posture.history.journal import FEW
from posture.history.journal.columns import Columns, Numbers
from posture.history.journal.events import LONG_AGO, SEPARATOR
from posture.history.journal.holding import standing
from posture.history.models.among import array
from posture.history.read.findings import check_standings
from posture.history.read.keeping import instant, kept, stood
from posture.history.read.moved import is_forgotten
from posture.history.scope import Scope


@dataclass(frozen=True, slots=True)
class Share:
    """How a check of one severity stood over a scope: in units, and in how many `accounts` it failed."""

    check_id: str
    severity: Severity
    judged: int
    failing: int
    untold: int
    accounts: int


@dataclass(frozen=True)
class Tallied:
    """What checks had to judge: `account`, `name`, `judged`, `failing` and `untold` hold a number for each tally.

    A name is the place of a check and its severity among `names`, an account its primary key.
    """

    names: Sequence[tuple[str, Severity]]
    account: Numbers
    name: Numbers
    judged: Numbers
    failing: Numbers
    untold: Numbers

    @cached_property
    def shares(self) -> list[Share]:
        """How each check stood, most severe first."""
        size = len(self.names)
        counted = (np.bincount(self.name, each, size) for each in (self.judged, self.failing, self.untold))
        judged, failing, untold = (each.astype(np.int64).tolist() for each in counted)
        accounts = np.bincount(self.name[self.failing > 0], minlength=size).tolist()
        found = [Share(*self.names[n], judged[n], failing[n], untold[n], accounts[n]) for n in range(size)]
        return sorted(found, key=lambda each: (-each.severity, each.check_id))

    def gains(self, weights: dict[int, float]) -> NDArray[np.float64]:
        """Return by name how many points of the scope's lower end mending all that fails wins, by accounts' weights."""
        known, place = np.unique(self.account, return_inverse=True)
        points = np.array([severity.weight for _, severity in self.names], np.float64)[self.name]
        whole = np.bincount(place, points, len(known))
        weight = np.array([weights[pk] for pk in known.tolist()], np.float64)
        share = weight / weight.sum() if weight.sum() > 0 else np.full(len(known), 1 / max(len(known), 1))
        gain = 100 * points * self.failing / self.judged / whole[place] * share[place]
        return np.bincount(self.name, gain, len(self.names)).astype(np.float64)


def check_shares(scope: Scope, at: datetime | None) -> list[Share]:
    """Return how each check stood over a scope that had anything to judge, most severe first; None means now."""
    if at is not None:
        return kept(scope, "shares", lambda: tallied(scope, at).shares, instant(scope, at))
    return [
        Share(each.check_id, each.severity, each.passed + each.failed + each.unknown, each.failed, each.unknown,
              each.accounts)
        for each in check_standings(replace(scope, as_of=None))
    ]  # fmt: skip


def tallied(scope: Scope, at: datetime) -> Tallied:
    """Return how checks stood in the accounts of a scope at a date, those that had nothing to judge left out."""
    known: dict[datetime, Tallied] = scope.__dict__.setdefault("tallied", {})
    if at not in known:
        known[at] = _tallied(scope, at)
    return known[at]


def _tallied(scope: Scope, at: datetime) -> Tallied:
    months, far = told(scope, journal.Subject.TALLIES, at)
    near = set(scope.account_pks) - set(far)
    parts = [_told(standing(events), near) for events in months]
    return _together([*parts, _stored(far, at)] if far or not parts else parts)


def told(scope: Scope, subject: journal.Subject, at: datetime) -> tuple[list[Columns], list[int]]:
    """Return events whose last ones tell what stood at an instant, and the accounts of which they do not tell it.

    Events of these and of others may be among them.
    """
    if len(scope.account_pks) < FEW or is_forgotten(at):
        return [], list(scope.account_pks)
    stands = {pk: last_at for pk, (last_at, *_) in stood(scope).items() if last_at is not None}
    months, far = list[Columns](), list[int]()
    for pks, known in journal.opened(subject, scope.account_pks, at):
        # Of an account's last result the journal tells nothing yet: people may still move it.
        left_out = [pk for pk in pks if pk in stands and known.upto.get(pk, LONG_AGO) < min(at, stands[pk])]
        far += left_out
        if len(left_out) < len(pks):
            months += known.months
    return months, far


Part = tuple[Sequence[str], Numbers, Numbers, Numbers, Numbers, Numbers]
"""Names; and of each tally its account, the place of its name, and what is judged, failing and untold."""


def _told(events: Columns, account_pks: set[int]) -> Part:
    if not events.accounts_among(account_pks):
        events = events.chosen(events.of_accounts(account_pks))
    judged, failing, untold = (events.values(name).astype(np.int64) for name in ("judged", "failing", "untold"))
    return events.names, events.accounts[events.account], events.name.astype(np.int64), judged, failing, untold


def _stored(account_pks: Sequence[int], at: datetime) -> Part:
    with connection.cursor() as cursor:
        cursor.execute(_STOOD, {"accounts": array(account_pks), "at": at})
        rows = cursor.fetchall()
    places: dict[str, int] = {}
    name = np.fromiter((places.setdefault(text, len(places)) for text, *_ in rows), np.int64, len(rows))
    numbers = np.array([row[1:] for row in rows], np.int64).reshape(-1, 4)
    return list(places), numbers[:, 0], name, numbers[:, 1], numbers[:, 2], numbers[:, 3]


def _together(parts: Sequence[Part]) -> Tallied:
    places: dict[str, int] = {}
    codes = [np.array([places.setdefault(text, len(places)) for text in names], np.int64) for names, *_ in parts]
    name = np.concatenate([mine[part[2]] for mine, part in zip(codes, parts, strict=True)])
    account, judged, failing, untold = (np.concatenate([part[n] for part in parts]) for n in (1, 3, 4, 5))
    parted = (text.partition(SEPARATOR) for text in places)
    return Tallied(
        [(check_id, Severity(int(severity))) for check_id, _, severity in parted],
        account,
        name,
        judged,
        failing,
        untold,
    )


_JUDGED = "passed + failed + stale + unknown + gap_units"
_STOOD = f"""
SELECT concat_ws('{SEPARATOR}', check_id, severity), account_id, {_JUDGED}, failed + stale, unknown + gap_units
FROM history_tally WHERE account_id = ANY(%(accounts)s::bigint[]) AND valid_from <= %(at)s AND {_JUDGED} > 0
UNION ALL
SELECT concat_ws('{SEPARATOR}', check_id, severity), account_id, {_JUDGED}, failed + stale, unknown + gap_units
FROM history_tally_closed
WHERE account_id = ANY(%(accounts)s::bigint[]) AND valid_to > %(at)s AND valid_from <= %(at)s AND {_JUDGED} > 0
"""  # noqa: S608 - constants
