"""Lets lists of findings begin at their beginning, and counts pass over what was never out of sight."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0008_parameters")]

    operations = [
        AddIndexConcurrently(
            "storedfinding",
            models.Index(
                models.OrderBy(models.F("severity"), descending=True),
                models.OrderBy(models.F("opened_at")),
                condition=models.Q(closed_at__isnull=True),
                name="worst_open_first",
            ),
        ),
        RemoveIndexConcurrently("storedfinding", "open_by_severity"),
        AddIndexConcurrently(
            "storedresource",
            models.Index(
                fields=["account"],
                condition=models.Q(unseen_since__isnull=False) | models.Q(unseen_periods__isnull=False),
                name="resource_ever_unseen",
            ),
        ),
    ]
