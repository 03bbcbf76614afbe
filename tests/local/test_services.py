"""The embedded servers: they answer, keep what they were told, and come back after a kill."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import redis

from posture.local import processes
from posture.local.postgres import LONGEST_SOCKET_FOLDER, Postgres
from posture.local.valkey import Valkey


@pytest.fixture
def server(tmp_path: Path) -> Postgres:
    return Postgres(tmp_path / "pg", run=tmp_path)


def test_postgres_keeps_its_data_over_a_restart(server: Postgres) -> None:
    with server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_postgres_leaves_no_process(server: Postgres) -> None:
    with server:
        assert processes.of_run(server.run)
    assert processes.of_run(server.run) == []


def test_postgres_starts_over_a_killed_one(server: Postgres) -> None:
    server.start()
    assert server.process
    server.process.kill()
    server.process.wait()
    with Postgres(server.folder, run=server.run) as again, psycopg.connect(again.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_postgres_takes_over_from_a_launcher_that_died(server: Postgres) -> None:
    server.start()
    old = server.process
    with Postgres(server.folder, run=server.run) as again:
        assert old
        assert old.wait(5) is not None
        assert again.process
        assert again.process.poll() is None


def test_a_long_path_still_has_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * LONGEST_SOCKET_FOLDER)
    with Postgres(deep, run=tmp_path) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with Valkey(deep, run=tmp_path) as valkey:
        client = redis.from_url(valkey.url)
        assert client.ping()
        client.close()


def test_valkey_replaces_a_stale_socket(tmp_path: Path) -> None:
    (tmp_path / "valkey.sock").touch()
    with Valkey(tmp_path) as valkey:
        client = redis.from_url(valkey.url)
        assert client.set("a", "b")
        client.close()
    assert processes.of_run(tmp_path) == []
