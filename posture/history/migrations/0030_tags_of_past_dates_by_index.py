"""Lets resources be found by the tags that they had at a past date through an index."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations

from posture.history.partitions import AddIndexByPartition


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0029_regions_in_the_journal")]

    safe = {"AddIndexByPartition closedversion": "built concurrently, one partition after the other"}

    operations = [
        AddIndexByPartition(
            "closedversion", GinIndex(OpClass("tags", "jsonb_path_ops"), name="closed_versions_by_tags")
        ),
    ]
