"""Warm the caches of the site's pages after a sweep, for their first readers.

Each page is asked for as an executive would ask for it, over the whole organization, and its answer is thrown
away: what it has read is kept. A page that fails here fails for its readers as well, and the log says so; the
sweep it followed has ended all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db.models import Count
from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse

from accounts.models import Organization, OrganizationalUnit, Role, User
from posture.history import query as history
from posture.history.query import StoredVersion
from posture.history.upkeep.warm_up import prepare
from posture.web.navigation import AREAS
from posture.web.scoping import COMPARISONS, DEFAULT_COMPARE

UNIT_PAGES = ("dashboard:overview", "findings:list", "drift:drift")
"""Pages that are looked at for each unit as well."""

DIGESTS = ("weekly", "monthly")
"""Digests, each of the last span that has ended: page and mails say the same."""

DRIFT_GROUPS = ("account", "type", "practice", "severity", "owner")
DRIFT_LISTS = ("opened", "reopened", "resolved", "added", "removed", "changed")
"""Ways in which drift is grouped, and its lists."""
LARGE_TYPE_ROWS = 1_000
"""Resources of a type from which on its table is looked at."""

logger = logging.getLogger(__name__)

SECONDARY_PAGES = (
    "coverage:summary", "coverage:time", "data:summary", "dashboard:period", "dashboard:score", "drift:fixing",
    "drift:held", "drift:why", "organization:table", "practices:responsibility", "sweeps:gaps",
)  # fmt: skip
"""Pages and parts of pages that are a click away from where an area starts, and take as much reading."""


def warm_up(organization: Organization) -> None:
    """Read ahead what pages of an organization are made of.

    Small ones need none of it.
    """
    prepare(organization)
    if not history.is_cached(organization.accounts.count()):
        return
    for request in _requests(organization):
        match = resolve(request.path)
        request.resolver_match = match
        try:
            match.func(request, *match.args, **match.kwargs)
        except Exception:
            logger.exception("%s could not be looked at ahead", request.path)


def _requests(organization: Organization) -> Iterator[HttpRequest]:
    pages = [*(area.page for area in AREAS if not area.admins_only), *SECONDARY_PAGES]
    whole = f"org={organization.pk}"
    for page in pages:
        yield _request(page, whole)
    yield from _parts(organization, whole)
    units = OrganizationalUnit.objects.filter(organization=organization, gone_at=None)
    for ou_id in units.order_by("path").values_list("ou_id", flat=True):
        for page in UNIT_PAGES:
            yield _request(page, f"{whole}&ou={ou_id}")
    for compare in COMPARISONS:
        for page in pages if compare != DEFAULT_COMPARE else ():
            yield _request(page, f"{whole}&compare={compare}")


def _parts(organization: Organization, whole: str) -> Iterator[HttpRequest]:
    """Yield the requests of the pages behind: lists, tables and groups."""
    yield _request("findings:list", f"{whole}&group=none")
    for every in DIGESTS:
        yield _request("drift:digest", f"{whole}&every={every}")
    for kind in _types(organization):
        yield _request("inventory:table", f"{whole}&type={kind}")
    for group in DRIFT_GROUPS:
        yield _request("drift:drift", f"{whole}&group={group}")
    for kind in DRIFT_LISTS:
        yield _request("drift:list", whole, kind=kind)


def _types(organization: Organization) -> Iterator[str]:
    """Yield the types of which there are many: a table of few is as quick to read."""
    there = StoredVersion.objects.filter(account__organization=organization).order_by().values("type")
    yield from there.annotate(number=Count("pk")).filter(number__gt=LARGE_TYPE_ROWS).values_list("type", flat=True)


def _request(page: str, query: str, **kwargs: str) -> HttpRequest:
    request = HttpRequest()
    request.method, request.path = "GET", reverse(page, kwargs=kwargs)
    request.path_info = request.path
    request.GET = QueryDict(query)
    request.META.update(SERVER_NAME="localhost", SERVER_PORT="80")
    request.user = User(role=Role.EXECUTIVE)
    return request
