"""Lets the journal of findings be made anew: it tells of each event whether somebody did it.

The store decides: until the next snapshot has ended it is counted instead.
"""

from django.db import migrations

EMPTY = """
DELETE FROM history_journalmonth WHERE subject = 'findings';
DELETE FROM history_journal WHERE subject = 'findings'
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0025_names_before")]

    operations = [migrations.RunSQL(EMPTY, EMPTY)]
