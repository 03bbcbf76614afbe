"""The only doors to organizations and AWS accounts: each takes the user and yields what they may see."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import AwsAccount, Organization, OrganizationalUnit, User

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
    below = accounts_seen_by(user).filter(organization=OuterRef("organization"), unit__path__startswith=OuterRef("path"))
    return OrganizationalUnit.objects.filter(Exists(below))


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
