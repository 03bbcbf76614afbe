"""The only doors to organizations and AWS accounts: each takes the user and yields what they may see."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import AwsAccount, Organization, User


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


def account_seen_by(user: User | AnonymousUser, account_id: str) -> AwsAccount:
    """Return one account by its twelve digits; 404 where it is not the user's to see, or does not exist."""
    account = accounts_seen_by(user).filter(account_id=account_id).select_related("organization", "unit").first()
    if account is None:
        raise Http404("No such account.")
    return account
