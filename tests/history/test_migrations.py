"""The linter of migrations: what it refuses, what it lets pass, and that ours are safe."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import call_command
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Now

from posture.history.management.commands.lint_migrations import complaints_of


def complaints(*chosen: Operation, **attributes: Any) -> list[str]:
    kind = type("Migration", (migrations.Migration,), {"operations": list(chosen), **attributes})
    migration = kind("0002", "history")
    state = ProjectState()
    fields: list[tuple[str, Any]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=10, null=True)),
        ("size", models.IntegerField()),
    ]
    state.add_model(ModelState("history", "Filled", fields))
    return list(complaints_of(migration, state))


def add(field: models.Field[Any, Any]) -> Operation:
    return migrations.AddField("filled", "more", field)


INDEX = models.Index(fields=["size"], name="by_size")
UNSAFE = [
    (migrations.RunPython(lambda *_: None), "cannot be reversed"),
    (migrations.RunSQL("SELECT 1"), "cannot be reversed"),
    (migrations.AddIndex("filled", INDEX), "AddIndexConcurrently"),
    (AddIndexConcurrently("filled", INDEX), "atomic = False"),
    (migrations.AddConstraint("filled", models.UniqueConstraint(fields=["size"], name="once")), "nobody may write"),
    (migrations.RemoveField("filled", "size"), "still run"),
    (migrations.DeleteModel("Filled"), "still run"),
    (migrations.RenameField("filled", "size", "length"), "still run"),
    (add(models.IntegerField()), "no value for the rows"),
    (add(models.IntegerField(default=0, db_index=True)), "builds an index"),
    (add(models.DateTimeField(db_default=Now())), "rewrites"),
    (migrations.AlterField("filled", "size", models.TextField()), "rewrites"),
    (migrations.AlterField("filled", "name", models.CharField(max_length=5, null=True)), "rewrites"),
    (migrations.AlterField("filled", "name", models.CharField(max_length=10)), "refuses null"),
]
SAFE = [
    migrations.RunPython(lambda *_: None, migrations.RunPython.noop),
    migrations.RunSQL("SELECT 1", migrations.RunSQL.noop),
    add(models.IntegerField(default=0)),
    add(models.IntegerField(null=True)),
    add(models.TextField(blank=True)),
    migrations.AlterField("filled", "name", models.CharField(max_length=99, null=True)),
    migrations.AlterField("filled", "name", models.TextField(null=True)),
]


@pytest.mark.parametrize(("operation", "why"), UNSAFE, ids=lambda each: each if isinstance(each, str) else "")
def test_what_is_unsafe_on_a_filled_table_is_refused_with_its_cure(operation: Operation, why: str) -> None:
    (complaint,) = complaints(operation)
    assert why in complaint


@pytest.mark.parametrize("operation", SAFE, ids=lambda each: type(each).__name__)
def test_what_is_safe_passes(operation: Operation) -> None:
    assert complaints(operation) == []


def test_a_table_that_is_new_may_be_indexed_in_any_way() -> None:
    new = migrations.CreateModel("Filled", [("id", models.BigAutoField(primary_key=True))])
    assert complaints(new, migrations.AddIndex("filled", models.Index(fields=["id"], name="by_id"))) == []


def test_an_index_beside_writers_passes_where_the_migration_is_not_one_transaction() -> None:
    assert complaints(AddIndexConcurrently("filled", INDEX), atomic=False) == []


def test_a_reason_lets_an_operation_pass_and_no_other() -> None:
    chosen = migrations.AddIndex("filled", INDEX), migrations.RemoveField("filled", "size")
    (complaint,) = complaints(*chosen, safe={"AddIndex filled": "It has a row an account."})
    assert complaint.startswith("RemoveField filled")


def test_our_migrations_are_safe() -> None:
    call_command("lint_migrations", verbosity=0)
