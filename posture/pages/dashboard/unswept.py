"""Accounts with a score that are not swept any more, as suspended ones.

Unseen is not gone: nothing in them is closed, and they go on counting. So every figure that they are part of says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import AccountEvent, AwsAccount
from posture.history.query import AccountSummary
from posture.history.scope import Scope
from posture.web.templatetags.words import day, figure, percent, plural

State = AwsAccount.State
Kind = AccountEvent.Kind
ENDS = {Kind.SUSPENDED, Kind.REINSTATED, Kind.CLOSED}
"""Events whose `before` is the state that ended with them, and `after` the one that began."""


@dataclass(frozen=True, slots=True)
class Unswept:
    """The state of an account that is not swept; `since` None if not recorded."""

    state: str
    since: datetime | None

    def __str__(self) -> str:
        since = f" since {day(self.since)}" if self.since else ""
        return f"{State(self.state).label}{since}; as last seen"


def unswept(scope: Scope) -> Mapping[int, Unswept]:
    """Return the accounts that were not swept at the scope's date, by primary key."""
    if scope.as_of is None and all(account.state == State.ACTIVE for account in scope.accounts):
        return {}
    by_account: dict[int, list[AccountEvent]] = {}
    for event in AccountEvent.objects.filter(account_id__in=scope.account_pks, kind__in=ENDS).order_by("at", "pk"):
        by_account.setdefault(event.account_id, []).append(event)
    found = {account.pk: _state_of(scope, account, by_account.get(account.pk, [])) for account in scope.accounts}
    return {pk: each for pk, each in found.items() if each.state != State.ACTIVE}


def _state_of(scope: Scope, account: AwsAccount, events: Sequence[AccountEvent]) -> Unswept:
    later = [event for event in events if scope.as_of is not None and event.at > scope.as_of]
    known = later[0].before if later and later[0].before in State.values else account.state
    began = next((event.at for event in reversed(events) if event not in later and event.kind != Kind.REINSTATED), None)
    return Unswept(known, began)


def share(statuses: Sequence[AccountSummary], gone: Mapping[int, Unswept]) -> float:
    """Return the share of a score from accounts that are not swept: 0 to 1."""
    scored = [each for each in statuses if each.band is not None]
    whole = sum(each.weight for each in scored)
    if not whole:  # all count alike then, as in the score
        return sum(each.account.pk in gone for each in scored) / len(scored) if scored else 0.0
    return sum(each.weight for each in scored if each.account.pk in gone) / whole


def score_note(statuses: Sequence[AccountSummary], gone: Mapping[int, Unswept]) -> str:
    """Return how much of a score is only as last seen, as a sentence or ""."""
    number = sum(each.band is not None and each.account.pk in gone for each in statuses)
    if not number:
        return ""
    many = f"{plural(number, 'account')} that {'is' if number == 1 else 'are'} not swept any more"
    return f"{percent(share(statuses, gone))} of the score rests on {many}, as last seen."


def open_note(statuses: Sequence[AccountSummary], gone: Mapping[int, Unswept]) -> str:
    """Return how many severe findings are only as last seen, as text or ""."""
    number = sum(each.critical + each.high_open for each in statuses if each.account.pk in gone)
    return f"; {figure(number)} as last seen in accounts not swept" if number else ""
