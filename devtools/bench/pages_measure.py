"""Timings of pages, warm and right after a sweep, compared with their goals."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from redis import Redis

from accounts.models import Organization, User
from devtools.bench import pages_exports as exporting
from devtools.bench.history_measures import Goal, Spent, percentile, quick
from devtools.bench.pages_options import Run
from devtools.bench.pages_walk import Visit, Walk, names
from posture.history.scope import present
from posture.web.preload import preload
from posture.web.warm_up import warm_up

MAX_MS, MAX_QUERIES = 200, 60
PER_REPORT = 30
"""Seconds between reports of what is measured so far."""


@dataclass
class Measurement:
    """Measurement of every page for every person, then of the exports.

    Reports every half minute.
    """

    organization: Organization
    people: Mapping[str, User]
    run: Run
    write: Callable[[dict[str, Any]], None]
    warm_visits: list[Visit] = field(default_factory=list)
    cold_visits: list[Visit] = field(default_factory=list)
    broken: list[Visit] = field(default_factory=list)
    exports: dict[str, str] = field(default_factory=dict)
    export_goals: list[Goal] = field(default_factory=list)
    reported_at: float = 0.0

    def all(self) -> None:
        """Measure it all."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{self.run.patience}s"])
        preload()  # as the site's server does at its start
        swept = Swept(self.organization) if self.run.cold else None
        for persona, user in self.people.items():
            self._person(
                Walk(persona, _client(user), _variations(self.organization, user), self.run.per_page, self.run.only),
                swept,
            )
        connection.close()
        self.export_goals += exporting.goals(self.people["executive"], self.exports, self.run.only)
        self._write()

    def _person(self, walk: Walk, swept: Swept | None) -> None:
        links = walk.links()
        self.broken += walk.broken
        self.exports = {**walk.exports, **self.exports}
        _log(f"{walk.persona}: {len(links)} links, {len(walk.broken)} broken")
        for number, link in enumerate(links, 1):
            if swept is not None:
                swept.restore()
                self.cold_visits.append(walk.visit(link)[0])
            self.warm_visits += [walk.visit(link)[0] for _ in range(self.run.rounds)]
            if time.monotonic() - self.reported_at > PER_REPORT:
                self.reported_at = time.monotonic()
                _log(f"{walk.persona}: {number} of {len(links)}")
                self._write()
        self._write()

    def _write(self) -> None:
        warm, cold = self.warm_visits, self.cold_visits
        goals = [*_page_goals("page", warm), *_page_goals("cold", cold), *self.export_goals]
        self.write({
            "goals": [goal.as_json() for goal in goals],
            "pages": _pages(warm),
            "cold": _pages(cold),
            "broken": [f"{visit.status} {visit.persona} {visit.link.url}" for visit in self.broken],
            "not_reached": sorted(set(names_of_site()) - {visit.link.page for visit in warm}),
        })  # fmt: skip


class Swept:
    """What the cache holds right after a sweep.

    What is worked out ahead, and nothing else.
    """

    def __init__(self, organization: Organization) -> None:
        self.client = Redis.from_url(settings.CACHES["default"]["LOCATION"])
        spent = Spent()
        cache.clear()
        with spent.counting():
            warm_up(organization)
        _log(f"worked out ahead after a sweep: {spent.as_json()}")
        self.values = {key: self.client.dump(key) or b"" for key in self.client.scan_iter()}

    def restore(self) -> None:
        """Bring the cache back to that."""
        self.client.flushdb()
        for key, value in self.values.items():
            self.client.restore(key, 0, value)


def names_of_site() -> list[str]:
    """Return every URL's name.

    Those that are not reached by a GET are left to the reader's eye.
    """
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


def _page_goals(kind: str, visits: Sequence[Visit]) -> Iterator[Goal]:
    pages = sorted(_by_page(visits).items())
    for page, of_page in [("of the site", visits), *pages] if visits else []:
        cpu = [visit.spent.cpu * 1000 for visit in of_page]
        wall = [visit.spent.wall * 1000 for visit in of_page]
        worst = max(of_page, key=lambda visit: visit.spent.cpu)
        python, database = ([getattr(v.spent, side) * 1000 for v in of_page] for side in ("client", "server"))
        note = (
            f"median {percentile(cpu, 0.5):.0f}, Python {percentile(python):.0f}, "
            f"database {percentile(database):.0f}, by the clock {percentile(wall):.0f}, "
            f"{quick([piece for visit in of_page for piece in visit.spent.pieces])}; "
            f"{max(visit.queries for visit in of_page)} queries; worst {worst.spent.cpu * 1000:.0f} "
            f"{worst.persona} {worst.link.url}"
        )
        yield Goal(f"{kind} {page}", percentile(cpu), "ms of CPU, p95", MAX_MS, note, cpu)
    if visits:
        yield Goal(f"{kind}: queries, most", max((v.queries for v in visits), default=0), "queries", MAX_QUERIES)


def _by_page(visits: Sequence[Visit]) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        found[visit.link.page].append(visit)
    return found


def _pages(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """Return each shape of each page of each person.

    What it took at the median and at worst.
    """
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


def _log(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
