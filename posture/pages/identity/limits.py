"""The limits by which an organization judges use and age of its identities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from accounts.parameters import find_effective, list_settings
from posture.checks import own_values
from posture.checks.iam_role import UNUSED_DAYS as ROLE_DAYS
from posture.checks.iam_user import KEY_DAYS
from posture.checks.iam_user import UNUSED_DAYS as CREDENTIAL_DAYS
from posture.checks.sharing import TRUSTED_ACCOUNTS
from posture.history.scope import Scope
from posture.web.templatetags.words import plural

RECENT_DAYS = 7
"""What counts as in use now."""


class IdentityLimits(NamedTuple):
    """What holds in an account: days of use and age, and the accounts that it trusts."""

    role_days: int = ROLE_DAYS.default
    credential_days: int = CREDENTIAL_DAYS.default
    key_days: int = KEY_DAYS.default
    trusted: tuple[str, ...] = TRUSTED_ACCOUNTS.default


DEFAULTS = IdentityLimits()


def load_limits(scope: Scope) -> dict[int, IdentityLimits]:
    """Return the limits of each account, by key.

    They are its nearest unit's, else the organization's.
    """
    settings = {pk: list_settings(pk) for pk in {one.organization_id for one in scope.accounts}}
    known: dict[tuple[int, str], IdentityLimits] = {}
    found = {}
    for account in scope.accounts:
        path = account.unit.path if account.unit else ""
        key = account.organization_id, path
        if key not in known:
            effective = find_effective(settings[account.organization_id], path)
            known[key] = _limits({name: one.value for name, one in effective.items()})
        found[account.pk] = known[key]
    return found


def _limits(stored: Mapping[str, object]) -> IdentityLimits:
    values = own_values(stored)
    return IdentityLimits(
        values.get(ROLE_DAYS.name, DEFAULTS.role_days),
        values.get(CREDENTIAL_DAYS.name, DEFAULTS.credential_days),
        values.get(KEY_DAYS.name, DEFAULTS.key_days),
        tuple(values.get(TRUSTED_ACCOUNTS.name, DEFAULTS.trusted)),
    )


@dataclass(frozen=True)
class LimitWords:
    """The limits of all accounts of a scope, in words."""

    limits: frozenset[IdentityLimits] = frozenset({DEFAULTS})

    @classmethod
    def of(cls, limits: Iterable[IdentityLimits]) -> LimitWords:
        """Return the words of some limits, of the defaults where there are none."""
        return cls(frozenset(limits) or frozenset({DEFAULTS}))

    def _days(self, *which: Callable[[IdentityLimits], int]) -> tuple[int, int]:
        days = [of(one) for one in self.limits for of in which]
        return min(days), max(days)

    @cached_property
    def roles(self) -> str:
        """Return the limit of roles, as `90 days`."""
        return _range(*self._days(lambda one: one.role_days))

    @cached_property
    def credentials(self) -> str:
        """Return the limit of users' passwords and keys, as `45 days`."""
        return _range(*self._days(lambda one: one.credential_days))

    @cached_property
    def keys(self) -> str:
        """Return the age at which keys have to be rotated."""
        return _range(*self._days(lambda one: one.key_days))

    @cached_property
    def key_days(self) -> int:
        """Return the least age at which a key has to be rotated."""
        return self._days(lambda one: one.key_days)[0]

    @cached_property
    def is_one(self) -> bool:
        """Return True where one number of days holds for users and roles everywhere."""
        least, most = self._days(lambda one: one.role_days, lambda one: one.credential_days)
        return least == most

    @cached_property
    def column(self) -> str:
        """Return the heading of the column of what was used within the limit."""
        least, most = self._days(lambda one: one.role_days, lambda one: one.credential_days)
        return plural(least, "day") if least == most else f"{least} to {most} days"

    @cached_property
    def unused(self) -> str:
        """Return for how long nobody used what is past the limit, as `for 90 days`."""
        return f"for {self.roles}" if self.is_one else "within the limit"

    @cached_property
    def used(self) -> str:
        """Return in what time what is in use was used, as `in 90 days`."""
        return f"in {self.roles}" if self.is_one else "within the limit"

    @cached_property
    def key_limit(self) -> str:
        """Return the age limit of keys as titles name it."""
        least, most = self._days(lambda one: one.key_days)
        return plural(least, "day") if least == most else "their limit"

    @cached_property
    def sentence(self) -> str:
        """Return the limits of users and roles; empty where `unused` names the one."""
        return "" if self.is_one else f"{self.credentials} for users and {self.roles} for roles"


def _range(least: int, most: int) -> str:
    return plural(least, "day") if least == most else f"{least} to {most} days"
