"""What the frame of every page needs.

A context processor: reads little, and nothing for fragments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from accounts.access import organizations_seen_by
from accounts.models import Organization, Role, User
from posture.history import query
from posture.history.query import Snapshot
from posture.history.scope import Scope
from posture.web import tours
from posture.web.alerts import StatusAlert, status_alerts
from posture.web.navigation import Crumb, NavigationEntry, crumbs, entries
from posture.web.progress import SweepProgress, sweep_progress
from posture.web.scoping import (
    COMPARISONS,
    RequestedScope,
    here_with,
    ranked_organizations,
    requested_scope,
    scope_of,
    url_in_scope,
)
from posture.web.templatetags.words import day

ADMINS_NAMED_MAX = 3
"""Admins that a page names at most."""


@dataclass(frozen=True, slots=True)
class MenuOption:
    """One choice of a menu in the top bar."""

    words: str
    url: str
    is_on: bool


@dataclass
class Frame:
    """The frame of one page, read piece by piece as the template asks for it."""

    request: HttpRequest
    user: User

    @cached_property
    def requested(self) -> RequestedScope:
        """What the URL asks for.

        What it may not see counts as not asked, for the frame of a 404 page.
        """
        try:
            return requested_scope(self.request)
        except Http404:
            seen = ranked_organizations(self.user)
            return RequestedScope(seen[0] if seen else None, organizations=seen)

    @cached_property
    def scope(self) -> Scope | None:
        """The scope of the page, if there is an organization to look at."""
        if self.requested.organization is None or not hasattr(self.request, "requested_scope"):
            return None
        return scope_of(self.request)

    @cached_property
    def areas(self) -> list[NavigationEntry]:
        """The areas that the user may open."""
        return entries(self.request, self.user)

    @cached_property
    def crumbs(self) -> list[Crumb]:
        """The pages above this one, where its own template does not write them."""
        return crumbs(self.request)

    @cached_property
    def organizations(self) -> list[MenuOption]:
        """The organizations that the user sees."""
        seen = self.requested.organizations
        if seen is None:
            seen = list(organizations_seen_by(self.user))
        return [self._organization(one) for one in sorted(seen, key=lambda one: one.name)]

    def _organization(self, one: Organization) -> MenuOption:
        url = here_with(self.request, org=one.pk, ou="", account="")
        is_draft = one.state == Organization.State.DRAFT
        return MenuOption(f"{one.name} (draft)" if is_draft else one.name, url, one == self.requested.organization)

    @property
    def scope_target(self) -> str:
        """The page to open in another scope.

        This page, or its area's start where the page is about one thing.
        """
        match = self.request.resolver_match
        if match and not match.kwargs:
            return self.request.path
        return next((entry.path for entry in self.areas if entry.is_current), "/")

    @property
    def comparisons(self) -> list[MenuOption]:
        """What the page may be compared with."""
        return [
            MenuOption(words, here_with(self.request, compare=key), key == self.requested.compare)
            for key, words in COMPARISONS.items()
        ]

    @property
    def compared_with(self) -> str:
        """What the page is compared with, in words."""
        known = COMPARISONS.get(self.requested.compare)
        return known or (day(self.scope.compare_to) if self.scope else self.requested.compare)

    @cached_property
    def sweeps(self) -> tuple[Snapshot | None, Snapshot | None]:
        """The sweep that runs, and the last complete one."""
        return query.get_running_and_last(self.scope) if self.scope else (None, None)

    @property
    def palette_url(self) -> str:
        """The palette's URL, in the page's scope if the person may see that."""
        is_found = self.scope is not None or hasattr(self.request, "requested_scope")
        return url_in_scope(self.request, "web:palette") if is_found else reverse("web:palette")

    @cached_property
    def tour(self) -> tours.Tour | None:
        """The tour of a first visit, on the pages that show it until it is dismissed."""
        return tours.undismissed_tour(self.request)

    @cached_property
    def alerts(self) -> list[StatusAlert]:
        """Alerts about Plumbline itself."""
        return status_alerts(self.request, self.scope, self.sweeps) if self.scope else []

    @property
    def admins(self) -> str:
        """The names of those who can connect an organization."""
        found = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("username")[:ADMINS_NAMED_MAX]
        return " or ".join(one.get_full_name() or one.username for one in found)

    @cached_property
    def has_no_sweep(self) -> bool:
        """Return True before the first sweep.

        What is empty says nothing then.
        """
        if self.scope is None or not self.scope.account_pks:
            return False
        first = query.get_first_snapshot(self.scope)
        return first is None or (self.scope.as_of is not None and first.as_of > self.scope.as_of)

    @cached_property
    def progress(self) -> SweepProgress | None:
        """How far a running sweep has come."""
        return sweep_progress(self.scope, self.sweeps) if self.scope else None


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give the frame to every page of a person who is logged in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"frame": None}
    return {"frame": Frame(request, user)}
