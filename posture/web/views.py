"""Pieces of the frame that load by themselves.

The scope picker and the progress of a sweep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.access import accounts_seen_by, units_seen_by
from accounts.models import AwsAccount, OrganizationalUnit
from posture.history import query as history
from posture.web import parameters
from posture.web.limits import limit_exempt
from posture.web.progress import sweep_progress
from posture.web.scoping import PARAMETERS, requested_scope, require_user, scope_of, with_query

ACCOUNTS_MAX = 30
"""Accounts that the picker lists; the rest are reached by typing."""


@dataclass(frozen=True, slots=True)
class ScopeOption:
    """A unit or an account that the picker offers."""

    name: str
    detail: str
    url: str
    is_on: bool
    level: str = ""
    """A unit's depth, as a class suffix."""


@require_safe
def pick_scope(request: HttpRequest) -> HttpResponse:
    """Offer the units and accounts to look at; `next` is the page that asks."""
    what, user = requested_scope(request), require_user(request)
    text = parameters.text(request, "find")
    accounts = accounts_seen_by(user).filter(organization=what.organization, left_at=None)
    units = units_seen_by(user).filter(organization=what.organization, gone_at=None)
    if text:
        accounts = accounts.filter(name__icontains=text) | accounts.filter(account_id__startswith=text)
        units = units.filter(name__icontains=text)
    found = list(accounts.order_by("name")[: ACCOUNTS_MAX + 1])
    context = {
        "everything": _url(request, ou="", account=""),
        "is_everything": what.unit is None and what.account is None,
        "units": list(_units(request, list(units.order_by("path")))),
        "accounts": [_account(request, one) for one in found[:ACCOUNTS_MAX]],
        "more": len(found) > ACCOUNTS_MAX,
        "find": text,
        "next": _next(request),
    }
    part = request.htmx.target == "pl-scope-options"  # type: ignore[attr-defined]  # set by django-htmx
    whole = "web/scope_options.html" if getattr(request, "htmx", None) else "web/scope.html"
    return render(request, "web/scope_options_found.html" if part else whole, context)


def _units(request: HttpRequest, units: list[OrganizationalUnit]) -> Iterator[ScopeOption]:
    on = requested_scope(request).unit
    for unit in units:
        level = min(unit.path.strip("/").count("/"), 4)
        yield ScopeOption(unit.name, "", _url(request, ou=unit.ou_id, account=""), unit == on, str(level))


def _account(request: HttpRequest, account: AwsAccount) -> ScopeOption:
    url = _url(request, ou="", account=account.account_id)
    return ScopeOption(account.name, account.account_id, url, account == requested_scope(request).account)


def _next(request: HttpRequest) -> str:
    """Return the path of the page that asks.

    Anything that is not ours becomes the home page.
    """
    path = parameters.text(request, "next") or "/"
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"


def _url(request: HttpRequest, **query: object) -> str:
    kept = {name: parameters.texts(request, name) for name in PARAMETERS}
    return with_query(_next(request), {**kept, **query})


@limit_exempt
@require_safe
def show_progress(request: HttpRequest) -> HttpResponse:
    """Show how far a running sweep has come.

    `seen` is the newest sweep that the page shows.
    """
    scope = scope_of(request) if requested_scope(request).organization else None
    now = sweep_progress(scope, history.get_running_and_last(scope)) if scope else None
    seen = parameters.text(request, "seen")
    is_old = bool(now and seen and seen != now.newest_key)
    return render(request, "web/progress.html", {"progress": now, "is_old": is_old, "seen": seen})
