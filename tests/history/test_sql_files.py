"""The files of SQL, and how statements are made of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from psycopg.sql import Identifier

import posture
from posture.history.account_versions import code_version
from posture.history.statements import load_part, load_statement

FOLDERS = [
    folder
    for folder in Path(posture.__file__).parent.rglob("sql")
    if folder.is_dir() and folder.parent.name != "migrations"
]


@pytest.mark.django_db
def test_values_become_literals_and_identifiers_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "hostile.sql").write_text(
        "-- 100% of {this} is dropped.\nSELECT {value} AS {name}\n    -- Inside, too.\nWHERE %(at)s > 0\n"
    )
    value, name = "'; DROP TABLE history_resource; --{x}", 'a"b'

    statement = load_statement(str(tmp_path / "module.py"), "hostile", value=value, name=Identifier(name))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"at": 1})
        assert cursor.description is not None
        assert cursor.description[0].name == name
        assert cursor.fetchall() == [(value,)]
    assert "--" not in statement.replace(value.replace("'", "''"), "")


def test_a_release_that_changes_a_statement_reads_nothing_of_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posture, "__file__", str(tmp_path / "__init__.py"))
    file = tmp_path / "sql" / "statement.sql"
    file.parent.mkdir()
    file.write_text("SELECT 1")
    before = code_version.__wrapped__()
    assert code_version.__wrapped__() == before

    file.write_text("SELECT 12")
    assert code_version.__wrapped__() != before


def test_a_file_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(FileNotFoundError):
        load_part(__file__, "missing")


def test_every_file_is_loaded_by_a_module_next_to_it() -> None:
    assert FOLDERS
    for folder in FOLDERS:
        sources = "".join(each.read_text(encoding="utf-8") for each in folder.parent.glob("*.py"))
        loaded = set(re.findall(r"load_(?:part|statement)\(\s*__file__,\s*\"(\w+)\"", sources))
        assert loaded == {each.stem for each in folder.iterdir()}, folder
