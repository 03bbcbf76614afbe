"""Gives the names of a type in order from an index alone, and finds words in the reasons of what is open."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0022_living")]

    operations = [
        AddIndexConcurrently("storedversion", models.Index(fields=["type", "name", "resource"], name="named_versions")),
        RemoveIndexConcurrently("storedversion", "versions_of_type_by_name"),
        AddIndexConcurrently(
            "storedfinding",
            GinIndex(
                OpClass(Upper("reason"), "gin_trgm_ops"),
                name="open_findings_by_words",
                condition=Q(closed_at__isnull=True),
            ),
        ),
        # What is known of an index over an expression is known once the table was looked at.
        migrations.RunSQL("ANALYZE history_finding", migrations.RunSQL.noop),
    ]
