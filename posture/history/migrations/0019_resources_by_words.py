"""Lets resources be found by a part of their name or ARN, and by their tags, through indexes.

The first goes by trigrams, which are PostgreSQL's own extension. It stays where this is taken back: it may be older
than us, or somebody else's.
"""

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.core.management.base import CommandError
from django.db import DatabaseError, migrations
from django.db.models.functions import Upper


class Trigrams(TrigramExtension):
    """The extension, or one sentence that says who can make it."""

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
        """Leave it."""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0018_resources_by_name")]

    operations = [
        Trigrams(),
        AddIndexConcurrently(
            "storedresource",
            GinIndex(
                OpClass(Upper("name"), "gin_trgm_ops"), OpClass(Upper("arn"), "gin_trgm_ops"), name="resource_by_words"
            ),
        ),
        AddIndexConcurrently("storedversion", GinIndex(fields=["tags"], name="versions_by_tags")),
        # What is known of an index over expressions is known once the table was looked at.
        migrations.RunSQL("ANALYZE history_resource", migrations.RunSQL.noop),
    ]
