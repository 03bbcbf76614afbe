"""Keeps what stood through each month in columns, for reads as of past dates; it is filled after the next sweep."""

import django.contrib.postgres.fields
from django.db import migrations, models

SUBJECTS = [("findings", "Findings"), ("resources", "Resources")]


class Migration(migrations.Migration):
    dependencies = [("history", "0021_past_dates_by_index")]

    operations = [
        migrations.CreateModel(
            name="Living",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("piece", models.PositiveIntegerField(help_text="Of accounts whose keys lie next to each other.")),
                ("subject", models.CharField(choices=SUBJECTS, max_length=16)),
                ("accounts", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "upto",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), help_text="Of each account.", size=None
                    ),
                ),
                (
                    "rules",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        help_text="Of each account: which had judged, and rated.",
                        size=None,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("piece", "subject"), name="living_once")],
            },
        ),
        migrations.CreateModel(
            name="LivingMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("piece", models.PositiveIntegerField()),
                ("subject", models.CharField(choices=SUBJECTS, max_length=16)),
                ("month", models.DateTimeField(help_text="Its first instant, in UTC.")),
                ("rows", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("piece", "subject", "month"), name="a_month_of_living_once")
                ],
            },
        ),
        # What is compressed already does not compress: keep PostgreSQL from trying.
        migrations.RunSQL(
            'ALTER TABLE "history_livingmonth" ALTER COLUMN "rows" SET STORAGE EXTERNAL', migrations.RunSQL.noop
        ),
    ]
