"""Every link within the product carries what its page is about.

Organization, unit or account, and both dates.

The pages of the persona matrix are asked for in a scope, and each link on them is followed once, from page to page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from tests.depth import TIMES
from tests.web import story
from tests.web.access import Page as Row
from tests.web.access import matrix, nothing
from tests.web.world import World

DATED = ("as_of", "compare")
WITHIN = ("account", "ou")
"""A link names one of them, or it leaves the account or unit."""
UNSCOPED = {
    "accounts:login": "nobody is logged in there",
    "accounts:logout": "it ends the session",
    "sweeps:estimate": "what a sweep takes of the organization that the form around it is about",
    "onboarding:template": "a file about the organization in its path",
}
"""Views that a link need not carry the scope to, each with the reason."""
CHOOSING = frozenset({"web:scope", "web:palette"})
"""Views that offer other units and accounts: their links lead there."""
WIDENING = frozenset({"pl-scope", "pl-crumbs", "pl-chips", "pl-widens"})
"""Classes of elements whose links may leave the account or unit, since that is what they are for."""


@dataclass(frozen=True)
class Link:
    """A link as a page writes it, and the classes of all that it is in."""

    url: str
    classes: frozenset[str]


@dataclass
class Links(HTMLParser):
    """Collects what a page leads to.

    Links, parts that htmx loads, and GET forms with their hidden fields.
    """

    found: list[Link] = field(default_factory=list)
    open: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    form: tuple[str, frozenset[str]] | None = None
    fields: list[tuple[str, str]] = field(default_factory=list)

    VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        own = frozenset(given.get("class", "").split())
        classes = own.union(*(each for _, each in self.open))
        if tag not in self.VOID:
            self.open.append((tag, own))
        if tag == "form" and given.get("method", "get") == "get":
            self.form, self.fields = (given.get("action", ""), classes), []
        elif tag == "input" and self.form and given.get("type") == "hidden":
            self.fields.append((given["name"], given.get("value", "")))
        elif tag != "form" and "hx-get" in given:
            self.found.append(Link(given["hx-get"], classes))
        if tag == "a" and "href" in given:
            self.found.append(Link(given["href"], classes))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form:
            action = self.form[0].partition("#")[0]
            self.found.append(Link(f"{action}?{urlencode(self.fields)}", self.form[1]))
            self.form = None
        while any(name == tag for name, _ in self.open) and self.open.pop()[0] != tag:
            pass


def links(response: HttpResponseBase, url: str) -> Iterator[Link]:
    """Yield the internal links of an answer, each as an absolute path with its query."""
    if response.status_code in {301, 302}:
        yield Link(urljoin(url, response["Location"]), frozenset())
    if not response.headers.get("Content-Type", "").startswith("text/html") or response.streaming:
        return
    parser = Links()
    parser.feed(response.content.decode())  # type: ignore[attr-defined]  # it is not streaming
    for one in parser.found:
        if one.url.startswith(("#", "http:", "https:", "mailto:")):
            continue
        yield Link(urljoin(url, one.url).partition("#")[0], one.classes)


def missing(link: Link, scope: Mapping[str, str]) -> list[str]:
    """Return the parameters of the scope that a link neither carries nor changes."""
    query = parse_qs(urlsplit(link.url).query)
    lost = [name for name in ("org", *DATED) if name in scope and name not in query]
    # "Now", and what a comparison is taken off by, are links that drop a date on purpose.
    if "pl-scope" in link.classes:
        lost = []
    leaves = any(name in scope for name in WITHIN) and not any(name in query for name in WITHIN)
    return [*lost, *(["account or unit"] if leaves and not link.classes & WIDENING else [])]


def scopes(world: World) -> dict[str, dict[str, str]]:
    """Return the scope that each persona starts in."""
    day = timezone.now().date().isoformat()
    both = {"org": str(world.organization.pk), "as_of": day, "compare": "7"}
    return {
        "owner": {**both, "account": world.ours.account_id},
        "executive": {**both, "ou": world.production.ou_id},
        "admin": {**both, "account": world.ours.account_id},
    }


@dataclass
class Crawl:
    """A walk from page to page: each view is opened once.

    Again for each further parameter that a link has.
    """

    client: Client
    scope: Mapping[str, str]
    opened: set[tuple[str, str]] = field(default_factory=set)
    is_thorough: bool = True
    """Whether a view is opened again for each further parameter that a link has."""
    wrong: dict[str, str] = field(default_factory=dict)
    found_on: dict[str, str] = field(default_factory=dict)

    def start(self, url: str) -> None:
        """Open a page, and all that it leads to."""
        self.opened |= self._kinds_of(url)
        for link in list(self._open(url)):
            if self._kinds_of(link) - self.opened:
                self.opened |= self._kinds_of(link)
                # All further pages are starts as well.
                list(self._open(link))

    def _kinds_of(self, url: str) -> set[tuple[str, str]]:
        return kinds_of(url) if self.is_thorough else {(view_of(url), "")}

    def _scope_of(self, url: str) -> dict[str, str]:
        """Return a page's scope; one reached by "All accounts" has no account or unit."""
        return {name: value for name, value in self.scope.items() if name not in WITHIN or name in _query(url)}

    def _open(self, url: str) -> Iterator[str]:
        response = self.client.get(url)
        if response.status_code not in {200, 302}:
            self.wrong[url] = f"answers {response.status_code}; linked on {self.found_on.get(url)}"
            return
        for link in links(response, url):
            if not view_of(link.url) or view_of(link.url) in UNSCOPED:
                continue
            if is_other_date(url, link.url):
                continue
            lost = [] if view_of(url) in CHOOSING else missing(link, self._scope_of(url))
            if lost:
                self.wrong.setdefault(f"{view_of(url)} -> {link.url}", f"loses {', '.join(lost)}; on {url}")
            elif "export=" not in link.url:
                self.found_on.setdefault(link.url, url)
                yield link.url


def view_of(url: str) -> str:
    """Return the qualified name of the view behind a URL; empty for a file."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def is_other_date(url: str, link: str) -> bool:
    """Return True for a link to the same page at another date.

    "Look at it as of now".
    """
    before, after = urlsplit(url), urlsplit(link)
    return before.path == after.path and parse_qs(before.query).keys() - parse_qs(after.query).keys() == {"as_of"}


def kinds_of(url: str) -> set[tuple[str, str]]:
    """Return a link's view with each of its parameters.

    A link that adds none to those seen is not followed.
    """
    return {(view_of(url), name) for name in ("", *parse_qs(urlsplit(url).query))}


def address(name: str, row: Row, crawl: Crawl, world: World) -> str:
    """Return the URL of a row of the matrix in the crawl's scope."""
    url = reverse(name, kwargs=dict(row.kwargs(world)))
    return f"{url}?{urlencode({**row.query(world), **crawl.scope})}"


@pytest.mark.slow
@pytest.mark.parametrize("persona", ["owner", "executive", "admin"])
def test_each_link_carries_the_scope_and_the_dates(persona: str, world: World, client: Client) -> None:
    user = world.person(persona)
    assert user is not None
    client.force_login(user)
    crawl = Crawl(client, scopes(world)[persona], is_thorough=persona == "owner" or TIMES > 1)
    rows = {name: row for name, row in matrix().items() if row.method == "get" and name not in UNSCOPED}
    rows = {name: row for name, row in rows.items() if getattr(row, persona) == 200}
    with transaction.atomic():
        story.record_story(world)
        for name, row in rows.items():
            if row.kwargs is nothing:
                crawl.start(address(name, row, crawl, world))
        transaction.set_rollback(True)
    for name, row in rows.items():
        if row.kwargs is not nothing:
            with transaction.atomic():
                crawl.start(address(name, row, crawl, world))
                transaction.set_rollback(True)
    assert crawl.wrong == {}, "\n".join(f"{link}: {why}" for link, why in crawl.wrong.items())
    assert len(crawl.opened) > (100 if crawl.is_thorough else 40)
