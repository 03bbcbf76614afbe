"""Keeps how many members a population has beside what is observed of it, and a reason for what it takes in."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

COLUMNS = """
SELECT v.id, v.resource_id, v.account_id, v.type, r.region, r.arn, v.name, r.first_seen,
       v.valid_from, v.valid_to, CASE WHEN v.close_reason <> 'changed' THEN v.valid_to END AS gone_at, v.close_reason,
       v.tags, v.classification, v.hash, v.known_hash, v.packed_config, v.packed_known,
       o.observed AS packed_observed,
       CASE WHEN v.valid_to IS NULL THEN r.missed_at END AS missed_at,
       r.unseen_since AS open_unseen_since, r.unseen_periods
"""
TABLES = """
FROM (
    SELECT version_id AS id, resource_id, account_id, type, name, valid_from,
           NULL::timestamptz AS valid_to, ''::varchar AS close_reason, tags, classification,
           hash, coalesce(known_hash, hash) AS known_hash, config AS packed_config, known AS packed_known
    FROM history_version
    UNION ALL
    SELECT version_id, resource_id, account_id, type, name, valid_from, valid_to, close_reason, tags, classification,
           hash, coalesce(known_hash, hash), config, known
    FROM history_version_closed
) v
JOIN history_resource r ON r.id = v.resource_id
LEFT JOIN history_observed o ON o.resource_id = v.resource_id AND v.valid_to IS NULL
"""
WITH_MEMBERS = f"CREATE OR REPLACE VIEW history_resource_record AS {COLUMNS}, o.members {TABLES}"
WITHOUT = f"""
DROP VIEW history_resource_record;
CREATE VIEW history_resource_record AS {COLUMNS} {TABLES}
"""
EPISODE_REASONS = [
    ("changed", "Fixed"),
    ("deleted", "Resource deleted"),
    ("rule", "Rule changed"),
    ("parameter", "Parameter changed"),
    ("scope", "Left the check's scope"),
    ("determined", "Could be told"),
    ("folded", "Kept with its group"),
    ("account_left", "Account left"),
]
VERSION_REASONS = [
    ("changed", "Changed"),
    ("deleted", "Deleted"),
    ("folded", "Kept with its group"),
    ("account_left", "Account left"),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0013_journal")]

    operations = [
        migrations.AddField(
            "observed",
            "members",
            models.PositiveIntegerField(null=True, help_text="Of a population: how many there are."),
        ),
        AddIndexConcurrently(
            "observed",
            models.Index(fields=["account"], name="populations", condition=models.Q(members__isnull=False)),
        ),
        migrations.AlterField(
            "closedepisode", "close_reason", models.CharField(max_length=16, choices=EPISODE_REASONS)
        ),
        migrations.AlterField(
            "closedversion", "close_reason", models.CharField(max_length=16, choices=VERSION_REASONS)
        ),
        migrations.RunSQL(WITH_MEMBERS, WITHOUT),
    ]
