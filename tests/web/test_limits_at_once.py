"""Many requests of one person at the same time.

In a browser with two tabs, and at the web server of the image.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Ownership, User
from posture.web import limits
from posture.web.limits import PAGES, Slot
from tests.browsers import Complaints
from tests.web.story import record_story
from tests.web.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)

Login = Callable[[User], Page]
PARTS = "#main [hx-trigger=load]"
FAILED = "#pl-failed, .pl-part-failed"
REFUSAL = "status of 429"


@pytest.fixture
def recorded() -> World:
    """The world with its story, committed."""
    world = build()
    record_story(world)
    return world


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each request that counts take half a second."""
    take = limits.slots_for

    def slots_for(user: User, kind: str) -> tuple[Slot, ...] | None:
        slots = take(user, kind)
        if slots is not None:
            time.sleep(0.5)
        return slots

    monkeypatch.setattr(limits, "slots_for", slots_for)


def expect_parts(page: Page, count: int) -> None:
    """Wait until each part of the overview has loaded."""
    expect(page.locator(PARTS)).to_have_count(count)
    expect(page.locator(f"{PARTS} > .pl-loading")).to_have_count(0)
    expect(page.locator(FAILED)).to_have_count(0)


@pytest.mark.usefixtures("slow")
def test_the_overview_loads_in_two_tabs_at_once(recorded: World, live: str, log_in: Login) -> None:
    first = log_in(recorded.executive)
    second = first.context.new_page()
    for page in (first, second):
        page.goto(live, wait_until="commit")
    for page in (first, second):
        expect_parts(page, 3)


@pytest.mark.usefixtures("slow")
def test_refused_parts_are_loaded_again_without_a_word(
    recorded: World,
    live: str,
    log_in: Login,
    complaints: Complaints,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.PERSON_REQUESTS = 1
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0)
    monkeypatch.setattr(limits, "RETRY_SECONDS", {PAGES: 1})
    complaints.expect(REFUSAL)
    page = log_in(recorded.executive)
    page.goto(live)
    expect_parts(page, 3)
    assert any(REFUSAL in one for one in complaints.all), "some were refused at first"


def test_a_part_that_is_refused_again_and_again_is_announced(
    recorded: World, live: str, log_in: Login, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = log_in(recorded.executive)
    page.goto(live)
    expect_parts(page, 3)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    monkeypatch.setattr(limits, "slots_for", lambda *_: None)
    monkeypatch.setattr(limits, "RETRY_SECONDS", {PAGES: 1})
    complaints.expect("429")
    page.locator("#menu-scope > summary").click()
    alert = page.locator("#menu-scope").get_by_role("alert")
    expect(alert).to_contain_text("Too many of your requests are under way.")
    assert len([url for url in asked if "/scope/" in url]) == 4
    monkeypatch.undo()
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator("#find-scope")).to_be_visible()
    expect(alert).to_have_count(0)


THREADS, REQUESTS = 8, 20


@pytest.fixture
def server(child_environment: dict[str, str]) -> Iterator[int]:
    """The port of the site under Granian, as in one process of the image."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    image = (Path(settings.BASE_DIR) / "docker" / "Dockerfile").read_text()
    assert f'"--blocking-threads", "{THREADS}"' in image
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", str(THREADS), "--no-ws", "posture.wsgi:application"]
    with subprocess.Popen(
        command,
        env={**os.environ, **child_environment},
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until:
                with suppress(OSError):
                    ask(port, "/healthz")
                    break
                time.sleep(0.2)
            yield port
        finally:
            process.terminate()


def ask(port: int, path: str, user: str = "", timeout: float = 60) -> int:
    """Return the status of an answer."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        asking.request("GET", path, headers={"Host": "localhost", "Cookie": user})
        return asking.getresponse().status
    finally:
        asking.close()


def session_of(user: User) -> str:
    """Return the cookie of a session."""
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def blocked() -> int:
    """Return how many statements wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


def test_slow_requests_of_one_person_keep_nobody_else_waiting(server: int) -> None:
    """Each page of one person waits for a table that is locked.

    The pages of another do not need it.
    """
    world = build()
    slow, other = session_of(world.owner), session_of(world.admin)
    assert ask(server, "/profile/", slow) == ask(server, "/sweeps/", other) == 200
    table = connection.ops.quote_name(Ownership._meta.db_table)
    with ThreadPoolExecutor(REQUESTS) as pool:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            running = [pool.submit(ask, server, "/profile/", slow) for _ in range(REQUESTS)]
            until = time.monotonic() + 20
            while blocked() < settings.PERSON_REQUESTS and time.monotonic() < until:
                time.sleep(0.05)
            assert blocked() >= settings.PERSON_REQUESTS
            began = time.monotonic()
            statuses = [ask(server, "/sweeps/", other, timeout=10) for _ in range(3)]
            taken = time.monotonic() - began
        answers = [each.result() for each in running]
    assert statuses == [200, 200, 200]
    assert taken < 3 * limits.WAIT_SECONDS
    assert set(answers) == {200, 429}
    assert answers.count(200) >= settings.PERSON_REQUESTS
