"""Pages and acts that the palette offers. Knows names, never the areas' code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpRequest
from django.urls import reverse

from posture.web.navigation import AREAS
from posture.web.palette import PREFIX, PaletteEntry, rank_match, source
from posture.web.scoping import require_user, url_in_scope


@dataclass(frozen=True, slots=True)
class Destination:
    """A page or an action: title, search words, target, and who may open it."""

    title: str
    page: str
    icon: str
    words: str = ""
    kwargs: Mapping[str, object] = field(default_factory=dict)
    fragment: str = ""
    admins_only: bool = False
    act: str = ""

    @property
    def id(self) -> str:
        """The end of its key."""
        return self.title.lower().replace(" ", "-")

    def url(self, request: HttpRequest) -> str:
        """Return where it leads, in the request's scope; a form is sent without."""
        if not self.page:
            return ""
        if self.act == "post":
            return reverse(self.page)
        return f"{url_in_scope(request, self.page, dict(self.kwargs))}{self.fragment}"


PAGES = (
    *(Destination(area.title, area.page, area.icon, admins_only=area.admins_only) for area in AREAS),
    Destination("How the score is made", "dashboard:score", "gauge", "formula weights band points"),
    Destination("Accounts as a table", "organization:table", "sitemap", "list owners weights"),
    Destination("Time to fix", "drift:fixing", "timeline", "median remediation mttr"),
    Destination("Digest", "drift:digest", "mail", "mail weekly monthly report"),
    Destination("Identities as a list", "identity:list", "id-badge-2", "users roles administrators unused privilege"),
    Destination("Trusts to outside", "identity:outside", "id-badge-2", "external id assume role vendor github oidc"),
    Destination("Access keys", "identity:keys", "key", "old rotate credentials users root"),
    Destination("Kubernetes clusters", "clusters:list", "hexagons", "eks rbac pods namespaces cluster-admin"),
    Destination("Coverage through time", "coverage:time", "radar", "history tools"),
    Destination("Gaps", "sweeps:gaps", "eye-off", "not seen denied unknown permissions blind"),
    Destination("Attestations", "attestations:list", "shield-check", "manual controls attest evidence outposts duties"),
    Destination("Parameters of checks", "parameters:list", "settings", "threshold days ports regions limits"),
    Destination("Access to a resource", "access:ask", "key", "who can may iam policy action principal evaluate"),
    Destination("Permissions", "permissions:list", "key", "iam role policy actions"),
    Destination("Kubernetes clusters", "permissions:kubernetes", "key", "eks connect read clusterrole access entry"),
    Destination("Images that run", "containers:images", "box", "containers docker ecr scan vulnerabilities digest"),
    Destination("Shared responsibility", "practices:responsibility", "checklist", "aws customer duties", {}),
    Destination(
        "CIS AWS Foundations", "practices:framework", "checklist", "benchmark framework", {"framework_id": "cis_aws_7"}
    ),
    Destination(
        "AWS Foundational Security Best Practices",
        "practices:framework",
        "checklist",
        "fsbp framework security hub",
        {"framework_id": "aws_fsbp"},
    ),
    Destination("Profile", "accounts:profile", "user", "password access you account"),
    Destination("People and owners", "onboarding:people", "users", "users roles ownership", admins_only=True),
    Destination("Styleguide", "styleguide:tokens", "stack-2", "design colours parts pictures", admins_only=True),
)

ACTIONS = (
    Destination("Sweep now", "sweeps:list", "refresh", "start run scan", fragment="#sweep-now", admins_only=True),
    Destination("Add an organization", "onboarding:new", "plug", "connect onboard account", admins_only=True),
    Destination("Add a person", "onboarding:person_new", "user", "invite user owner", admins_only=True),
    Destination("Change the password", "accounts:profile", "lock", fragment="#password"),
    Destination("Switch theme", "", "moon", "dark light mode colour color", act="theme"),
    Destination("Show keyboard shortcuts", "web:shortcuts", "keyboard", "keys help ?", act="shortcuts"),
    Destination("Take the tour", "web:tour", "help", "help guide first visit introduction"),
    Destination("Log out", "accounts:logout", "logout", "sign out leave", act="post"),
)


class _DestinationSource:
    """A search in a fixed list of destinations."""

    def __init__(self, kind: str, listed: Sequence[Destination]) -> None:
        self.kind, self.listed = kind, listed

    def find(self, request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
        """Return those that have the words; without any, all of them."""
        for one in self._open_to(request):
            rank = rank_match(text, one.title, one.words) if text else PREFIX
            if rank is not None:
                yield replace(self._entry(request, one), rank=rank)

    def load(self, request: HttpRequest, ids: Sequence[str]) -> Iterable[PaletteEntry]:
        """Return those that are known by their ids."""
        return [self._entry(request, one) for one in self._open_to(request) if one.id in ids]

    def _open_to(self, request: HttpRequest) -> Iterator[Destination]:
        is_admin = require_user(request).is_admin
        return (one for one in self.listed if is_admin or not one.admins_only)

    def _entry(self, request: HttpRequest, one: Destination) -> PaletteEntry:
        return PaletteEntry(f"{self.kind}:{one.id}", one.title, one.icon, one.url(request), act=one.act)


@source("page", "Pages", needs_organization=False)
class PageSource(_DestinationSource):
    """The areas, and pages within them that people look for by name."""

    def __init__(self) -> None:
        super().__init__("page", PAGES)


@source("act", "Actions", needs_organization=False)
class ActionSource(_DestinationSource):
    """What can be done from anywhere."""

    def __init__(self) -> None:
        super().__init__("act", ACTIONS)
