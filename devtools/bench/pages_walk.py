"""Find the site's pages by following its links, and time each of them.

A page is timed around the whole chain of middleware.

Nothing lists the pages: a new one is measured because another page, or the table of URLs, leads to it. Two
links of the same page with the same parameters (the shape: a filter, page 2, an order) are alike; a few of
each shape are kept, so that a walk ends. Grouping by something else asks the database something else, so that each way
to group is a shape of its own.
"""

from __future__ import annotations

import html
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, URLResolver, get_resolver, resolve, reverse

from devtools.bench.history_measures import Spent

LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
PER_SHAPE = 2
"""How many links of one shape a walk keeps."""
LEFT_OUT = ("accounts:logout", "observability:metrics")
"""A GET of the first ends the walk's session; the second is asked for by machines, with a key."""
SHAPING_PARAMETERS = frozenset({"group"})
"""Parameters whose values make a shape."""
SCOPING = ("org", "ou", "account", "as_of", "compare")


@dataclass(frozen=True, slots=True)
class Link:
    """One URL of one page."""

    url: str
    page: str
    shape: str


@dataclass(slots=True)
class Visit:
    """What answering a URL once took."""

    link: Link
    persona: str
    status: int
    spent: Spent
    queries: int = 0
    database: float = 0.0
    """Seconds by the clock in which the page waited for the database."""
    slowest: tuple[float, str] = (0.0, "")


@dataclass
class Walk:
    """A walk through the site as one person."""

    persona: str
    client: Client
    variations: list[dict[str, str]] = field(default_factory=list)
    per_page: int = 24
    """How many links of one page a walk keeps."""
    only: str = ""
    """Keep links of the pages whose name has this word; the others are followed all the same."""
    exports: dict[str, str] = field(default_factory=dict)
    """The URL of a CSV of each page that offers one."""
    broken: list[Visit] = field(default_factory=list)

    def links(self) -> list[Link]:
        """Return what there is to see; each was visited once, so that all of it is warm."""
        waiting, found = deque(seeds()), []
        shapes: Counter[tuple[str, str]] = Counter()
        pages: Counter[str] = Counter()
        seen: set[str] = set()
        while waiting:
            link = waiting.popleft()
            if link.url in seen or shapes[link.page, link.shape] >= PER_SHAPE or pages[link.page] >= self.per_page:
                continue
            seen.add(link.url)
            visit, body = self.visit(link)
            if visit.status >= 400:  # noqa: PLR2004 - refused, or gone wrong
                # What is asked for as of another date, or in another scope, need not be there.
                refused = (
                    {403, 404, 405} if set(dict(parse_qsl(urlsplit(link.url).query))) & set(SCOPING) else {403, 405}
                )
                if visit.status not in refused:
                    self.broken.append(visit)
                continue
            shapes[link.page, link.shape] += 1
            pages[link.page] += 1
            found.append(link)
            waiting.extend(self._onward(link, body))
        return [link for link in found if self.only in link.page]

    def _onward(self, link: Link, body: str) -> Iterator[Link]:
        """Yield where a page leads, and itself as of other dates and in other scopes."""
        for url in LINK.findall(body):
            found = read_link(html.unescape(url))
            if found is not None and "export" in found.shape.split("&"):
                self.exports.setdefault(found.page, found.url)
            elif found is not None:
                yield found
        query = dict(parse_qsl(urlsplit(link.url).query))
        if not set(query) & set(SCOPING):
            for more in self.variations:
                varied = read_link(f"{urlsplit(link.url).path}?{urlencode({**query, **more})}")
                if varied is not None:
                    yield varied

    def visit(self, link: Link) -> tuple[Visit, str]:
        """Ask for a URL once."""
        asked = Asked()
        spent = Spent()
        with connection.execute_wrapper(asked), spent.counting():
            response = self.client.get(link.url)
        slowest = max(asked.all, default=(0.0, ""))
        took = sum(seconds for seconds, _ in asked.all)
        visit = Visit(link, self.persona, response.status_code, spent, len(asked.all), took, slowest)
        return visit, "" if response.streaming else response.content.decode()


@dataclass
class Asked:
    """A wrapper of Django's cursors that notes each statement and its duration."""

    all: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django calls it so
        """Run the statement."""
        begin = time.perf_counter()
        found = execute(sql, params, many, context)
        self.all.append((time.perf_counter() - begin, " ".join(str(sql).split())))
        return found


def seeds() -> list[Link]:
    """Return the pages that can be asked for without arguments."""
    links = []
    for name in names(get_resolver()):
        try:
            found = read_link(reverse(name))
        except NoReverseMatch:
            continue
        if found is not None:
            links.append(found)
    return links


def names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Yield the qualified name of every URL."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry, ":".join(part for part in (namespace, entry.namespace) if part))
        elif entry.name:
            yield f"{namespace}:{entry.name}" if namespace else entry.name


def read_link(url: str) -> Link | None:
    """Return the link that a URL is; None for what is no page."""
    parts = urlsplit(url)
    try:
        page = resolve(parts.path).view_name
    except Resolver404:
        return None
    if page in LEFT_OUT:
        return None
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "org"]
    shape = "&".join(sorted({f"{name}={value}" if name in SHAPING_PARAMETERS else name for name, value in query}))
    return Link(f"{parts.path}?{urlencode(query)}" if query else parts.path, page, shape)
