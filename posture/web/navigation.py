"""The areas of the site, in the order in which the rail shows them. Knows names, never the areas' code."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import User
from posture.web.scoping import url_in_scope


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the rail: what it is called, where it starts, its icon and who may open it."""

    title: str
    page: str
    icon: str
    admins_only: bool = False

    @property
    def namespace(self) -> str:
        """The URL namespace that its pages share."""
        return self.page.partition(":")[0]


AREAS = (
    Area("Overview", "dashboard:overview", "gauge"),
    Area("Findings", "findings:list", "list-search"),
    Area("Drift", "drift:drift", "timeline"),
    Area("Accounts", "estate:tree", "sitemap"),
    Area("Inventory", "inventory:types", "stack-2"),
    Area("Data", "data:map", "database"),
    Area("Network", "network:vpcs", "route"),
    Area("Coverage", "coverage:matrix", "radar"),
    Area("Outposts", "outposts:list", "server-2"),
    Area("Practices", "practices:list", "checklist"),
    Area("Sweeps", "sweeping:list", "refresh"),
    Area("Settings", "onboarding:organizations", "settings", admins_only=True),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An area as one person sees it on one page."""

    title: str
    icon: str
    url: str
    is_current: bool

    @property
    def path(self) -> str:
        """Its URL without the scope."""
        return self.url.partition("?")[0]


def entries(request: HttpRequest, user: User) -> list[Entry]:
    """Return the areas that the user may open, each with its URL in the request's scope."""
    match = request.resolver_match
    here = match.namespace if match else ""
    return [
        Entry(area.title, area.icon, url_in_scope(request, area.page), area.namespace == here)
        for area in AREAS
        if user.is_admin or not area.admins_only
    ]
