"""Fixtures of all tests: services, settings, a worker, a moto server.

Browsers are in tests/browsers.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, settings

from devtools.local import assets, processes
from tests import services

pytest_plugins = ["tests.browsers", "tests.emptying", "tests.simulator", "tests.tuning", "tests.web.fixtures"]

# At import, since pytest-django reads the settings right after the first conftest.
services.set_environment()
if services.number_of_worker():
    # The process that started this worker has set the URLs and runs the servers.
    os.environ["REDIS_URL"] = services.redis_database(os.environ["REDIS_URL"], services.number_of_worker())
    SERVICES = None
else:
    SERVICES = services.Services()

# A test fails by what it finds, not by how busy the machine is meanwhile. Explaining a failure line by line takes a
# traced run of each example, which for a story in the database are hours.
settings.register_profile(
    "steady",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.load_profile("steady")

ROOT = Path(__file__).parent.parent
LONGEST = ("tests/whole/", "tests/local/test_up.py", "tests/faults/test_machine.py")
"""What takes longest, by the start of a test's id."""


def pytest_configure() -> None:
    """Set Django up, as pytest-django read the settings before this file named them.

    The variable must not reach xdist's workers: with it, pytest-django would load their settings
    before they have chosen a queue of their own above.
    """
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "posture.settings"
    django.setup()
    del os.environ["DJANGO_SETTINGS_MODULE"]
    hash_passwords_quickly()


def hash_passwords_quickly() -> None:
    """Hash passwords with one round in the tests' own processes."""
    from django.conf import settings as site

    site.PASSWORD_HASHERS = ["tests.passwords.QuickHasher", *site.PASSWORD_HASHERS[1:]]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest tests, so that workers share what is left at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Start the servers and copy front-end files, before xdist starts its workers."""
    if SERVICES:
        assets.build(dev=True)
        SERVICES.start()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """Stop the servers; by now the workers have ended."""
    if SERVICES:
        SERVICES.stop()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Leave the database to its server, which goes with the tests.

    Where a browser's loop runs in the thread, Django has two connections, and closes one before it drops.
    """
    return True


@pytest.fixture(autouse=True)
def _empty_cache_and_queue(request: pytest.FixtureRequest) -> None:
    """Empty the cache and the queue before each test that may use the database."""
    if {"db", "transactional_db", "django_db_setup"} & set(request.fixturenames) or request.node.get_closest_marker(
        "django_db"
    ):
        from django.core.cache import cache

        cache._cache.get_client().flushdb()  # type: ignore[attr-defined]  # the cache's own clear() keeps RQ's keys


@pytest.fixture(scope="session")
def _moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto_server(_moto: str) -> str:
    """The URL of an empty moto server, without the simulated Organization's overlay."""
    import requests

    requests.post(f"{_moto}/moto-api/reset", timeout=30).raise_for_status()
    return _moto


@pytest.fixture
def child_environment(transactional_db: None) -> dict[str, str]:
    """The environment in which a process sees this test's database, cache and queue."""
    return environment_of_children()


def environment_of_children() -> dict[str, str]:
    """Return the environment of a process that uses the tests' database and cache.

    The queue is in the cache's server. All must have been started.
    """
    from django.conf import settings
    from django.db import connection

    database = connection.settings_dict
    url = f"postgres://{database['USER']}"
    if database["PASSWORD"]:
        url += f":{quote(database['PASSWORD'])}"
    where = f"?host={quote(database['HOST'], safe='/')}"
    if database["PORT"]:
        where += f"&port={database['PORT']}"
    return {
        **os.environ,
        "DATABASE_URL": f"{url}@/{database['NAME']}{where}",
        "REDIS_URL": settings.REDIS_URL,
        "PYTHONPATH": str(ROOT),
    }


class Worker:
    """An RQ worker in a process of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.folder = Path(tempfile.mkdtemp(prefix="plumbline-worker-"))
        self.log = self.folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start the worker; it takes jobs of both queues until `stop()`."""
        command = [sys.executable, str(ROOT / "manage.py"), "rqworker", "default", "sweeps", *options]
        self.process = processes.spawn(command, run=self.folder, log=self.log, env=self.environment)

    def kill(self) -> None:
        """End the worker and the job it runs as a power cut would."""
        assert self.process
        # The job's process has left the worker's group.
        for process in processes.of_run(self.folder):
            process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the worker after its current job, or after ten seconds."""
        if self.process:
            processes.stop(self.process)
        processes.end(processes.of_run(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)

    def until(self, done: Callable[[], Any], *, seconds: float = 30) -> Any:
        """Wait for a true `done()` and return its value, or fail with the worker's log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process and self.process.poll() is None:
            if answer := done():
                return answer
            time.sleep(0.05)
        said = self.log.read_text(errors="replace")
        return pytest.fail(f"Not done within {seconds} s, or the worker ended; it said:\n{said}")


@pytest.fixture
def worker(child_environment: dict[str, str]) -> Iterator[Worker]:
    """A started RQ worker in its own process.

    The test's data must be committed: no open transaction.
    """
    worker = Worker(child_environment)
    worker.start()
    yield worker
    worker.stop()
