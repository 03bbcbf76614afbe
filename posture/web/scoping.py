"""The scope of a page, as its URL says it: `?org=&ou=&account=&as_of=&compare=`.

The five parameters travel from page to page, so that every view can be shared and bookmarked. What
the user may not see is answered as what does not exist; what cannot be read is said and left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode

from django.db import DatabaseError, transaction
from django.db.models import Case, F, Max, Q, When
from django.http import Http404, HttpRequest, QueryDict
from django.urls import get_script_prefix, reverse

from accounts.access import accounts_seen_by, organizations_seen_by, units_seen_by
from accounts.models import AwsAccount, Organization, OrganizationalUnit, User
from posture.history import query as history
from posture.history.query import Snapshot, scope_version
from posture.history.scope import Scope
from posture.web import parameters
from posture.web.parameters import is_moment, moment

logger = logging.getLogger(__name__)

Found = TypeVar("Found")
PARAMETERS = ("org", "ou", "account", "as_of", "compare")
NOT_IN_CACHE_KEY = frozenset({"page", "per_page", "sort", "export", "view", "column", *PARAMETERS})
"""Parameters that change nothing of what is counted, or that the scope holds already."""
PREVIOUS_SWEEP = "sweep"
DEFAULT_COMPARE = "30"
COMPARISONS = {
    PREVIOUS_SWEEP: "Previous sweep",
    "7": "7 days before",
    "30": "30 days before",
    "90": "90 days before",
}


@dataclass(frozen=True, slots=True)
class RequestedScope:
    """What the URL asks for, read and resolved against what the user may see."""

    organization: Organization | None
    unit: OrganizationalUnit | None = None
    account: AwsAccount | None = None
    as_of: datetime | None = None
    compare: str = DEFAULT_COMPARE
    warnings: list[str] = field(default_factory=list)
    """Sentences about parameters that could not be read; each says what to write instead."""
    organizations: Sequence[Organization] | None = None
    """All that the user sees, where resolving the URL has read them."""

    @property
    def name(self) -> str:
        """What the page is about, for its top bar."""
        return str(self.account or self.unit or "All accounts")


def requested_scope(request: HttpRequest) -> RequestedScope:
    """Return what the request's URL asks for.

    404 for an organization, unit or account that the person may not see.
    """
    known: RequestedScope | None = getattr(request, "requested_scope", None)
    if known is None:
        known = request.requested_scope = _read(request)  # type: ignore[attr-defined]  # one reading per request
    return known


def scope_of(request: HttpRequest) -> Scope:
    """Return the key to everything that the page may read."""
    known: Scope | None = getattr(request, "scope", None)
    if known is None:
        known = request.scope = _resolve(request, requested_scope(request))  # type: ignore[attr-defined]  # the same
    return known


def scope_query(request: HttpRequest) -> dict[str, str]:
    """Return the scope's parameters as they are in the URL."""
    known: dict[str, str] | None = getattr(request, "scope_query", None)
    if known is None:
        known = {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}
        request.scope_query = known  # type: ignore[attr-defined]  # a page has hundreds of links
    return known


def date_parameters(request: HttpRequest) -> tuple[str, str]:
    """Return the dates as written in the URL, for cache keys of data with links.

    From here on links name the organization as well: another reader's default may be another one.
    """
    organization = requested_scope(request).organization
    if organization is not None and "org" not in scope_query(request):
        request.scope_query = {**scope_query(request), "org": str(organization.pk)}  # type: ignore[attr-defined]
    return scope_query(request).get("as_of", ""), scope_query(request).get("compare", "")


def url_in_scope(request: HttpRequest, page: str, kwargs: dict[str, object] | None = None, **query: object) -> str:
    """Return a page's URL with the request's scope and `query`.

    An empty value drops its parameter.
    """
    path = _path(get_script_prefix(), page, tuple(kwargs.items()) if kwargs else ())
    return with_query(path, {**scope_query(request), **query})


@lru_cache(maxsize=10_000)
def _path(_prefix: str, page: str, arguments: tuple[tuple[str, object], ...]) -> str:
    """Return a page's path below a prefix; Django goes through its patterns for each."""
    return reverse(page, kwargs=dict(arguments))


def here_with(request: HttpRequest, **query: object) -> str:
    """Return this page's own URL with some parameters changed.

    An empty value drops its parameter.
    """
    kept = {name: request.GET.getlist(name) for name in request.GET if name != "page"}
    return with_query(request.path, {**kept, **query})


def with_query(path: str, query: dict[str, object]) -> str:
    """Return `path` with the parameters that have a value."""
    text = urlencode({name: value for name, value in query.items() if value not in (None, "", [])}, doseq=True)
    return f"{path}?{text}" if text else path


def request_for_page(request: HttpRequest, page: str, query: str) -> HttpRequest:
    """Return a request of the same person and scope for another page."""
    made = copy(request)
    made.path = made.path_info = _path(get_script_prefix(), page, ())
    asked_for = QueryDict(query, mutable=True)
    for name in PARAMETERS:
        asked_for.pop(name, None)
    asked_for.update(scope_query(request))
    made.GET = asked_for  # type: ignore[assignment]  # a request's own is not mutable
    return made


def has_only_scope(request: HttpRequest) -> bool:
    """Return True where the URL asks for nothing besides the scope."""
    return not set(request.GET) - set(PARAMETERS)


def cache_for_page(request: HttpRequest, name: str, compute: Callable[[], Found], *more: object) -> Found:
    """Return the result of `compute`, cached for this page and its filters.

    It must depend on nothing but the scope, the path, the parameters and `more`; order and page change nothing.
    """
    scope = scope_of(request)
    # Findings flap within a window that ends at the scope's date: filters ask for them on any list.
    dates = [history.date_key(scope, at) for at in (scope.compare_to, scope.now, scope.now - history.FLAPPING_WITHIN)]
    return history.get_or_compute(scope, f"{request.path}:{name}", compute, _filter_parameters(request), *dates, *more)


def page_cache_key(request: HttpRequest) -> tuple[object, ...]:
    """Return the cache key of a list of this page, without dates of its own."""
    scope = scope_of(request)
    return request.path, _filter_parameters(request), scope.account_pks, scope_version(scope)


def _filter_parameters(request: HttpRequest) -> list[tuple[str, str]]:
    return sorted(
        (key, value) for key, values in request.GET.lists() if key not in NOT_IN_CACHE_KEY for value in values
    )


def require_user(request: HttpRequest) -> User:
    """Return the request's user; the login middleware has let nobody else through."""
    if not isinstance(request.user, User):
        raise Http404("Nobody is logged in.")
    return request.user


def _read(request: HttpRequest) -> RequestedScope:
    user, query, warnings = require_user(request), request.GET, parameters.warnings(request)
    account = _account(user, query.get("account", ""))
    unit = _unit(user, query.get("ou", "")) if account is None else None
    within = account or unit
    seen = ranked_organizations(user) if within is None else None
    organization = within.organization if within else _organization(user, query.get("org", ""), seen or [])
    try:
        as_of = moment(query.get("as_of", ""))
    except ValueError:
        as_of = None
        warnings.append("The date to look back to was not understood: write it as 2026-10-27. Showing now.")
    compare = query.get("compare") or DEFAULT_COMPARE
    if compare not in COMPARISONS and not is_moment(compare):
        warnings.append("The date to compare with was not understood: write it as 2026-10-27, or a number of days.")
        compare = DEFAULT_COMPARE
    return RequestedScope(organization, unit, account, as_of, compare, warnings, seen)


def _account(user: User, account_id: str) -> AwsAccount | None:
    if not account_id:
        return None
    account = accounts_seen_by(user).filter(account_id=account_id).select_related("organization", "unit").first()
    if account is None:
        raise Http404("No such account.")
    return account


def _unit(user: User, ou_id: str) -> OrganizationalUnit | None:
    if not ou_id:
        return None
    unit = units_seen_by(user).filter(ou_id=ou_id).select_related("organization").first()
    if unit is None:
        raise Http404("No such organizational unit.")
    return unit


def _organization(user: User, pk: str, seen: Sequence[Organization]) -> Organization | None:
    """Return the organization that is asked for.

    Without any, the user's own default, which is first in `seen`.
    """
    if not pk:
        return seen[0] if seen else None
    key = parameters.integer(pk)
    organization = next((one for one in seen if one.pk == key), None)
    if organization is None:
        raise Http404("No such organization.")
    _save_last_organization(user, organization)
    return organization


def ranked_organizations(user: User) -> list[Organization]:
    """Return the organizations that the user sees.

    The one chosen last, then the one swept last; drafts come last.

    Those that are connected come before those that are paused.
    """
    is_draft, is_connected = Q(state=Organization.State.DRAFT), Q(state=Organization.State.CONNECTED)
    rank = Case(
        When(is_draft, then=3), When(pk=user.last_organization_id, then=0), When(is_connected, then=1), default=2
    )
    newest = Max("snapshots__as_of", filter=Q(snapshots__state=Snapshot.State.COMPLETE))
    ranked = organizations_seen_by(user).annotate(rank=rank, newest=newest)
    return list(ranked.order_by("rank", F("newest").desc(nulls_last=True), "name", "pk"))


def _save_last_organization(user: User, organization: Organization) -> None:
    """Note which organization a person chose; a draft is nobody's start page."""
    if organization.state == Organization.State.DRAFT or user.last_organization_id == organization.pk:
        return
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(last_organization=organization)
    except DatabaseError:
        # A database that takes no writes must not keep anybody from reading.
        logger.warning("the organization that %s chose was not remembered", user, exc_info=True)


def _resolve(request: HttpRequest, what: RequestedScope) -> Scope:
    scope = Scope.of(require_user(request), what.organization, what.unit, what.account, what.as_of)
    return scope.compared_with(_compare_to(scope, what))


def _compare_to(scope: Scope, what: RequestedScope) -> datetime:
    at = scope.now
    if what.compare == PREVIOUS_SWEEP:
        done = history.snapshots(scope).filter(state=Snapshot.State.COMPLETE, as_of__lte=at)
        times = list(done.order_by("-as_of").values_list("as_of", flat=True)[:2])
        return times[-1] if times else at
    if what.compare in COMPARISONS:
        return at - timedelta(days=int(what.compare))
    return moment(what.compare) or at
