"""A dump restored into an empty database is the same, self-contained history."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from devtools.local.postgres import House
from posture.history import codec
from tests.history.world import account, bucket, day, organization, sweep

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]


def url_of(name: str) -> str:
    """Return the URL of another database of the server of these tests."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@pytest.fixture
def empty() -> Iterator[str]:
    """Make an empty database; give its URL."""
    name = f"{settings.DATABASES['default']['NAME']}_restored"
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield url_of(name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def contents(url: str) -> dict[str, list[Any]]:
    """Return every row of every table and view of the history."""
    with psycopg.connect(url) as database:
        names = database.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_name LIKE 'history%'"
        ).fetchall()
        return {
            name: sorted(database.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))).fetchall())
            for (name,) in names
        }


def test_a_restored_dump_is_the_same_history(empty: str, tmp_path: Path) -> None:
    owner = account(organization())
    for number in (0, 40, 41):
        sweep(owner, day(number), [bucket("b", Public=number == 40), bucket("c")])
    this, dump = url_of(str(connection.settings_dict["NAME"])), tmp_path / "plumbline.dump"
    before = contents(this)
    house = House(tmp_path)

    # As docs/deploy.md says it.
    subprocess.run([house.binary("pg_dump"), "--format", "custom", "--file", dump, this], check=True)
    subprocess.run(
        [house.binary("pg_restore"), "--exit-on-error", "--no-owner", "--no-privileges", "--dbname", empty, dump],
        check=True,
    )

    assert contents(empty) == before
    assert any(name.startswith("history_version_closed_2026_02") for name in before)
    with psycopg.connect(empty) as restored:
        kept: dict[int, bytes] = dict(restored.execute("SELECT number, content FROM history_dictionary").fetchall())
        assert kept == codec.shipped()
        (packed,) = (
            restored.execute("SELECT config FROM history_version_closed ORDER BY valid_to LIMIT 1").fetchone() or ()
        )
        assert codec.unpack(packed) == {"Public": False, "Encrypted": True}
        # New numbers go on after the old ones.
        (number,) = restored.execute("SELECT nextval('history_version_ids')").fetchone() or (0,)
        assert number > max(row[0] for row in restored.execute("SELECT version_id FROM history_version"))
    migrated = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": empty},
        check=False,
    )
    assert migrated.returncode == 0
