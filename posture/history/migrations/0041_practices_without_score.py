"""Corrects roll-ups of practices that had nothing to judge: they were written as 100."""

from django.db import migrations

WITHOUT_SCORE = """
UPDATE history_scopepracticepoint SET low = NULL, high = NULL
WHERE low IS NOT NULL AND passed = 0 AND failed = 0 AND unknown = 0
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0040_parameters")]

    operations = [migrations.RunSQL(WITHOUT_SCORE, migrations.RunSQL.noop)]
