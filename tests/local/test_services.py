"""The embedded servers.

They answer, keep their data, and come back after a kill.
"""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
import redis

from devtools.local import postgres, private, processes
from devtools.local.postgres import LONGEST_SOCKET_FOLDER, Postgres
from devtools.local.valkey import Valkey


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a way round PostgreSQL's refusal")
def test_root_without_namespaces_runs_a_copy_as_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_runs", lambda _command: False)
    server = Postgres(tmp_path / "pg", run=tmp_path)
    try:
        with server, psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            (process,) = processes.of_run(tmp_path)
            assert process.username() == "nobody"
            kept = server.house.folder
            assert kept.stat().st_mode & 0o777 == 0o700
        with Postgres(tmp_path / "pg", run=tmp_path) as again:
            assert again.house.folder == kept
    finally:
        server.remove()
    assert not kept.exists()


def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make another user's folder")
    (tmp_path / "pg").mkdir()
    os.chown(tmp_path / "pg", 12345, 12345)
    with pytest.raises(private.FolderError, match="belongs to another user: remove it"):
        Postgres(tmp_path / "pg", run=tmp_path).start()


def test_data_of_another_postgresql_is_not_touched(tmp_path: Path) -> None:
    data = tmp_path / "pg" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(postgres.PostgresError, match="was made by PostgreSQL 17 and this is 18: delete it with"):
        Postgres(tmp_path / "pg", run=tmp_path).start()
    assert list(data.iterdir()) == [data / "PG_VERSION"]
