"""No person takes the whole site: slow statements end, requests at once are counted, answers are not stored."""

from __future__ import annotations

import logging
from collections.abc import Iterator
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

from posture.web import limits
from posture.web.limits import EXPORTS, PAGES, take_slot
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

    with patch("posture.practices.queries.practices", slow):
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


def test_a_person_has_so_many_requests_at_once(world: World, client: Client) -> None:
    client.force_login(world.executive)
    held = [take_slot(world.executive, PAGES, 99) for _ in range(settings.PERSON_REQUESTS)]
    response = client.get("/findings/")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "5"
    assert "Too many at once" in response.content.decode()
    client.force_login(world.owner)
    assert client.get("/findings/").status_code == 200, "nobody else is held up"
    client.force_login(world.executive)
    assert held[0]
    held[0].release()
    for _ in range(settings.PERSON_REQUESTS + 1):
        assert client.get("/findings/").status_code == 200, "each request gives its slot back"


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
