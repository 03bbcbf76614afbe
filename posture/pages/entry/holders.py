"""Where doors are shown: by account in a small scope, by unit in a large one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.history.scope import Scope
from posture.pages.entry.doors import Doors
from posture.web.scoping import url_in_scope

ROWS_MAX = 14
"""Accounts with doors up to which each has a row."""
ROOT = "In no unit"


@dataclass(frozen=True, slots=True)
class Holder:
    """A unit, or an account if the scope is one, with the URL of its doors."""

    key: str
    name: str
    url: str


class Holders:
    """The accounts with doors, and the units that they are in."""

    def __init__(self, request: HttpRequest, scope: Scope, doors: Doors) -> None:
        self._request, self._scope = request, scope
        holding = {one.account_pk for one in doors.doors} | {account for account, _ in doors.unlisted}
        self.accounts = {pk: scope.by_pk[pk] for pk in holding}
        self.units = {pk: self._unit(account) for pk, account in self.accounts.items()}
        self.by_account = len(self.accounts) <= ROWS_MAX or len(self._keys(self.units.values())) == 1

    @property
    def row_count(self) -> int:
        """The number of rows of the picture of doors."""
        return len(self.accounts) if self.by_account else len(self._keys(self.units.values()))

    @staticmethod
    def _keys(units: Iterable[Holder]) -> set[str]:
        return {one.key for one in units}

    def _unit(self, account: AwsAccount) -> Holder:
        if account.unit is None:
            return Holder("", ROOT, url_in_scope(self._request, "organization:tree"))
        unit = account.unit
        return Holder(unit.ou_id, unit.name, self.url(ou=unit.ou_id, account=""))

    def url(self, **query: object) -> str:
        """Return the URL of the list of doors with some parameters."""
        return f"{url_in_scope(self._request, 'entry:doors', None, **query)}#list"
