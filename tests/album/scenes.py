"""Which pages there are to photograph, for whom and by which URL.

Nothing here lists pages. The table of URLs says which exist, the persona matrix (`tests/<area>/matrix.py`) who may open
them, and the site's own links lead to those that need arguments: of several links to one page the fullest is taken.
"""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from accounts.models import User
from tests.web.access import matrix
from tests.web.world import World

MATRIX = matrix()
PERSONAS = ("admin", "executive", "owner", "anonymous")
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
ELSEWHERE = re.compile(r"[?&;](as_of|compare|account|ou|export|page|sort)=")
"""In links that change the date, the scope or the order of a page, where the page itself is wanted."""
PER_PAGE = 3
"""Links of one page that are tried for the fullest."""
LEFT_OUT = ("accounts:logout", "observability:metrics")
"""A GET of the first would end the walk's session; machines alone ask for the second."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A page as one person opens it."""

    page: str
    """The URL's qualified name, as `findings:detail`."""
    url: str
    persona: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a URL gave to the walk."""

    url: str
    is_whole: bool
    """Whether it is a page of its own, and no part, redirect or file."""
    size: int
    links: tuple[str, ...]


def is_open(page: str, persona: str) -> bool:
    """Return True if a person may open a page by a link."""
    row = MATRIX[page]
    return row.method == "get" and getattr(row, persona) == 200


def scenes(world: World, persona: str) -> list[Scene]:
    """Return every page that a person can reach, in the order of the URLs."""
    found = _walk(_client(world.person(persona)), persona)
    return [Scene(page, found[page].url, persona) for page in MATRIX if page in found]


def missing(world: World, photographed: Iterable[Scene], persona: str) -> list[str]:
    """Return the pages that a person may open and that are not among the scenes.

    What is no page of its own is left out: the answer decides, for a URL that the matrix names the arguments of.
    """
    pages = {one.page for one in photographed}
    client = _client(world.person(persona))
    open_ones = [page for page in MATRIX if is_open(page, persona) and page not in {*pages, *LEFT_OUT}]
    return [page for page in open_ones if _is_whole(client, world, page)]


def _is_whole(client: Client, world: World, page: str) -> bool:
    row = MATRIX[page]
    with transaction.atomic():
        answer = _ask(client, reverse(page, kwargs=dict(row.kwargs(world))), row.query(world))
        transaction.set_rollback(True)
    return answer.is_whole


def _client(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def _walk(client: Client, persona: str) -> dict[str, Answer]:
    """Follow the site's own links.

    Return of each page its own address, or else the fullest that was found.
    """
    pages = [page for page in MATRIX if is_open(page, persona)]
    plain = {url: page for page in pages if (url := _without_arguments(page))}
    waiting, found = deque(plain), dict[str, Answer]()
    tried: Counter[str] = Counter()
    seen: set[str] = set()
    while waiting:
        url = waiting.popleft()
        page = _page_of(url)
        is_done = page in found and found[page].url in plain
        if page not in pages or is_done or url in seen or tried[page] >= PER_PAGE:
            continue
        seen.add(url)
        tried[page] += 1
        answer = _ask(client, url)
        waiting.extend(answer.links)
        if answer.is_whole and (page not in found or answer.size > found[page].size):
            found[page] = answer
    return found


def _without_arguments(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


def _page_of(url: str) -> str:
    try:
        page = resolve(url.partition("?")[0]).view_name
    except Resolver404:
        return ""
    return "" if page in LEFT_OUT else page


def _ask(client: Client, url: str, query: Mapping[str, Any] | None = None) -> Answer:
    response = client.get(url, query)
    if response.streaming:
        response.close()
        return Answer(url, is_whole=False, size=0, links=())
    text = response.content.decode(errors="replace")
    is_whole = response.status_code == 200 and text.lstrip()[:15].lower() == "<!doctype html>"
    links = tuple(html.unescape(one) for one in LINK.findall(text) if not ELSEWHERE.search(one))
    return Answer(url, is_whole, len(text), links)
