"""Discover an organization's units and accounts, and record their changes.

Failing, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import AccountEvent, AwsAccount, Organization, OrganizationalUnit
from posture.core.gap import GapReason
from posture.history.ingest import close_left_account
from posture.history.models import Snapshot
from posture.history.upkeep.finish import refresh_scopes
from posture.orchestration import account_work, requests
from posture.orchestration.engine import engine, target_of
from posture.sweep.errors import AskError, Failure
from posture.sweep.organization import Member, OrganizationTree, Reader
from posture.sweep.regions import home_of

Kind = AccountEvent.Kind
State = AwsAccount.State


def discover(organization: Organization, at: datetime | None = None) -> OrganizationTree | None:
    """Bring units and accounts up to date, as of `at`.

    Raises `AskError` where the Organization cannot be read.

    A single account is taken as it is, without asking.
    """
    at = at or timezone.now()
    if organization.kind == Organization.Kind.ACCOUNT:
        ensure_root_account(organization, at)
        return None
    calls = engine().enter(target_of(organization, organization.root_account_id))
    reader = Reader(calls, home_of(organization.partition), engine().pool.each)
    tree = reader.tree()
    if organization.organization_id not in {"", tree.about.id}:
        raise AskError(_other_organization(organization, tree.about.id))
    missing = organization.accounts.filter(left_at=None).exclude(account_id__in=[one.id for one in tree.members])
    unlisted = {one for one in missing.values_list("account_id", flat=True) if reader.has(one)}
    write_organization(organization, tree, at, unlisted)
    for running in organization.snapshots.filter(state=Snapshot.State.RUNNING):
        # The accounts that it waited for may have left.
        account_work.finish_snapshot(running.pk)
    return tree


def _other_organization(organization: Organization, found: str) -> Failure:
    """Say that the account answers for another Organization.

    Taken for the same, all accounts would have left.
    """
    root, known = organization.root_account_id, organization.organization_id
    return Failure(
        "organizations:DescribeOrganization",
        GapReason.BAD_ANSWER,
        "AnotherOrganization",
        f"account {root} belongs to Organization {found} by now, not to {known}",
        f"Give {organization} an account that answers for {known}, and onboard {found} as an organization of its own.",
    )


def ensure_root_account(organization: Organization, at: datetime) -> AwsAccount:
    """Return the account that an organization is onboarded by, created if missing."""
    account, _ = AwsAccount.objects.get_or_create(
        organization=organization,
        account_id=organization.root_account_id,
        defaults={"name": organization.name, "joined_at": at},
    )
    return account


@transaction.atomic
def write_organization(
    organization: Organization, tree: OrganizationTree, at: datetime, unlisted: Collection[str] = frozenset()
) -> None:
    """Write a whole Organization as it is at `at`; whatever is not in it has left.

    `unlisted` are accounts that were asked for by id and are members, although the tree lacks them: they
    stay as they were.
    """
    # Two discoveries at once would each see the other's accounts as new. Without the key: who records an account, whose
    # lock an account that leaves waits for, refers to the organization, and would wait for this in turn.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if organization.organization_id != tree.about.id:
        organization.organization_id = tree.about.id
        organization.save(update_fields=["organization_id"])
    units = _write_units(organization, tree, at)
    known = {account.account_id: account for account in organization.accounts.select_related("unit")}
    moved: set[str] = set()
    for member in tree.members:
        unit = units.get(member.unit_id)
        account = known.pop(member.id, None)
        if account is None:
            _join(organization, member, unit, at)
        else:
            moved |= _AccountUpdate(account, at).take(member, unit)
    for account in known.values():
        if account.account_id not in unlisted:
            _leave(account, at)
    # Last, since it takes what is written above.
    refresh_scopes(organization, moved)


def _write_units(organization: Organization, tree: OrganizationTree, at: datetime) -> dict[str, OrganizationalUnit]:
    units: dict[str, OrganizationalUnit] = {}
    for unit in tree.units:
        units[unit.id], _ = OrganizationalUnit.objects.update_or_create(
            organization=organization,
            ou_id=unit.id,
            defaults={
                "name": unit.name,
                "parent": units.get(unit.parent_id or ""),
                "path": unit.path,
                "gone_at": None,
            },
        )
    organization.units.filter(gone_at=None).exclude(ou_id__in=units).update(gone_at=at)
    return units


def _join(organization: Organization, member: Member, unit: OrganizationalUnit | None, at: datetime) -> None:
    account = AwsAccount.objects.create(
        organization=organization,
        account_id=member.id,
        name=member.name,
        email=member.email,
        unit=unit,
        state=_state(member),
        joined_at=member.joined_at or at,
        tags=dict(member.tags or {}),
    )
    _record_event(account, at, Kind.JOINED, after=unit.name if unit else "")


def _leave(account: AwsAccount, at: datetime) -> None:
    if account.left_at is not None:
        return
    account.left_at = at
    account.save(update_fields=["left_at"])
    _record_event(account, at, Kind.LEFT, before=account.unit.name if account.unit else "")
    requests.withdraw(account)
    close_left_account(account, at)


@dataclass(frozen=True, slots=True)
class _AccountUpdate:
    """A known account, brought to what the Organization now says of it."""

    account: AwsAccount
    at: datetime

    def take(self, member: Member, unit: OrganizationalUnit | None) -> set[str]:
        """Return the paths of the units between which the account moved.

        None where it did not.
        """
        account = self.account
        moved = set()
        if account.left_at is not None:
            account.left_at = None
            self._record(Kind.JOINED, after=unit.name if unit else "")
        if account.unit != unit:
            paths = account.unit.path if account.unit else "", unit.path if unit else ""
            self._record(Kind.MOVED, *paths)
            account.unit, moved = unit, set(paths)
        if account.name != member.name:
            self._record(Kind.RENAMED, account.name, member.name)
            account.name = member.name
        self._take_state(_state(member))
        account.email = member.email or account.email
        if member.tags is not None:
            account.tags = dict(member.tags)
        # Nothing else: people may be deciding whose it is.
        account.save(update_fields=["left_at", "unit", "name", "state", "email", "tags"])
        if not account.is_swept:
            requests.withdraw(account)
        return moved

    def _take_state(self, state: str) -> None:
        before = self.account.state
        if state == before:
            return
        kind = _EVENTS.get(state)
        if kind is not None and not (kind is Kind.REINSTATED and before == State.PENDING_ACTIVATION):
            self._record(kind, before, state)
        self.account.state = state

    def _record(self, kind: str, before: str = "", after: str = "") -> None:
        _record_event(self.account, self.at, kind, before, after)


_EVENTS: Mapping[str, AccountEvent.Kind] = {
    State.ACTIVE: Kind.REINSTATED,
    State.SUSPENDED: Kind.SUSPENDED,
    State.PENDING_CLOSURE: Kind.SUSPENDED,
    State.CLOSED: Kind.CLOSED,
}


def _state(member: Member) -> str:
    """Return the account's state.

    One that we do not know is taken as suspended, so that it is not swept.
    """
    return member.state if member.state in State.values else State.SUSPENDED


def _record_event(account: AwsAccount, at: datetime, kind: str, before: str = "", after: str = "") -> None:
    AccountEvent.objects.create(account=account, at=at, kind=kind, before=before, after=after)
