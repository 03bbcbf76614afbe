"""Saved views of the list of findings: access, changes and missing filters.

A private view is its owner's alone, admins included; a shared one is everybody's to open and the admins' to change.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from accounts.models import Organization, User
from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.history import query as history
from posture.pages.findings import sort_options
from posture.pages.findings.filters import FindingFilters, practice_title
from posture.pages.findings.models import NAME_MAX, QUERY_MAX, DefaultView, SavedView
from posture.web import parameters
from posture.web.filters import Facet
from posture.web.scoping import request_for_page, requested_scope, require_user, scope_of, url_in_scope

VIEWS_MAX = 30
"""Private views of one person, and shared ones, in one organization."""
TABS_MAX = 7
"""Tabs above the list; the other views are in a menu."""
KEEP_DELETED = timedelta(days=1)
ALL = "all"
"""The value of `view` in the URL for the whole list, which no default takes the place of."""
LAYOUT = ("group", "sort", "column")
"""What a view holds besides filters."""
NAMES = (*FindingFilters.base_filters, *LAYOUT)


@dataclass(frozen=True, slots=True)
class SavedViewTab:
    """One view above the list. `count` is None where counting it would take a search."""

    name: str
    url: str
    count: int | None
    is_current: bool = False
    is_shared: bool = False
    is_default: bool = False


def visible(user: User, organization: Organization) -> QuerySet[SavedView]:
    """Return the views that a person may open: their own and the shared ones."""
    mine = SavedView.objects.filter(organization=organization, deleted_at=None)
    is_default = Exists(DefaultView.objects.filter(view=OuterRef("pk"), user=user))
    found: QuerySet[SavedView] = mine.filter(Q(owner=user) | Q(owner=None)).annotate(defaults_of_user=is_default)
    return found.order_by("name", "pk")


def default_among(views: Sequence[Any]) -> SavedView | None:
    """Return the view of some that `visible` gave with which the person's list opens."""
    return next((one for one in views if one.defaults_of_user), None)


def view_of(request: HttpRequest, view_id: int) -> SavedView:
    """Return a view that the person may open; 404 for any other."""
    organization = requested_scope(request).organization
    found = visible(require_user(request), organization).filter(pk=view_id).first() if organization else None
    if found is None:
        raise Http404("There is no such view.")
    return found


def may_change(user: User, view: SavedView) -> bool:
    """Return True for the owner of a private view, and for admins of a shared one."""
    return user.is_admin if view.is_shared else view.owner_id == user.pk


def check_may_change(user: User, view: SavedView) -> None:
    """Raise PermissionDenied for whoever may not change a view."""
    if not may_change(user, view):
        raise PermissionDenied("Shared views are changed by admins.")


def query_here(request: HttpRequest) -> str:
    """Return the request's filters, grouping, order and columns as a query."""
    return urlencode(parameters.pairs(request, NAMES))


def cleaned_query(text: str) -> str:
    """Return the part of a query that a view may hold, in a fixed order.

    Values with a NUL character are left out: no page takes them in its URL, so that the view could not be opened.
    Raises ValidationError where it is too long.
    """
    sent = QueryDict(text)
    found = urlencode([(name, value) for name in NAMES for value in sent.getlist(name) if value and "\0" not in value])
    if len(found) > QUERY_MAX:
        raise ValidationError({"name": "These filters are too long to be saved: take some off first."})
    return found


def cleaned_name(name: str) -> str:
    """Return a name on one line without invisible or bidirectional characters.

    Raises ValidationError where nothing visible is left, or where it is too long. Zero-width characters
    go as well, so that no two names look the same; joiners stay, since they are part of words.
    """
    shown = "".join(" " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each for each in name)
    kept = (each for each in shown if unicodedata.category(each) != "Cf" or each in JOINERS)
    found = " ".join("".join(kept).split())
    if not any(map(_is_visible, found)):
        raise ValidationError({"name": "Write a name for the view."})
    if len(found) > NAME_MAX:
        raise ValidationError({"name": f"Write at most {NAME_MAX} characters; these are {len(found)}."})
    return found


JOINERS = frozenset("\u200c\u200d")
"""They join or part letters of Persian, of Indian scripts, and emoji."""
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing."""


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CMZ" and letter not in BLANKS


def save(user: User, organization: Organization, name: str, query: str, *, is_shared: bool) -> SavedView:
    """Save a new view; raises ValidationError if its name is taken or at the limit."""
    if is_shared and not user.is_admin:
        raise PermissionDenied("Views are shared by admins.")
    owner = None if is_shared else user
    with transaction.atomic():
        # Two tabs that save at once must not pass the limit together.
        User.objects.select_for_update().get(pk=user.pk)
        _check_room(organization, owner)
        made = SavedView(organization=organization, owner=owner, created_by=user)
        made.name, made.query = cleaned_name(name), cleaned_query(query)
        return _stored(made)


def _check_room(organization: Organization, owner: User | None) -> None:
    """Raise ValidationError at the limit of views; lock the person's row first."""
    if SavedView.objects.filter(organization=organization, owner=owner, deleted_at=None).count() >= VIEWS_MAX:
        raise ValidationError({"name": f"There are {VIEWS_MAX} views already: delete one first."})


def rename(view: SavedView, name: str) -> None:
    """Rename a view; raises ValidationError where the name is taken."""
    view.name = cleaned_name(name)
    _stored(view)


def replace_query(view: SavedView, query: str) -> None:
    """Replace the query of a view."""
    view.query = cleaned_query(query)
    _stored(view)


def share(user: User, view: SavedView, *, is_shared: bool) -> None:
    """Share a private view with the organization, or make it the admin's own again."""
    if not user.is_admin:
        raise PermissionDenied("Views are shared by admins.")
    owner = None if is_shared else user
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        _check_room(view.organization, owner)
        view.owner = owner
        _stored(view)
        if owner is not None:
            view.defaults.exclude(user=owner).delete()


def delete(view: SavedView) -> None:
    """Delete a view and who has it as default; `restore` undoes it for a day."""
    now = timezone.now()
    SavedView.objects.filter(deleted_at__lt=now - KEEP_DELETED).delete()
    view.deleted_at = now
    view.save(update_fields=["deleted_at"])


def restore(user: User, organization: Organization, view_id: int) -> SavedView:
    """Restore a deleted view.

    404 where it is gone; ValidationError where its name is taken or the limit reached.
    """
    found = SavedView.objects.filter(organization=organization, pk=view_id).exclude(deleted_at=None).first()
    if found is None or (not found.is_shared and found.owner_id != user.pk):
        raise Http404("There is no such view.")
    check_may_change(user, found)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        _check_room(organization, found.owner)
        found.deleted_at = None
        return _stored(found)


def set_default(user: User, view: SavedView, *, is_default: bool) -> None:
    """Make a view the person's default, or all findings again."""
    if is_default:
        DefaultView.objects.update_or_create(user=user, organization=view.organization, defaults={"view": view})
    else:
        DefaultView.objects.filter(user=user, view=view).delete()


def default_of(user: User, organization: Organization | None) -> SavedView | None:
    """Return the view with which a person's list opens, if any."""
    if not user.pk or organization is None:  # a page that is read ahead is nobody's
        return None
    return visible(user, organization).filter(defaults__user=user).first()


def defaults_of_others(user: User, views: Sequence[SavedView]) -> dict[int, int]:
    """Return how many other people have each view as default, by primary key."""
    others = DefaultView.objects.filter(view__in=views).exclude(user=user).order_by().values_list("view")
    return dict(others.annotate(number=Count("pk")))


def _stored(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        kind = "shared view" if view.is_shared else "view"
        raise ValidationError({"name": f"There is a {kind} named “{view.name}” already."}) from error
    return view


def open_url(request: HttpRequest, view: SavedView) -> str:
    """Return the list as a view holds it, in the scope of the request."""
    url = url_in_scope(request, "findings:list", None, view=view.pk)
    return f"{url}&{view.query}" if view.query else url


def tabs(request: HttpRequest, views: Sequence[SavedView], default: SavedView | None, total: int) -> list[SavedViewTab]:
    """Return tabs for all findings and for each view, the default first."""
    current = parameters.text(request, "view")
    ordered = sorted(views, key=lambda one: (one != default, one.is_shared))
    counts = _counts(request, [one.query for one in ordered[:TABS_MAX]])
    found = [
        SavedViewTab(
            "All findings", url_in_scope(request, "findings:list", None, view=ALL), total, current in {"", ALL}
        )
    ]
    for one in ordered:
        is_current = current == str(one.pk)
        found.append(
            SavedViewTab(
                one.name, open_url(request, one), counts.get(one.query), is_current, one.is_shared, one == default
            )
        )
    return found


def _counts(request: HttpRequest, queries: Sequence[str]) -> dict[str, int]:
    """Return how many findings match each query; those with a search are left out.

    A search needs the database, the others do not.
    """
    scope = scope_of(request)
    wanted = sorted({one for one in queries if "q" not in QueryDict(one)})

    def found() -> dict[str, int]:
        return {one: _count(request, one) for one in wanted}

    return (
        history.get_or_compute(scope, "view_counts", found, history.date_key(scope, scope.now), wanted)
        if wanted
        else {}
    )


def _count(request: HttpRequest, query: str) -> int:
    there = request_for_page(request, "findings:list", query)
    filters = FindingFilters(there.GET, queryset=history.findings(scope_of(request)), request=there)
    return int(filters.narrowed.counts().sum())


def holds(view: SavedView) -> list[str]:
    """Return in words what a view filters by, and how it is grouped and ordered."""
    sent = QueryDict(view.query)
    found = []
    for name, filter_ in FindingFilters.base_filters.items():
        values = sent.getlist(name)
        words = [filter_.words_for(each) if isinstance(filter_, Facet) else f"“{each}”" for each in values]
        if words:
            found.append(f"{filter_.label}: {', '.join(words)}")
    if sent.get("group"):
        found.append("one by one" if sent["group"] == "none" else "grouped by fix")
    if sent.get("sort"):
        found.append(sort_options.words_of(sent["sort"]))
    return found


def missing(request: HttpRequest, view: SavedView) -> list[str]:
    """Return the filters of a view whose values are gone or out of scope, as text."""
    sent = QueryDict(view.query)
    found = [f"the filter “{parameters.shorten(name)}”" for name in sent if name not in NAMES]
    found += [f"the check “{parameters.shorten(one)}”" for one in sent.getlist("check") if one not in all_checks()]
    found += [
        f"the resource type “{parameters.shorten(one)}”" for one in sent.getlist("type") if one not in all_collectors()
    ]
    found += [
        f"the practice “{parameters.shorten(one)}”" for one in sent.getlist("practice") if practice_title(one) == one
    ]
    seen = {account.account_id for account in scope_of(request).accounts}
    found += [f"the account {parameters.shorten(one)}" for one in sent.getlist("within") if one not in seen]
    return found
