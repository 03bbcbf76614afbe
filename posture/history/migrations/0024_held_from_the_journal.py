"""Journals tallies and single episodes as well; the tables stay as they are."""

from django.db import migrations, models

SUBJECTS = [
    ("resources", "Resources"),
    ("findings", "Findings"),
    ("endings", "Endings of findings"),
    ("episodes", "Episodes of findings, one by one"),
    ("tallies", "Tallies"),
]


class Migration(migrations.Migration):
    dependencies = [("history", "0023_names_in_order")]

    operations = [
        migrations.AlterField(model, "subject", models.CharField(choices=SUBJECTS, max_length=16))
        for model in ("journal", "journalmonth")
    ]
