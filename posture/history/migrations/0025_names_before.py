"""Keeps what resources were called before, so that a search of the past goes by an index of words as well."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Upper

# What came back under another name kept the one that it had left with.
NAMES = """
UPDATE history_resource r SET name = v.name FROM history_version v WHERE v.resource_id = r.id AND v.name <> r.name
"""
NAMES_BEFORE = """
UPDATE history_resource r SET names_before = n.names FROM (
    SELECT v.resource_id, string_agg(DISTINCT v.name, chr(10)) AS names
    FROM history_version_closed v JOIN history_resource r ON r.id = v.resource_id
    WHERE v.name NOT IN (r.name, '') GROUP BY 1
) n WHERE r.id = n.resource_id
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0024_held_from_the_journal")]

    operations = [
        migrations.AddField(
            "storedresource",
            "names_before",
            models.TextField(
                default="", db_default="", help_text="Others that it had before, a line each; most have none."
            ),
        ),
        migrations.RunSQL(NAMES, migrations.RunSQL.noop),
        migrations.RunSQL(NAMES_BEFORE, migrations.RunSQL.noop),
        AddIndexConcurrently(
            "storedresource",
            GinIndex(
                OpClass(Upper("names_before"), "gin_trgm_ops"), name="renamed_by_words", condition=~Q(names_before="")
            ),
        ),
        # What is known of an index over an expression is known once the table was looked at.
        migrations.RunSQL("ANALYZE history_resource", migrations.RunSQL.noop),
    ]
