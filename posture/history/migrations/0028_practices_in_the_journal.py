"""Journals how practices stood in accounts as well; the tables stay as they are."""

from django.db import migrations, models

SUBJECTS = [
    ("resources", "Resources"),
    ("findings", "Findings"),
    ("endings", "Endings of findings"),
    ("episodes", "Episodes of findings, one by one"),
    ("tallies", "Tallies"),
    ("practices", "Practices of accounts"),
]


class Migration(migrations.Migration):
    dependencies = [("history", "0027_findings_of_resources_by_index")]

    operations = [
        migrations.AlterField(model, "subject", models.CharField(choices=SUBJECTS, max_length=16))
        for model in ("journal", "journalmonth")
    ]
