"""Accounts and units in the palette, by name and id, in any scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.access import accounts_seen_by, units_seen_by
from accounts.models import AwsAccount, OrganizationalUnit
from posture.web.palette import ENTRIES_PER_SOURCE_MAX, EXACT, WITHIN, PaletteEntry, rank_match, source
from posture.web.scoping import requested_scope, require_user, url_in_scope

READ_MAX = 50
"""Maximum accounts, and units, that are ranked."""


@source("account", "Accounts and units")
class Accounts:
    """The accounts and units of the page's organization that the person may see."""

    def find(self, request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
        """Return accounts and units with each word; an account id may have dashes."""
        if not text:
            return
        digits = text.replace("-", "")
        by_id = Q(account_id__startswith=digits) if digits.isdecimal() and digits.isascii() else Q(pk__in=[])
        for account in _accounts(request).filter(_named(text) | by_id)[:READ_MAX]:
            rank = EXACT if account.account_id == digits else rank_match(text, account.name, account.account_id)
            yield _account(request, account, WITHIN if rank is None else rank)
        for unit in _units(request).filter(_named(text))[:ENTRIES_PER_SOURCE_MAX]:
            yield _unit(request, unit, rank_match(text, unit.name))

    def load(self, request: HttpRequest, ids: Sequence[str]) -> Iterator[PaletteEntry]:
        """Return accounts by their twelve digits, and units by their ids."""
        for account in _accounts(request).filter(account_id__in=ids):
            yield _account(request, account)
        for unit in _units(request).filter(ou_id__in=ids):
            yield _unit(request, unit)


def _accounts(request: HttpRequest) -> QuerySet[AwsAccount]:
    seen = accounts_seen_by(require_user(request)).filter(organization=requested_scope(request).organization)
    return seen.select_related("unit").order_by("left_at", "name", "pk")


def _units(request: HttpRequest) -> QuerySet[OrganizationalUnit]:
    seen = units_seen_by(require_user(request)).filter(organization=requested_scope(request).organization, gone_at=None)
    return seen.order_by("name", "pk")


def _named(text: str) -> Q:
    found = Q()
    for word in text.split():
        found &= Q(name__icontains=word)
    return found


def _account(request: HttpRequest, account: AwsAccount, rank: int = WITHIN) -> PaletteEntry:
    url = url_in_scope(request, "organization:account", {"account_id": account.account_id}, account="", ou="")
    where = f", {account.unit.name}" if account.unit else ""
    return PaletteEntry(f"account:{account.account_id}", account.name, "box", url, f"{account.account_id}{where}", rank)


def _unit(request: HttpRequest, unit: OrganizationalUnit, rank: int | None = None) -> PaletteEntry:
    url = url_in_scope(request, "organization:tree", ou=unit.ou_id, account="")
    return PaletteEntry(f"account:{unit.ou_id}", unit.name, "sitemap", url, "unit", WITHIN if rank is None else rank)
