"""The scope of every read: what a user may see, as of a date.

No read function takes anything else, so that no view can bypass it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.access import accounts_seen_by
from accounts.loading import load_accounts
from accounts.models import AwsAccount, Organization, OrganizationalUnit, User
from posture.history.models import Snapshot
from posture.history.models.lookups import Keys

DEFAULT_PERIOD = timedelta(days=30)


@dataclass(frozen=True)
class Scope:
    """The AWS accounts that may be read, and the dates of the read.

    It is made by `of`, and narrowed from there.

    `as_of` None means now. `is_whole_organization` and `is_whole_unit` say that nothing below the organization or unit
    is hidden from the user, so that its roll-ups may be shown.
    """

    accounts: tuple[AwsAccount, ...]
    as_of: datetime | None
    compare_to: datetime
    organization: Organization | None = None
    unit: OrganizationalUnit | None = None
    account: AwsAccount | None = None
    sees_everything: bool = False
    seen_organizations: tuple[int, ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls,
        user: User | AnonymousUser,
        organization: Organization | None = None,
        unit: OrganizationalUnit | None = None,
        account: AwsAccount | None = None,
        as_of: datetime | None = None,
        compare_to: datetime | None = None,
    ) -> Scope:
        """Return what `user` may see of an organization, unit or account.

        Of everything without one.

        `compare_to` is 30 days before `as_of` unless given. What the user may not see is not in it.
        """
        seen = accounts_seen_by(user)
        if organization is not None:
            seen = seen.filter(organization=organization)
        if unit is not None:
            seen = seen.filter(organization=unit.organization_id, unit__path__startswith=unit.path)
        if account is not None:
            seen = seen.filter(pk=account.pk)
        accounts = tuple(load_accounts(seen, organization))
        everything = isinstance(user, User) and user.is_active and user.sees_everything
        organizations = {each.organization_id for each in accounts}
        if everything and organization is not None:
            organizations.add(organization.pk)  # one that has no accounts yet
        scope = cls(
            accounts, as_of, timezone.now(), organization, unit, account, everything, tuple(sorted(organizations))
        )
        return scope.compared_with(compare_to or scope.now - DEFAULT_PERIOD)

    def compared_with(self, at: datetime) -> Scope:
        """Return the same scope with another date to compare with."""
        made = replace(self, compare_to=at)
        made.__dict__["now"] = self.now  # computed once
        return made

    def of_account(self, account_pk: int) -> Scope:
        """Return the scope of one of its accounts, with the same dates.

        Raises KeyError for any other.
        """
        one = self.by_pk[account_pk]
        made = replace(
            self,
            accounts=(one,),
            account=one,
            unit=None,
            organization=one.organization,
            seen_organizations=(one.organization_id,),
        )
        made.__dict__["now"] = self.now
        return made

    @cached_property
    def account_pks(self) -> list[int]:
        """Primary keys of the accounts."""
        return [account.id for account in self.accounts]

    @cached_property
    def among(self) -> Keys:
        """The primary keys as queries take them: `account__among=scope.among`."""
        return Keys(self.account_pks)

    @property
    def is_whole_organization(self) -> bool:
        """Return True if it is an organization with all its accounts."""
        return self.sees_everything and self.organization is not None and self.unit is None and self.account is None

    @property
    def is_whole_unit(self) -> bool:
        """Return True if it is a unit with all accounts below it."""
        return self.sees_everything and self.unit is not None and self.account is None

    @property
    def rolled_up(self) -> Organization | None:
        """The organization whose roll-ups describe the scope."""
        return self.unit.organization if self.unit else self.organization

    @cached_property
    def now(self) -> datetime:
        """The date of the read: `as_of`, or now.

        In a simulated organization, its last snapshot.
        """
        return self.as_of or present(self.organization)

    @cached_property
    def by_pk(self) -> dict[int, AwsAccount]:
        """The accounts by primary key."""
        return {account.id: account for account in self.accounts}


def present(organization: Organization | None) -> datetime:
    """Return the current time.

    In a simulated organization, the date of its last snapshot.
    """
    if organization is not None and organization.is_simulated:
        last = Snapshot.objects.filter(organization=organization).order_by("-as_of").first()
        if last is not None:
            return last.as_of
    return timezone.now()
