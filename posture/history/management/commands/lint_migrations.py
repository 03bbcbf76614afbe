"""`manage.py lint_migrations`: finds unsafe or irreversible migrations.

Unsafe are those that lock or rewrite a filled table.

It reads the migrations alone and connects to no database. A migration allows an operation by a reason:
`safe = {"AddIndex gap": "one row an account"}`, by operation and model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

OURS = ("accounts", "posture")
"""Packages whose migrations are looked at."""

LOSING = {
    operations.RemoveField: "takes the column away from processes that still run",
    operations.DeleteModel: "takes the table away from processes that still run",
    operations.RenameField: "takes the column away from processes that still run",
    operations.RenameModel: "takes the table away from processes that still run",
    operations.AlterModelTable: "takes the table away from processes that still run",
}


class Command(BaseCommand):
    """Lints migrations."""

    help = "Find migrations that are unsafe on a filled database, or that cannot be reversed."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *_: Any, **__: Any) -> None:
        """Print every complaint; raise CommandError if there is one."""
        loader = MigrationLoader(None)
        complaints = [
            f"{key[0]}.{key[1]}: {complaint}"
            for key, migration in sorted(loader.disk_migrations.items())
            if migration.__module__.startswith(OURS)
            for complaint in complaints_of(migration, loader.project_state(key, at_end=False))
        ]
        for complaint in complaints:
            self.stdout.write(complaint)
        if complaints:
            raise CommandError(f"{len(complaints)} unsafe operations: make them safe, or say in `safe` why they are.")


def complaints_of(migration: Migration, state: ProjectState) -> Iterator[str]:
    """Yield what is wrong with a migration; `state` is the state before it."""
    safe: dict[str, str] = getattr(migration, "safe", {})
    state, created = state.clone(), set[str]()
    for operation in migration.operations:
        name = name_of(operation)
        complaint = _irreversible(operation) or _unsafe(migration, operation, state, created)
        if complaint and not safe.get(name):
            yield f"{name} {complaint}"
        if isinstance(operation, operations.CreateModel):
            created.add(operation.name_lower)
        operation.state_forwards(migration.app_label, state)


def name_of(operation: Operation) -> str:
    """Return the key of an operation in `safe`: its kind, and its model if any."""
    model = getattr(operation, "model_name", None) or getattr(operation, "name", "")
    return f"{type(operation).__name__} {model}".strip()


def _irreversible(operation: Operation) -> str | None:
    return (
        None if operation.reversible else "cannot be reversed: give the way back, or noop where nothing is to be done"
    )


def _unsafe(migration: Migration, operation: Operation, state: ProjectState, created: set[str]) -> str | None:
    if isinstance(operation, operations.CreateModel | operations.RunPython | operations.RunSQL):
        return None
    if str(getattr(operation, "model_name", "")).lower() in created:
        return None  # it is empty
    losing = next((why for kind, why in LOSING.items() if isinstance(operation, kind)), None)
    return losing or _indexing(migration, operation) or _fields(migration, operation, state)


def _indexing(migration: Migration, operation: Operation) -> str | None:
    if isinstance(operation, AddIndexConcurrently | RemoveIndexConcurrently):
        return "needs atomic = False" if migration.atomic else None
    if isinstance(operation, operations.AddIndex):
        return "stops all writing while it is built: use AddIndexConcurrently"
    if isinstance(operation, operations.AddConstraint):
        return "reads the whole table while nobody may write"
    return None


def _fields(migration: Migration, operation: Operation, state: ProjectState) -> str | None:
    if isinstance(operation, operations.AddField):
        return _added(operation.field)
    if isinstance(operation, operations.AlterField):
        before = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
        return _altered(before, operation.field)
    return None


def _added(field: Any) -> str | None:
    if field.generated or isinstance(field.db_default, models.Func):
        return "rewrites the whole table: let it be null, and fill it afterwards"
    filled = field.has_default() or field.has_db_default() or (field.blank and field.empty_strings_allowed)
    if not field.many_to_many and not field.null and not filled:
        return "has no value for the rows that are there: give a default, or let it be null"
    if field.unique or field.db_index:
        return "builds an index while nobody may write: add the field, then the index concurrently"
    return None


def _altered(before: Any, after: Any) -> str | None:
    kinds = before.db_type(connection), after.db_type(connection)
    if kinds[0] != kinds[1] and not _widens(before, after):
        return f"turns {kinds[0]} into {kinds[1]}, which rewrites the whole table"
    if before.null and not after.null:
        return "refuses null, for which the whole table is read while nobody may write"
    if (after.unique and not before.unique) or (after.db_index and not before.db_index):
        return "builds an index while nobody may write"
    return None


def _widens(before: Any, after: Any) -> bool:
    """Return True if a text may only be longer.

    PostgreSQL changes that without reading the rows.
    """
    lengths = before.max_length, after.max_length
    texts = isinstance(before, models.CharField) and isinstance(after, models.CharField | models.TextField)
    return texts and (lengths[1] is None or (lengths[0] is not None and lengths[1] >= lengths[0]))
