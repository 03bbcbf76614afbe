"""Lets what stood at a past date be listed by a step in an index.

The view says when each version ends without a null (`ends`), so that one comparison tells what stood at a date: an
index that holds the end passes over what had ended without a look at its rows. A type's table begins with its first
names as of a date too.
"""

from django.db import migrations, models

from posture.history.partitions import AddIndexByPartition, RemoveIndexByPartition

COLUMNS = """
SELECT v.id, v.resource_id, v.account_id, v.type, r.region, r.arn, v.name, r.first_seen,
       v.valid_from, v.valid_to, CASE WHEN v.close_reason <> 'changed' THEN v.valid_to END AS gone_at, v.close_reason,
       v.tags, v.classification, v.hash, v.known_hash, v.packed_config, v.packed_known,
       o.observed AS packed_observed,
       CASE WHEN v.valid_to IS NULL THEN r.missed_at END AS missed_at,
       r.unseen_since AS open_unseen_since, r.unseen_periods, o.members{ends}
FROM (
    SELECT version_id AS id, resource_id, account_id, type, name, valid_from,
           NULL::timestamptz AS valid_to, ''::varchar AS close_reason, tags, classification,
           hash, coalesce(known_hash, hash) AS known_hash, config AS packed_config, known AS packed_known{never}
    FROM history_version
    UNION ALL
    SELECT version_id, resource_id, account_id, type, name, valid_from, valid_to, close_reason, tags, classification,
           hash, coalesce(known_hash, hash), config, known{valid_to}
    FROM history_version_closed
) v
JOIN history_resource r ON r.id = v.resource_id
LEFT JOIN history_observed o ON o.resource_id = v.resource_id AND v.valid_to IS NULL
"""
# Python knows no infinity of dates.
NEVER = ", '9999-12-31 00:00:00+00'::timestamptz AS ends"

WITH_ENDS = "CREATE OR REPLACE VIEW history_resource_record AS" + COLUMNS.format(
    ends=", v.ends", never=NEVER, valid_to=", valid_to"
)
WITHOUT = "DROP VIEW history_resource_record; CREATE VIEW history_resource_record AS" + COLUMNS.format(
    ends="", never="", valid_to=""
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0020_counts_of_whole_months")]

    safe = {"AddIndexByPartition closedversion": "built concurrently, one partition after the other"}

    operations = [
        AddIndexByPartition(
            "closedversion",
            models.Index(fields=["valid_from", "version_id", "valid_to"], name="closed_versions_newest_first"),
        ),
        RemoveIndexByPartition("closedversion", "newest_closed_versions"),
        AddIndexByPartition("closedversion", models.Index(fields=["type", "name"], name="closed_versions_by_name")),
        migrations.RunSQL(WITH_ENDS, WITHOUT),
    ]
