"""Status of each account at the page's date: score, findings, and state.

An account that was never swept has no score; one that did not exist yet is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from django.utils.safestring import SafeString

from accounts.access import owners_of
from accounts.models import AccountEvent, AwsAccount
from accounts.states import remedy_for
from posture.core.score import Band
from posture.drawing import scores
from posture.history import query
from posture.history.query import AccountSummary, AccountSweep, Snapshot
from posture.history.scope import Scope
from posture.web.templatetags.words import day
from posture.web.unswept import UnsweptAccount

STATES = {
    AccountEvent.Kind.SUSPENDED,
    AccountEvent.Kind.REINSTATED,
    AccountEvent.Kind.CLOSED,
}
"""Events whose `before` is the state that ended with them."""
LEFT = "LEFT"
STATE_WORDS = {**dict(AwsAccount.State.choices), LEFT: "Left the organization"}


TROUBLED = (AccountSweep.State.REFUSED, AccountSweep.State.FAILED)


class Look(StrEnum):
    """How an account is shown: each look has its words and icon."""

    SWEPT = "swept"
    REFUSED = "refused"
    NEVER = "never"
    PENDING = "pending"
    SUSPENDED = "suspended"
    CLOSING = "closing"
    CLOSED = "closed"
    LEFT = "left"


LOOKS = {
    AwsAccount.State.PENDING_ACTIVATION: Look.PENDING,
    AwsAccount.State.SUSPENDED: Look.SUSPENDED,
    AwsAccount.State.PENDING_CLOSURE: Look.CLOSING,
    AwsAccount.State.CLOSED: Look.CLOSED,
    LEFT: Look.LEFT,
}
LOOK_WORDS = {
    Look.REFUSED: "Refused at the last sweep",
    Look.NEVER: "Never swept",
    Look.PENDING: "Pending activation",
    Look.SUSPENDED: "Suspended",
    Look.CLOSING: "Pending closure",
    Look.CLOSED: "Closed",
    Look.LEFT: "Left the organization",
}
LOOK_ICONS = {
    Look.REFUSED: "eye-off",
    Look.NEVER: "circle-dashed",
    Look.PENDING: "clock",
    Look.SUSPENDED: "lock",
    Look.CLOSING: "clock-exclamation",
    Look.CLOSED: "circle-x",
    Look.LEFT: "logout",
}


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """An account with its score; `band` is None if nothing was judged."""

    account: AwsAccount
    state: str
    """One of `AwsAccount.State`, or LEFT."""
    owners: Sequence[str]
    band: Band | None = None
    change: float | None = None
    series: Sequence[float] = field(default_factory=list)
    critical: int | None = None
    high: int | None = None
    blind_share: float | None = None
    """0 to 1; None if it is not or never was swept, so that all of it is unseen."""
    last_swept: datetime | None = None
    is_refused: bool = False
    """Whether the last sweep could not read it or ended early."""

    @property
    def look(self) -> Look:
        """How it is shown."""
        if not self.is_swept:
            return LOOKS[self.state]
        if self.is_refused:
            return Look.REFUSED
        return Look.SWEPT if self.last_swept is not None or self.band is not None else Look.NEVER

    @property
    def look_words(self) -> str:
        """Why it is not read, in words; empty if it is."""
        return LOOK_WORDS.get(self.look, "")

    @property
    def look_title(self) -> str:
        """What the look means for the figures."""
        if not self.is_swept:
            return "Not swept; resources may remain."
        return f"Shown as last seen on {day(self.last_swept)}." if self.last_swept else "Nothing is known of it."

    @property
    def look_icon(self) -> str:
        """The icon of its look."""
        return LOOK_ICONS.get(self.look, "")

    @property
    def drawing(self) -> SafeString:
        """Its score band as a bar."""
        ends = (self.band.low, self.band.high) if self.band else (None, None)
        return scores.draw(*ends, is_stale=self.look is not Look.SWEPT)

    @property
    def name(self) -> str:
        """The account's name."""
        return self.account.name

    @property
    def account_id(self) -> str:
        """The account's twelve digits."""
        return self.account.account_id

    @property
    def unit(self) -> str:
        """The name of its unit, empty if it has none."""
        return self.account.unit.name if self.account.unit else ""

    @property
    def owner(self) -> str:
        """Its owners, the nearest first."""
        return ", ".join(self.owners)

    @property
    def low(self) -> float | None:
        """The score."""
        return self.band.low if self.band else None

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """The sort key: by score, then without a score, unswept ones last."""
        return (not self.is_swept, self.band is None, self.low or 0.0)

    @property
    def is_swept(self) -> bool:
        """Return True if it was swept at that date."""
        return self.state == AwsAccount.State.ACTIVE

    @property
    def state_words(self) -> str:
        """The state in words."""
        return STATE_WORDS[self.state]

    @property
    def weight(self) -> float:
        """Its weight in means."""
        return self.account.weight


def not_swept(found: Iterable[AccountStatus]) -> list[UnsweptAccount]:
    """Return the accounts that are not swept, for their section."""
    return [
        UnsweptAccount(one.account, one.state_words, remedy_for(one.state), one.critical, one.high, one.last_swept)
        for one in found
        if not one.is_swept
    ]


def statuses(
    scope: Scope, accounts: Iterable[AwsAccount] | None = None, refused: Collection[int] | None = None
) -> list[AccountStatus]:
    """Return the status of accounts, lowest score first, unswept ones last.

    `refused` are primary keys of those that the last sweep could not read, if known already.
    """
    events = _events(scope)
    known = {one.account.pk: one for one in query.summarize_accounts(scope)}
    wanted = [
        account
        for account in (scope.accounts if accounts is None else accounts)
        if account.pk in scope.by_pk and (account.pk in known or _was_there(scope, events.get(account.pk, ())))
    ]
    owners = owners_of(wanted)
    refused = refusals(scope) if refused is None else refused
    made = [
        _row(account, state_at(scope, account, events.get(account.pk, ())), owners[account.pk], known)
        for account in wanted
    ]
    made = [replace(row, is_refused=True) if row.account.pk in refused else row for row in made]
    return sorted(made, key=lambda row: (row.rank, row.name))


def _row(account: AwsAccount, state: str, owners: Sequence[str], known: dict[int, AccountSummary]) -> AccountStatus:
    current = known.get(account.pk)
    if current is None:
        return AccountStatus(account, state, owners)
    return AccountStatus(
        account=account,
        state=state,
        owners=owners,
        band=current.band,
        change=current.change,
        series=current.series,
        critical=current.critical,
        high=current.high_open,
        blind_share=1.0 - current.seen_share if state == AwsAccount.State.ACTIVE else None,
        last_swept=current.last_swept,
    )


def refusals(scope: Scope) -> set[int]:
    """Return the accounts that the last complete sweep could not read."""
    done = query.snapshots(scope).filter(state=Snapshot.State.COMPLETE, as_of__lte=scope.now)
    if scope.organization is not None:
        done = done.filter(organization=scope.organization)
    last = done.order_by("-as_of").values("pk")[:1]
    parts = AccountSweep.objects.filter(snapshot__in=last, account__among=scope.among, state__in=TROUBLED)
    return set(parts.order_by().values_list("account_id", flat=True))


def _events(scope: Scope) -> dict[int, list[AccountEvent]]:
    """Return account events, oldest first; read only for past dates."""
    if scope.as_of is None:
        return {}
    found: dict[int, list[AccountEvent]] = {}
    for event in AccountEvent.objects.filter(account_id__in=scope.account_pks).order_by("at", "pk"):
        found.setdefault(event.account_id, []).append(event)
    return found


def _was_there(scope: Scope, events: Sequence[AccountEvent]) -> bool:
    first = next((event for event in events if event.kind == AccountEvent.Kind.JOINED), None)
    return scope.as_of is None or first is None or first.at <= scope.as_of


def state_at(scope: Scope, account: AwsAccount, events: Sequence[AccountEvent]) -> str:
    """Return an account's state at the scope's date."""
    if account.left_at is not None and (scope.as_of is None or account.left_at <= scope.as_of):
        return LEFT
    if scope.as_of is not None:
        after = next((one for one in events if one.at > scope.as_of and one.kind in STATES and one.before), None)
        if after is not None and after.before in AwsAccount.State.values:
            return after.before
    return account.state
