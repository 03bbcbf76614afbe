"""A journal of what moved, kept by column: whatever lies between two dates is counted from it."""

import django.contrib.postgres.fields
from django.db import migrations, models

SUBJECTS = [("resources", "Resources"), ("findings", "Findings"), ("endings", "Endings of findings")]


class Migration(migrations.Migration):
    dependencies = [("history", "0012_changes_newest_first")]

    operations = [
        migrations.AddField(
            model_name="accountstate",
            name="rerated_at",
            field=models.DateTimeField(
                help_text="When the severity of findings that were open before was last changed.", null=True
            ),
        ),
        migrations.CreateModel(
            name="Journal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("piece", models.PositiveIntegerField(help_text="Of accounts whose keys lie next to each other.")),
                ("subject", models.CharField(choices=SUBJECTS, max_length=16)),
                (
                    "accounts",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "upto",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), help_text="Of each account.", size=None
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("piece", "subject"), name="a_journal_once")],
            },
        ),
        migrations.CreateModel(
            name="JournalMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("piece", models.PositiveIntegerField()),
                ("subject", models.CharField(choices=SUBJECTS, max_length=16)),
                ("month", models.DateTimeField(help_text="Its first instant, in UTC.")),
                (
                    "instants",
                    django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None),
                ),
                (
                    "counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), help_text="Events at each instant.", size=None
                    ),
                ),
                (
                    "accounts",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        help_text="Types of resources; or check, severity and type of findings.",
                        size=None,
                    ),
                ),
                (
                    "layout",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), help_text="Name and kind of each column.", size=None
                    ),
                ),
                ("rows", models.PositiveIntegerField()),
                ("columns", models.BinaryField(help_text="One behind the other.")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("piece", "subject", "month"), name="a_month_of_a_journal_once")
                ],
            },
        ),
        # Digests do not get smaller: keep PostgreSQL from trying.
        migrations.RunSQL(
            'ALTER TABLE "history_journalmonth" ALTER COLUMN "columns" SET STORAGE EXTERNAL', migrations.RunSQL.noop
        ),
    ]
