"""Lets the vacuum after a snapshot merge new words and tags into their indexes, at once, instead of each recording some."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models import Q
from django.db.models.functions import Upper

KILOBYTES = 16_384
INDEXES = {
    "resource_by_words": (
        "storedresource",
        GinIndex(
            OpClass(Upper("name"), "gin_trgm_ops"),
            OpClass(Upper("arn"), "gin_trgm_ops"),
            name="resource_by_words",
            gin_pending_list_limit=KILOBYTES,
        ),
    ),
    "versions_by_tags": (
        "storedversion",
        GinIndex(fields=["tags"], name="versions_by_tags", gin_pending_list_limit=KILOBYTES),
    ),
    "open_findings_by_words": (
        "storedfinding",
        GinIndex(
            OpClass(Upper("reason"), "gin_trgm_ops"),
            name="open_findings_by_words",
            condition=Q(closed_at__isnull=True),
            gin_pending_list_limit=KILOBYTES,
        ),
    ),
}


class Migration(migrations.Migration):
    dependencies = [("history", "0034_how_many_of_each_type")]

    # Each changes one row of the catalogue: nothing is read or built, and readers and writers go on.
    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    f"ALTER INDEX {name} SET (gin_pending_list_limit = {KILOBYTES})",
                    f"ALTER INDEX {name} RESET (gin_pending_list_limit)",
                )
            ],
            [migrations.RemoveIndex(model, name), migrations.AddIndex(model, index)],
        )
        for name, (model, index) in INDEXES.items()
    ]
