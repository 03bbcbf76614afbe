"""Keeps with each month of findings how many events it holds, so that counting a long period need not read them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0019_resources_by_words")]

    operations = [
        migrations.AddField(
            "journalmonth",
            "totals",
            models.BinaryField(help_text="Counts of findings' events by account, and by name.", null=True),
        ),
    ]
