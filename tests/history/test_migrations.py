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

from posture.history.ingest.bulk import fetch
from posture.history.management.commands.lint_migrations import complaints_of
from tests.history import world
from tests.history.world import bucket, day, gap, sweep, volume


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


VIEWS = {
    "history_resource_record": "valid_from",
    "history_finding_record": "opened_at",
    "history_tally_record": "valid_from",
}


def told() -> list[list[tuple[Any, ...]]]:
    """Return which versions, episodes and tallies there are, and from when to when."""
    ends = {"opened_at": "closed_at", "valid_from": "valid_to"}
    return [
        fetch(f"SELECT id, account_id, {since}, {ends[since]} FROM {view} ORDER BY 1, 3", [])  # noqa: S608 - constants
        for view, since in VIEWS.items()
    ]


def indexes() -> list[tuple[Any, ...]]:
    """Return how the history is indexed, partitions included, and whether each index is fit to be used."""
    return fetch(
        "SELECT i.indrelid::regclass::text, regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX .* ON', 'INDEX ON'),"
        "       i.indisvalid, h.inhparent::regclass::text"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid"
        " WHERE c.relname LIKE 'history%%' AND c.relkind IN ('r', 'p') ORDER BY 1, 2",
        [],
    )


@pytest.mark.django_db(transaction=True)
def test_a_filled_database_goes_back_and_comes_again() -> None:
    account = world.account(world.organization())
    for number in range(0, 70, 7):  # in three months
        held = [bucket(f"b{one}", Public=(number + one) % 3 == 0) for one in range(number % 4)]
        sweep(account, day(number), [*held, volume("v", Encrypted=number % 2 == 0)], [gap()] if number == 21 else [])
    before, built = told(), indexes()
    assert all(any(end for *_, end in rows) for rows in before)  # something was closed of each
    assert all(is_valid for _, _, is_valid, _ in built)
    try:
        call_command("migrate", "history", "0010", verbosity=0)
        assert told() == before
        assert all(is_valid for _, _, is_valid, _ in indexes())
        assert indexes() != built
    finally:
        call_command("migrate", "history", verbosity=0)
    assert told() == before
    assert indexes() == built  # by whatever name a partition's own index goes
    assert sweep(account, day(77), [volume("v", Encrypted=False)]).applied
