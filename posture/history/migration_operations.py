"""Operations of migrations that Django lacks.

They are partitioned tables, their indexes, and an extension with advice.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.core.management.base import CommandError
from django.db import DatabaseError, migrations

from posture.history.partitions import LOCK, PARTITIONED


class CreatePartitionedModel(migrations.CreateModel):
    """Create a table partitioned by range of the column in `PARTITIONED`."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table  # noqa: SLF001 - Django's documented Model _meta API
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f'{plain} PARTITION BY RANGE ("{PARTITIONED[table]}")'
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain


class AddIndexByPartition(migrations.AddIndex):
    """Add an index to a partitioned table while its rows are written.

    It is built concurrently, one partition after the other.
    """

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        table, name = model._meta.db_table, self.index.name  # noqa: SLF001 - Django's documented Model _meta API
        head, _, columns = str(self.index.create_sql(model, schema_editor)).partition(f' ON "{table}"')
        with schema_editor.connection.cursor() as cursor:
            # While this is held no partition comes or goes.
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                cursor.execute(f'{head} ON ONLY "{table}"{columns}')
                cursor.execute(
                    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
                )
                for (partition,) in cursor.fetchall():
                    own = f"{name}{partition.removeprefix(table)}"
                    cursor.execute(f'CREATE INDEX CONCURRENTLY "{own}" ON "{partition}"{columns}')
                    cursor.execute(f'ALTER INDEX "{name}" ATTACH PARTITION "{own}"')
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(f'DROP INDEX IF EXISTS "{self.index.name}"')


class CreateTrigramExtension(TrigramExtension):
    """Create the extension pg_trgm, or say who can.

    Raises CommandError where the user may not. The reverse keeps it.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        except DatabaseError as error:
            raise CommandError(
                "This database's user may not create PostgreSQL's extension pg_trgm, or it is not installed: let an"
                " administrator run CREATE EXTENSION pg_trgm in this database (it is part of PostgreSQL's contrib"
                f" package), and migrate again. PostgreSQL said: {error}"
            ) from error

    def database_backwards(self, *_: Any) -> None:
        """Keep the extension, which may be older than Plumbline."""
