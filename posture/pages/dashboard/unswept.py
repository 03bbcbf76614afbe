"""Accounts that have a score and are not swept any more, as suspended ones: what was known of them last stays.

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
    """How an account stands that no sweep asks any more; `since` None where nobody wrote it down."""

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
    found = {account.pk: _standing(scope, account, by_account.get(account.pk, [])) for account in scope.accounts}
    return {pk: each for pk, each in found.items() if each.state != State.ACTIVE}


def _standing(scope: Scope, account: AwsAccount, events: Sequence[AccountEvent]) -> Unswept:
    later = [event for event in events if scope.as_of is not None and event.at > scope.as_of]
    known = later[0].before if later and later[0].before in State.values else account.state
    began = next((event.at for event in reversed(events) if event not in later and event.kind != Kind.REINSTATED), None)
    return Unswept(known, began)


def share(standings: Sequence[AccountSummary], gone: Mapping[int, Unswept]) -> float:
    """Return what share of a score stands on accounts that are not swept any more: 0 to 1."""
    scored = [each for each in standings if each.band is not None]
    whole = sum(each.weight for each in scored)
    if not whole:  # all count alike then, as in the score
        return sum(each.account.pk in gone for each in scored) / len(scored) if scored else 0.0
    return sum(each.weight for each in scored if each.account.pk in gone) / whole


def score_note(standings: Sequence[AccountSummary], gone: Mapping[int, Unswept]) -> str:
    """Return how much of a score rests on what is not seen any more, in words; empty where nothing does."""
    number = sum(each.band is not None and each.account.pk in gone for each in standings)
    if not number:
        return ""
    many = f"{plural(number, 'account')} that {'is' if number == 1 else 'are'} not swept any more"
    return f"{percent(share(standings, gone))} of the score rests on {many}, as last seen."


def open_note(standings: Sequence[AccountSummary], gone: Mapping[int, Unswept]) -> str:
    """Say how many open critical and high findings are in such accounts; empty where none are."""
    number = sum(each.critical + each.high_open for each in standings if each.account.pk in gone)
    return f"; {figure(number)} as last seen in accounts not swept" if number else ""
