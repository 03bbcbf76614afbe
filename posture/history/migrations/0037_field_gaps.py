"""Keeps of how many resources a field could not be read, and shows both kinds of gaps in one view."""

import django.db.models.deletion
from django.db import migrations, models

ANY_GAP = """
CREATE VIEW history_any_gap AS
SELECT 'listing:' || id AS id, account_id, region, resource_type, action, reason, blinds, error, message, remedy,
       request_id, NULL::integer AS resources, opened_at, opened_at AS valid_from, closed_at AS valid_to
FROM history_gap
UNION ALL
SELECT 'field:' || id, account_id, region, resource_type, action, reason, blinds, error, message, remedy,
       request_id, resources, since, valid_from, valid_to
FROM history_fieldgap
"""
# The next result of each account is compared with all that is stored of it, and so counted from the first resource on.
COUNT_ALL = "UPDATE history_accountstate SET digest = ''"


class Migration(migrations.Migration):
    dependencies = [("history", "0036_tallies_in_their_places")]

    operations = [
        migrations.CreateModel(
            name="FieldGap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=32)),
                ("resource_type", models.CharField(max_length=128)),
                ("action", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=32)),
                ("error", models.CharField(max_length=200)),
                ("blinds", models.BooleanField(help_text="Something was there that was not seen.")),
                ("message", models.TextField(help_text="AWS's words about one of the resources.")),
                ("remedy", models.TextField()),
                ("request_id", models.CharField(blank=True, max_length=128)),
                ("resources", models.PositiveIntegerField()),
                ("since", models.DateTimeField(help_text="Some number of resources lacked it ever since.")),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.awsaccount"
                    ),
                ),
            ],
            options={
                "db_table": "history_fieldgap",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("account", "region", "resource_type", "action", "reason", "error"),
                        name="one_current_field_gap",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AnyGap",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
                ("region", models.CharField(max_length=32)),
                ("resource_type", models.CharField(max_length=128)),
                ("action", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=32)),
                ("blinds", models.BooleanField()),
                ("error", models.TextField()),
                ("message", models.TextField()),
                ("remedy", models.TextField()),
                ("request_id", models.CharField(max_length=128)),
                (
                    "resources",
                    models.PositiveIntegerField(
                        help_text="How many lack the field; null for a listing, of which that is not known.", null=True
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
            ],
            options={"db_table": "history_any_gap", "managed": False},
        ),
        migrations.RunSQL(ANY_GAP, "DROP VIEW history_any_gap"),
        migrations.RunSQL(COUNT_ALL, migrations.RunSQL.noop),
        migrations.AlterField(
            "accountpoint",
            "unseen",
            models.PositiveIntegerField(
                default=0, help_text="Known resources that could not be seen, or not as a whole."
            ),
        ),
        migrations.AlterField(
            "scopepoint",
            "unseen",
            models.PositiveIntegerField(
                default=0, help_text="Known resources that could not be seen, or not as a whole."
            ),
        ),
    ]
