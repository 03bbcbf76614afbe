"""The only doors to organizations and AWS accounts.

Each takes the user and yields what they may see.

An organization whose onboarding is unfinished is the admins' alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import AwsAccount, Organization, OrganizationalUnit, Ownership, User

P = ParamSpec("P")
OWNER_TAG_KEYS = frozenset({"owner", "owners", "accountowner", "ownedby", "teamowner", "owneremail"})
"""Keys of tags that name who owns an account, in lower case and without a prefix, dashes or underscores."""


def accounts_seen_by(user: User | AnonymousUser) -> QuerySet[AwsAccount]:
    """Return the AWS accounts that the user may see: all, those owned, or none."""
    if not isinstance(user, User) or not user.is_active:
        return AwsAccount.objects.none()
    if user.is_admin:
        return AwsAccount.objects.all()
    onboarded = AwsAccount.objects.exclude(organization__state=Organization.State.DRAFT)
    if user.sees_everything:
        return onboarded
    owned = Q(ownerships__user=user)
    for path in user.ownerships.filter(unit__isnull=False).values_list("unit__path", "unit__organization_id"):
        owned |= Q(unit__path__startswith=path[0], organization_id=path[1])
    return onboarded.filter(owned).distinct()


def organizations_seen_by(user: User | AnonymousUser) -> QuerySet[Organization]:
    """Return the organizations that the user may see at least one account of."""
    if not isinstance(user, User) or not user.is_active:
        return Organization.objects.none()
    if user.is_admin:
        return Organization.objects.all()
    if user.sees_everything:
        return Organization.objects.exclude(state=Organization.State.DRAFT)
    return Organization.objects.filter(pk__in=accounts_seen_by(user).values("organization_id"))


def units_seen_by(user: User | AnonymousUser) -> QuerySet[OrganizationalUnit]:
    """Return the units that hold, at any depth, an account that the user may see."""
    if isinstance(user, User) and user.is_active and user.sees_everything:
        return OrganizationalUnit.objects.filter(organization__in=organizations_seen_by(user))
    below = accounts_seen_by(user).filter(
        organization=OuterRef("organization"), unit__path__startswith=OuterRef("path")
    )
    return OrganizationalUnit.objects.filter(Exists(below))


def owners_of(accounts: Iterable[AwsAccount]) -> dict[int, list[str]]:
    """Return the names of each account's owners, by account.

    Hand in accounts that the user may see.

    Owners of the account itself come first, then those of the units above it, the nearest first. Where nobody who
    may log in owns it, it is whom its tags name, marked as such: a tag lets nobody see anything.
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
    found = {
        account.pk: _names([*by_account.get(account.pk, []), *_unit_owners(account, by_unit)]) for account in wanted
    }
    return found | _tagged([pk for pk, names in found.items() if not names])


def _tagged(account_pks: list[int]) -> dict[int, list[str]]:
    """Return whom the tags of accounts name as owner, where they do.

    Tags are not loaded with the accounts.
    """
    if not account_pks:
        return {}
    tagged = AwsAccount.objects.filter(pk__in=account_pks, tags__icontains="own").values_list("pk", "tags")
    named = {pk: owner_tag(tags) for pk, tags in tagged}
    return {pk: [f"{owner} (from tag)"] for pk, owner in named.items() if owner}


def owner_tag(tags: Mapping[str, object]) -> str:
    """Return the owner that an account's tags name, as "owner" or "Account-Owner".

    Empty where they name none.
    """
    named = (str(value).strip() for key, value in tags.items() if _normalize_key(key) in OWNER_TAG_KEYS)
    return next(filter(None, named), "")


def _normalize_key(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.rpartition(":")[2].lower())


def _unit_owners(account: AwsAccount, by_unit: Iterable[tuple[OrganizationalUnit, User]]) -> Iterator[User]:
    if account.unit is None:
        return
    for unit, user in by_unit:
        if unit.organization_id == account.organization_id and account.unit.path.startswith(unit.path):
            yield user


def _names(users: Iterable[User]) -> list[str]:
    return list(dict.fromkeys(user.get_full_name() or user.username for user in users))


def account_seen_by(user: User | AnonymousUser, account_id: str) -> AwsAccount:
    """Return one account by its twelve digits.

    404 where it is not the user's to see, or does not exist.
    """
    account = accounts_seen_by(user).filter(account_id=account_id).select_related("organization", "unit").first()
    if account is None:
        raise Http404("No such account.")
    return account


def admin_required(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only admins through: everybody else gets a page that says so (403)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_admin:
            raise PermissionDenied("Only admins may onboard organizations and change settings.")
        return view(request, *args, **kwargs)

    return guarded
