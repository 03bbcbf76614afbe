"""Lets the journal of findings be made anew: it tells the region of each, and why it opened or ended.

It goes by another name, so that a worker of the release before, should one still run, writes none that is read. The
store decides: until the journal is there again it is counted instead.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

SUBJECTS = [
    ("places", "Resources by type and region"),
    ("happenings", "Findings by region and reason"),
    ("endings", "Endings of findings"),
    ("episodes", "Episodes of findings, one by one"),
    ("tallies", "Tallies"),
    ("practices", "Practices of accounts"),
]
EMPTY = """
DELETE FROM history_journalmonth WHERE subject = '{0}';
DELETE FROM history_journal WHERE subject = '{0}'
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0030_tags_of_past_dates_by_index")]

    operations = [
        *(
            migrations.AlterField(model, "subject", models.CharField(choices=SUBJECTS, max_length=16))
            for model in ("journal", "journalmonth")
        ),
        migrations.AlterField(
            "journalmonth",
            "names",
            ArrayField(
                models.TextField(),
                help_text="Type and region of resources; check, severity, type and region of findings.",
            ),
        ),
        migrations.RunSQL(EMPTY.format("findings"), EMPTY.format("happenings")),
    ]
