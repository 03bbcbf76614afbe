"""Lets the oldest open finding be found by a step in an index, and how findings ended be read from an index alone."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from posture.history.partitions import AddIndexByPartition


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0010_findings_in_the_order_of_an_index")]

    safe = {"AddIndexByPartition closedepisode": "built concurrently, one partition after the other"}

    operations = [
        AddIndexConcurrently(
            "storedfinding",
            models.Index(
                fields=["account", "severity", "opened_at"],
                condition=models.Q(closed_at__isnull=True),
                name="oldest_open_first",
            ),
        ),
        RemoveIndexConcurrently("storedfinding", "open_by_account"),
        AddIndexConcurrently(
            "storedtally",
            models.Index(fields=["account"], condition=models.Q(accepted__gt=0), name="tally_with_accepted"),
        ),
        AddIndexByPartition(
            "closedepisode",
            models.Index(
                fields=["account", "closed_at", "opened_at"],
                include=["severity", "status", "close_reason", "stale_periods"],
                name="how_episodes_ended",
            ),
        ),
        migrations.RemoveIndex("closedepisode", "closed_episode_by_account"),
    ]
