"""Times the pages and the exports, and holds both to their goals."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import psutil
from django.db import connection
from django.test import Client

from accounts.models import Organization, User
from posture.bench.history_measures import Goal, Spent, percentile
from posture.bench.pages_walk import Link, Visit, Walk, names, read_link
from posture.history.scope import present

MOST_MS, MOST_QUERIES = 200, 60
FIRST_ROW_SECONDS, GROWTH_MB = 1.0, 64
EXPORTED = ("findings:list", "inventory:table")
"""The exports that are read to their end: of the whole organization, without a filter."""


def measure(organization: Organization, people: Mapping[str, User], rounds: int, only: str) -> dict[str, Any]:
    """Return the report: every page of every person, then the exports, and which goals they meet."""
    visits: list[Visit] = []
    exports: dict[str, str] = {}
    broken: list[Visit] = []
    for persona, user in people.items():
        walk = Walk(persona, _client(user), _variations(organization, user))
        links = [link for link in walk.links() if only in link.page]
        _say(f"{persona}: {len(links)} links")
        for _ in range(rounds):
            visits += [walk.visit(link)[0] for link in links]
        broken += walk.broken
        if persona == "executive":
            exports = walk.exports
    goals = [*_page_goals(visits), *_export_goals(people["executive"], exports, only)]
    reached = {visit.link.page for visit in visits}
    return {
        "goals": [goal.as_json() for goal in goals],
        "pages": _pages(visits),
        "broken": [f"{visit.status} {visit.persona} {visit.link.url}" for visit in broken],
        "not_reached": sorted(set(names_of_site()) - reached),
    }


def names_of_site() -> list[str]:
    """Return every URL's name; those that are not reached by a GET are left to the reader's eye."""
    from django.urls import get_resolver

    return list(names(get_resolver()))


def _client(user: User) -> Client:
    client = Client(raise_request_exception=False, headers={"host": "localhost"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def _variations(organization: Organization, user: User) -> list[dict[str, str]]:
    """Return the dates and scopes in which each page is asked for besides its own."""
    from accounts.access import accounts_seen_by, units_seen_by

    now = present(organization)
    then, before = (f"{now - timedelta(days=days):%Y-%m-%d}" for days in (100, 300))
    accounts = accounts_seen_by(user).order_by("pk")[:1]
    units = units_seen_by(user).order_by("pk")[:1]
    return [
        {"as_of": then},
        {"compare": "90"},
        {"as_of": then, "compare": before},
        *({"account": one.account_id} for one in accounts),
        *({"ou": one.ou_id, "as_of": then} for one in units),
    ]


def _page_goals(visits: Sequence[Visit]) -> Iterator[Goal]:
    for page, of_page in sorted(_by_page(visits).items()):
        cpu = [visit.spent.cpu * 1000 for visit in of_page]
        wall = [visit.spent.wall * 1000 for visit in of_page]
        worst = max(of_page, key=lambda visit: visit.spent.cpu)
        python, database = ([getattr(v.spent, side) * 1000 for v in of_page] for side in ("client", "server"))
        note = (
            f"median {percentile(cpu, 0.5):.0f}, Python {percentile(python):.0f}, "
            f"database {percentile(database):.0f}, by the clock {percentile(wall):.0f}; "
            f"{max(visit.queries for visit in of_page)} queries; worst {worst.spent.cpu * 1000:.0f} "
            f"{worst.persona} {worst.link.url}"
        )
        yield Goal(f"page {page}", percentile(cpu), "ms of CPU, p95", MOST_MS, note, cpu)
    yield Goal("queries of a page, most", max((v.queries for v in visits), default=0), "queries", MOST_QUERIES)


def _export_goals(user: User, exports: Mapping[str, str], only: str) -> Iterator[Goal]:
    client = _client(user)
    for page, url in sorted(exports.items()):
        if only not in page:
            continue
        link = read_link(url)
        if link is None:
            continue
        whole = page in EXPORTED
        if whole:
            link = Link(f"{link.url.partition('?')[0]}?export=csv", page, "export")
        yield from _export(client, link, whole=whole)


def _export(client: Client, link: Link, *, whole: bool) -> Iterator[Goal]:
    """Time an export's first row; and where it is read to its end, what memory it took."""
    client.get(link.url.replace("export=csv", ""))
    first, rest, process = Spent(), Spent(), psutil.Process()
    rows = 0
    with first.counting():
        response: Any = client.get(link.url)
        lines = iter(response.streaming_content) if response.streaming else iter([response.content])
        heading, begun = next(lines, b""), next(lines, b"")
    at_first = highest = process.memory_info().rss
    name = f"export of {link.page}"
    if whole:
        with rest.counting():
            for rows, _ in enumerate(lines, 2):
                if rows % 1000 == 0:
                    highest = max(highest, process.memory_info().rss)
    response.close()
    connection.close()
    note = f"by the clock {first.wall:.2f}; {len(heading)} and {len(begun)} bytes; {link.url}"
    yield Goal(f"{name}: first row", first.cpu, "s of CPU", FIRST_ROW_SECONDS, note)
    if whole:
        grew = (highest - at_first) / 1e6
        note = f"{rows:,} rows in {rest.cpu:.0f} s of CPU, {rest.wall:.0f} by the clock; peak {highest / 1e6:.0f} MB"
        yield Goal(f"{name}: memory grew", grew, "MB", GROWTH_MB, note)


def _by_page(visits: Sequence[Visit]) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        found[visit.link.page].append(visit)
    return found


def _pages(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """Return each shape of each page of each person: what it took at the median and at worst."""
    shapes: dict[tuple[str, str, str], list[Visit]] = defaultdict(list)
    for visit in visits:
        shapes[visit.link.page, visit.link.shape, visit.persona].append(visit)
    made = []
    for (page, shape, persona), of_shape in sorted(shapes.items()):
        worst = max(of_shape, key=lambda visit: visit.spent.cpu)
        slowest = max(visit.slowest for visit in of_shape)
        made.append({
            "page": page, "shape": shape, "persona": persona, "url": worst.link.url,
            "queries": max(visit.queries for visit in of_shape),
            "p50": round(percentile([visit.spent.cpu * 1000 for visit in of_shape], 0.5), 1),
            "worst": round(worst.spent.cpu * 1000, 1),
            "python": round(worst.spent.client * 1000, 1),
            "database": round(worst.spent.server * 1000, 1),
            "waited": round(worst.database * 1000, 1),
            "slowest": {"ms": round(slowest[0] * 1000, 1), "sql": slowest[1][:2000]},
        })  # fmt: skip
    return made


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
