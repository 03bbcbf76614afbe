"""No person takes the whole site.

Slow statements end, requests at once are counted, answers are not stored.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any
from unittest.mock import patch

import django_rq
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.test import Client
from redis.exceptions import RedisError

from accounts.models import User
from posture.web import limits
from posture.web.limits import EXPORTS, PAGES, WAITING, Slot, take_slot
from tests.web.test_malformed import MATRIX, arranged
from tests.web.world import World


@pytest.fixture
def limited_process() -> Iterator[None]:
    """A process that limits its statements as the web server does."""
    limits.limit_statements()
    yield
    connection_created.disconnect(dispatch_uid=limits.WEB_CONNECTION)


def timeout_of_new_connection() -> str:
    """Return PostgreSQL's time-out of statements on a connection that is made now."""
    made = connections["default"].copy()
    try:
        with made.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])
    finally:
        made.close()


@pytest.mark.usefixtures("db", "limited_process")
def test_the_web_servers_statements_have_a_timeout() -> None:
    assert timeout_of_new_connection() == f"{settings.STATEMENT_SECONDS}s"


@pytest.mark.usefixtures("db")
def test_a_workers_statements_have_none() -> None:
    assert timeout_of_new_connection() == "0"


def test_a_slow_page_says_so_and_what_to_do(world: World, client: Client) -> None:
    client.force_login(world.executive)

    def slow(request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 50")
            cursor.execute("SELECT pg_sleep(5)")
        return HttpResponse()

    with patch("posture.pages.practices.queries.practices", slow):
        response = client.get("/practices/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    page = response.content.decode()
    assert "This took too long" in page
    assert "a shorter period" in page


def test_a_slow_export_is_a_page_as_well(world: World, client: Client) -> None:
    client.force_login(world.executive)

    def slow(_: Any) -> Iterator[str]:
        yield "heading"
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 50")
            cursor.execute("SELECT pg_sleep(5)")
        yield "rows"

    with patch.dict("posture.web.lists.FORMATS", {"csv": ("text/csv", slow)}):
        assert client.get("/accounts/table/?export=csv").status_code == 503


def test_other_errors_are_no_timeouts() -> None:
    assert not limits.is_timeout(ValueError())


UNCOUNTED = {
    "accounts:home",
    "accounts:login",
    "accounts:logout",
    "onboarding:caller",
    "onboarding:test",
    "web:progress",
}
"""The pages that answer however much their person has under way: they are cheap, and some are polled."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request wait for a slot."""
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0)


def fill(user: User, count: int = 0) -> list[Slot]:
    """Take all slots of a person, as so many slow pages do."""
    taken = [take_slot(user, PAGES, 99) for _ in range(count or settings.PERSON_REQUESTS)]
    return [slot for slot in taken if slot]


@pytest.mark.usefixtures("impatient")
def test_a_person_has_so_many_requests_at_once(world: World, client: Client) -> None:
    client.force_login(world.executive)
    held = fill(world.executive)
    response = client.get("/findings/")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "2"
    assert "Too many at once" in response.content.decode()
    client.force_login(world.owner)
    assert client.get("/findings/").status_code == 200, "nobody else is held up"
    client.force_login(world.executive)
    held[0].release()
    for _ in range(settings.PERSON_REQUESTS + 1):
        assert client.get("/findings/").status_code == 200, "each request gives its slot back"


@pytest.mark.usefixtures("impatient")
def test_all_views_count_but_cheap_ones(world: World) -> None:
    """A new view is limited without being named here."""
    admin, counted = Client(), {}
    fill(world.admin)
    for name, row in MATRIX.items():
        admin.force_login(world.admin)
        with transaction.atomic():
            url, known = arranged(name, world)
            counted[name] = getattr(admin, row.method)(url, known).status_code == 429
            transaction.set_rollback(True)
    assert {name for name, is_counted in counted.items() if not is_counted} == UNCOUNTED


def test_a_request_over_the_limit_waits_for_a_slot(world: World, client: Client) -> None:
    client.force_login(world.executive)
    held = fill(world.executive)
    timer = Timer(0.3, held[0].release)
    timer.start()
    assert client.get("/practices/").status_code == 200
    timer.join()


def test_a_request_waits_only_so_long(world: World, client: Client) -> None:
    client.force_login(world.executive)
    fill(world.executive)
    began = time.monotonic()
    assert client.get("/practices/").status_code == 429
    assert limits.WAIT_SECONDS <= time.monotonic() - began < limits.WAIT_SECONDS + 3
    assert take_slot(world.executive, WAITING, 1), "it waits no more"


def test_only_so_many_requests_wait(world: World, client: Client) -> None:
    client.force_login(world.executive)
    fill(world.executive)
    for _ in range(limits.MAX_WAITING):
        assert take_slot(world.executive, WAITING, limits.MAX_WAITING)
    began = time.monotonic()
    assert client.get("/practices/").status_code == 429
    assert time.monotonic() - began < limits.WAIT_SECONDS


def test_a_person_leaves_a_thread_of_each_process_to_others() -> None:
    root = Path(settings.BASE_DIR)
    served = re.findall(r'"--blocking-threads", "(\d+)"', (root / "docker/Dockerfile").read_text())
    served += re.findall(r'"--blocking-threads", "(\d+)"', (root / "devtools/local/up.py").read_text())
    assert len(served) == 2
    assert all(int(threads) > settings.PERSON_REQUESTS + limits.MAX_WAITING for threads in served)


def test_a_broken_page_gives_its_slot_back(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.executive)
    with patch("posture.pages.practices.queries.practices", side_effect=ValueError):
        assert client.get("/practices/").status_code == 500
    assert django_rq.get_connection().zcard(limits.KEY.format(PAGES, world.executive.pk)) == 0


def test_an_export_holds_its_slot_until_it_is_sent(world: World, client: Client) -> None:
    client.force_login(world.executive)
    running = [client.get("/accounts/table/?export=csv") for _ in range(settings.PERSON_EXPORTS)]
    refused = client.get("/accounts/table/?export=csv")
    assert refused.status_code == 429
    assert "earlier exports are still running" in refused.content.decode()
    assert client.get("/accounts/table/").status_code == 200
    assert b"payments" in running[0].getvalue()
    assert client.get("/accounts/table/?export=csv").status_code == 200
    running[1].close()
    assert take_slot(world.executive, EXPORTS, 2), "one that the client left gives its slot back too"


@pytest.mark.usefixtures("impatient")
def test_an_export_is_a_page_too(world: World, client: Client) -> None:
    """Both occupy a thread of the web server."""
    client.force_login(world.executive)
    running = client.get("/accounts/table/?export=csv")
    held = fill(world.executive, settings.PERSON_REQUESTS - 1)
    assert client.get("/findings/").status_code == 429
    assert b"payments" in running.getvalue()
    assert client.get("/findings/").status_code == 200
    held += fill(world.executive, 1)
    assert client.get("/accounts/table/?export=csv").status_code == 429
    held[0].release()
    assert client.get("/accounts/table/?export=csv").status_code == 200, "a refused export holds nothing"


def test_what_a_dead_process_held_is_free_after_a_while(world: World) -> None:
    assert take_slot(world.executive, PAGES, 1)
    assert take_slot(world.executive, PAGES, 1) is None
    key = limits.KEY.format(PAGES, world.executive.pk)
    store = django_rq.get_connection()
    members: Any = store.zrange(key, 0, -1)
    store.zadd(key, dict.fromkeys(members, 1.0))
    assert take_slot(world.executive, PAGES, 1)


def test_without_a_cache_nobody_is_refused(world: World, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.force_login(world.executive)
    with patch("posture.web.limits.django_rq.get_connection", side_effect=RedisError), caplog.at_level(logging.WARNING):
        for _ in range(settings.PERSON_REQUESTS + 2):
            assert client.get("/practices/").status_code == 200
    assert "requests are not counted" in caplog.text


def test_no_answer_of_a_view_is_stored(world: World) -> None:
    """Whatever the URL, and whoever asks."""
    wrong, visitor, admin = [], Client(), Client()
    admin.force_login(world.admin)
    for name, row in MATRIX.items():
        with transaction.atomic():
            url, known = arranged(name, world)
            for client in (visitor, admin):
                response = getattr(client, row.method)(url, known)
                if response.headers.get("Cache-Control") != "no-store, private":
                    wrong.append(f"{url} {response.status_code}")
            transaction.set_rollback(True)
        # Logging out ends the session.
        admin.force_login(world.admin)
    assert wrong == []


def test_static_files_may_be_kept(db: None, client: Client) -> None:
    response = client.get("/static/css/plumbline.css")
    response.close()
    assert "no-store" not in response.headers.get("Cache-Control", "")
