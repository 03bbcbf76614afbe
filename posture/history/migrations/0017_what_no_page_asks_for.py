"""Takes away indexes that nothing is read by: they weighed a tenth of all that an account adds to the history.

A tally that was, and a point of a practice, a check or a type, is never asked for by its number, and its table's
other index tells rows apart. Of findings those are listed that are open; when the others opened is told by their episodes.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

KEYS = {
    "history_tally_closed": "valid_to, account_id, check_id",
    "history_practicepoint": "id",
    "history_checkpoint": "id",
    "history_typepoint": "id",
    "history_scopepracticepoint": "id",
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0016_what_stands_in_one_value")]

    operations = [
        *(
            migrations.RunSQL(
                f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"',
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_pkey" PRIMARY KEY ({columns})',
            )
            for table, columns in KEYS.items()
        ),
        AddIndexConcurrently(
            "storedfinding",
            models.Index(
                fields=["opened_at", "episode_id"],
                condition=models.Q(closed_at__isnull=True),
                name="newest_open_findings",
            ),
        ),
        RemoveIndexConcurrently("storedfinding", "newest_findings"),
    ]
