"""Lets the journal of resources be made anew: it tells the region of each beside its type.

The store decides: until the journal is there again it is counted instead.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

EMPTY = """
DELETE FROM history_journalmonth WHERE subject = 'resources';
DELETE FROM history_journal WHERE subject = 'resources'
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0028_practices_in_the_journal")]

    operations = [
        migrations.AlterField(
            "journalmonth",
            "names",
            ArrayField(
                models.TextField(),
                help_text="Type and region of resources; or check, severity and type of findings.",
            ),
        ),
        migrations.RunSQL(EMPTY, EMPTY),
    ]
