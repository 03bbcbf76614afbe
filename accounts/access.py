"""The only doors to organizations and AWS accounts: each takes the user and yields what they may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import AwsAccount, Organization, OrganizationalUnit, Ownership, User

P = ParamSpec("P")


def accounts_seen_by(user: User | AnonymousUser) -> QuerySet[AwsAccount]:
    """Return the AWS accounts that the user may see: all, those owned, or none."""
    if not isinstance(user, User) or not user.is_active:
        return AwsAccount.objects.none()
    if user.sees_everything:
        return AwsAccount.objects.all()
    owned = Q(ownerships__user=user)
    for path in user.ownerships.filter(unit__isnull=False).values_list("unit__path", "unit__organization_id"):
        owned |= Q(unit__path__startswith=path[0], organization_id=path[1])
    return AwsAccount.objects.filter(owned).distinct()


def organizations_seen_by(user: User | AnonymousUser) -> QuerySet[Organization]:
    """Return the organizations that the user may see at least one account of."""
    if not isinstance(user, User) or not user.is_active:
        return Organization.objects.none()
    if user.sees_everything:
        return Organization.objects.all()
    return Organization.objects.filter(pk__in=accounts_seen_by(user).values("organization_id"))


def units_seen_by(user: User | AnonymousUser) -> QuerySet[OrganizationalUnit]:
    """Return the units that hold, at any depth, an account that the user may see."""
    if isinstance(user, User) and user.is_active and user.sees_everything:
        return OrganizationalUnit.objects.all()
    below = accounts_seen_by(user).filter(
        organization=OuterRef("organization"), unit__path__startswith=OuterRef("path")
    )
    return OrganizationalUnit.objects.filter(Exists(below))


def owners_of(accounts: Iterable[AwsAccount]) -> dict[int, list[str]]:
    """Return the names of each account's owners, by account; hand in accounts that the user may see.

    Owners of the account itself come first, then those of the units above it, the nearest first.
    """
    wanted = list(accounts)
    owned = Ownership.objects.filter(
        Q(account__in=wanted) | Q(unit__organization__in={a.organization_id for a in wanted})
    )
    owned = owned.filter(user__is_active=True).select_related("user", "unit").order_by("user__username")
    by_account: dict[int, list[User]] = {}
    by_unit: list[tuple[OrganizationalUnit, User]] = []
    for one in owned:
        if one.unit is not None:
            by_unit.append((one.unit, one.user))
        elif one.account_id is not None:
            by_account.setdefault(one.account_id, []).append(one.user)
    by_unit.sort(key=lambda pair: -len(pair[0].path))
    return {account.pk: _names([*by_account.get(account.pk, []), *_above(account, by_unit)]) for account in wanted}


def _above(account: AwsAccount, by_unit: Iterable[tuple[OrganizationalUnit, User]]) -> Iterator[User]:
    if account.unit is None:
        return
    for unit, user in by_unit:
        if unit.organization_id == account.organization_id and account.unit.path.startswith(unit.path):
            yield user


def _names(users: Iterable[User]) -> list[str]:
    return list(dict.fromkeys(user.get_full_name() or user.username for user in users))


def account_seen_by(user: User | AnonymousUser, account_id: str) -> AwsAccount:
    """Return one account by its twelve digits; 404 where it is not the user's to see, or does not exist."""
    account = accounts_seen_by(user).filter(account_id=account_id).select_related("organization", "unit").first()
    if account is None:
        raise Http404("No such account.")
    return account


def admin_required(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only admins through: everybody else is told that it is not theirs (403)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_admin:
            raise PermissionDenied("Only admins may onboard organizations and change settings.")
        return view(request, *args, **kwargs)

    return guarded
