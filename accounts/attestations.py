"""What people attest, as of an instant: valid, expired, or taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from accounts.models import Attestation, AwsAccount, Organization, User

ATTESTED, EXPIRED, OPEN = "attested", "expired", "open"


@dataclass(frozen=True)
class AttestedState:
    """What is attested of one subject in some accounts, as of a day."""

    state: str
    """ATTESTED, EXPIRED or OPEN, which is neither."""
    whole: Attestation | None = None
    """The organization's own, also where it has expired."""
    by_account: tuple[Attestation, ...] = ()
    """Those of single accounts, also where they have expired; newest first."""
    accounts: int = 0
    """How many accounts it is about."""
    valid: int = 0
    """Accounts that are attested, by the organization's or their own."""
    expired: int = 0
    """Accounts whose attestation has expired."""

    @property
    def latest(self) -> Attestation | None:
        """The attestation to name: the organization's, else the newest."""
        return self.whole or next(iter(self.by_account), None)

    @property
    def is_partial(self) -> bool:
        """Return True where some accounts are attested and some are not."""
        return 0 < self.valid < self.accounts


NOTHING = AttestedState(OPEN)


def list_latest(organization: Organization, at: datetime, subject: str = "") -> list[Attestation]:
    """Return the latest row of each subject and account up to an instant."""
    rows = Attestation.objects.filter(organization=organization, made_at__lte=at)
    if subject:
        rows = rows.filter(subject=subject)
    latest = rows.order_by("subject", "account_id", "-made_at", "-pk").distinct("subject", "account_id")
    found = [one for one in latest.select_related("account") if one.kind == Attestation.Kind.ATTESTED]
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def has_expired(one: Attestation, on: date) -> bool:
    """Return True after the last day on which an attestation holds."""
    return one.valid_until is not None and one.valid_until < on


def combine(rows: Iterable[Attestation], account_pks: Collection[int], on: date) -> AttestedState:
    """Return what the latest rows of one subject say of some accounts.

    It is attested where the organization's attestation holds, or each account's own. One that has expired counts for
    nothing, and is shown as such.
    """
    mine = [one for one in rows if one.account_id is None or one.account_id in account_pks]
    whole = next((one for one in mine if one.account_id is None), None)
    of_accounts = tuple(one for one in mine if one.account_id is not None)
    holds = {one.account_id for one in of_accounts if not has_expired(one, on)}
    is_whole_valid = whole is not None and not has_expired(whole, on)
    valid = len(account_pks) if is_whole_valid else len(holds)
    over = 0 if is_whole_valid else len(of_accounts) - len(holds)
    if whole is not None and not is_whole_valid:
        over = len(account_pks) - valid
    is_attested = is_whole_valid or (bool(account_pks) and valid == len(account_pks))
    state = ATTESTED if is_attested else EXPIRED if over or (whole and not is_whole_valid) else OPEN
    return AttestedState(state, whole, of_accounts, len(account_pks), valid, over)


def group_by_subject(
    rows: Iterable[Attestation], account_pks: Collection[int], at: datetime
) -> dict[str, AttestedState]:
    """Return what is attested of each subject that has a row."""
    by_subject: dict[str, list[Attestation]] = {}
    for one in rows:
        by_subject.setdefault(one.subject, []).append(one)
    on, pks = at.astimezone(UTC).date(), frozenset(account_pks)
    return {subject: combine(mine, pks, on) for subject, mine in by_subject.items()}


def attest(
    organization: Organization,
    account: AwsAccount | None,
    subject: str,
    by: User,
    *,
    statement: str,
    reference: str,
    valid_until: date,
) -> Attestation:
    """Write an attestation, which supersedes the one before."""
    return Attestation.objects.create(
        organization=organization,
        account=account,
        subject=subject,
        statement=statement,
        reference=reference,
        valid_until=valid_until,
        made_by=by,
        made_by_name=by.username,
    )


def withdraw(one: Attestation, by: User, why: str) -> Attestation:
    """Write that an attestation is taken back; the row itself stays."""
    return Attestation.objects.create(
        organization=one.organization,
        account=one.account,
        subject=one.subject,
        kind=Attestation.Kind.WITHDRAWN,
        statement=why,
        made_by=by,
        made_by_name=by.username,
    )


def may_attest(user: User, account: AwsAccount | None) -> bool:
    """Return True for admins, and for owners of an account that they may see.

    Hand in an account that the user may see; None stands for the whole organization.
    """
    if user.is_admin:
        return True
    return account is not None and not user.sees_everything
