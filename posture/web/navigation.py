"""The areas of the site, in the order in which the rail shows them.

Knows names, never the areas' code.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import User
from posture.web.scoping import url_in_scope


@dataclass(frozen=True, slots=True)
class Area:
    """An entry of the rail: title, start page, icon, and who may open it."""

    title: str
    page: str
    icon: str
    admins_only: bool = False
    key: str = ""
    """The key that leads there after `g`, if one does."""

    @property
    def namespace(self) -> str:
        """The URL namespace that its pages share."""
        return self.page.partition(":")[0]


AREAS = (
    Area("Overview", "dashboard:overview", "gauge", key="o"),
    Area("Findings", "findings:list", "list-search", key="f"),
    Area("Drift", "drift:drift", "timeline", key="d"),
    Area("Accounts", "organization:tree", "sitemap", key="a"),
    Area("Inventory", "inventory:types", "stack-2", key="i"),
    Area("Data", "data:map", "database", key="t"),
    Area("Identity", "identity:overview", "id-badge-2", key="w"),
    Area("Network", "network:vpcs", "route", key="n"),
    Area("Entry points", "entry:doors", "door-enter", key="y"),
    Area("Coverage", "coverage:matrix", "radar", key="c"),
    Area("Outposts", "outposts:list", "server-2", key="u"),
    Area("Containers", "containers:estate", "box", key="x"),
    Area("Clusters", "clusters:list", "hexagons", key="k"),
    Area("Manifests", "manifests:list", "file-code", key="m"),
    Area("Practices", "practices:list", "checklist", key="p"),
    Area("Sweeps", "sweeps:list", "refresh", key="s"),
    Area("Settings", "onboarding:organizations", "settings", admins_only=True, key="e"),
)


PARENT_PAGES = {
    "access:ask": (("Identity", "identity:overview"),),
    "drift:digest_mails": (("Drift", "drift:drift"), ("Digest", "drift:digest")),
    "inventory:search": (("Inventory", "inventory:types"),),
    "attestations:list": (("Practices", "practices:list"),),
    "parameters:list": (("Practices", "practices:list"),),
    "permissions:list": (("Sweeps", "sweeps:list"), ("Gaps", "sweeps:gaps")),
    "web:scope": (("Overview", "dashboard:overview"),),
    **{
        f"onboarding:{name}": (("Settings", "onboarding:organizations"),)
        for name in ("new", "who", "deploy", "connect", "settings", "people")
    },
    **{
        f"onboarding:{name}": (("Settings", "onboarding:organizations"), ("People", "onboarding:people"))
        for name in ("person", "person_new")
    },
}
"""The pages above a page whose template says nothing of them, from the top down: names and views."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page above another, with its URL in the request's scope."""

    title: str
    url: str


def crumbs(request: HttpRequest) -> list[Crumb]:
    """Return the breadcrumbs of pages whose templates do not write them."""
    match = request.resolver_match
    above = PARENT_PAGES.get(match.view_name, ()) if match else ()
    return [Crumb(title, url_in_scope(request, page)) for title, page in above]


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """An area as one person sees it on one page."""

    title: str
    icon: str
    url: str
    is_current: bool
    key: str = ""

    @property
    def path(self) -> str:
        """Its URL without the scope."""
        return self.url.partition("?")[0]


def entries(request: HttpRequest, user: User) -> list[NavigationEntry]:
    """Return the areas that the user may open, with URLs in the current scope."""
    here = _area_namespace(request)
    return [
        NavigationEntry(area.title, area.icon, url_in_scope(request, area.page), area.namespace == here, area.key)
        for area in AREAS
        if user.is_admin or not area.admins_only
    ]


def _area_namespace(request: HttpRequest) -> str:
    """Return the namespace of the area that a page, or the page above it, is in."""
    match = request.resolver_match
    if match is None:
        return ""
    if any(area.namespace == match.namespace for area in AREAS):
        return match.namespace
    above = PARENT_PAGES.get(match.view_name) or PARENT_PAGES.get(f"{match.namespace}:list")
    return above[0][1].partition(":")[0] if above else match.namespace
