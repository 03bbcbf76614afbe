"""Lets the index that holds each finding to once tell its number as well: words lead from resources to findings.

Built beside the one that is there, and put into its place within an instant.
"""

from django.db import migrations, models

BUILD = (
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_finding_again ON history_finding (resource_id, check_id) {more}"
)
FORWARDS = """
ALTER TABLE history_finding DROP CONSTRAINT a_finding_once;
ALTER INDEX a_finding_again RENAME TO a_finding_once
"""
BACKWARDS = """
DROP INDEX a_finding_once;
ALTER INDEX a_finding_again RENAME TO a_finding_once;
ALTER TABLE history_finding ADD CONSTRAINT a_finding_once UNIQUE USING INDEX a_finding_once
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0026_what_was_done")]

    operations = [
        migrations.SeparateDatabaseAndState(
            # Taken back from the last to the first, so that what is built comes before what takes its place, both ways.
            database_operations=[
                migrations.RunSQL(migrations.RunSQL.noop, BACKWARDS),
                migrations.RunSQL(BUILD.format(more="INCLUDE (id)"), BUILD.format(more="")),
                migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.RemoveConstraint("storedfinding", "a_finding_once"),
                migrations.AddConstraint(
                    "storedfinding",
                    models.UniqueConstraint(fields=["resource_id", "check_id"], include=["id"], name="a_finding_once"),
                ),
            ],
        ),
    ]
