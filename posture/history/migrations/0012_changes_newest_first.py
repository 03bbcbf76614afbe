"""Lets lists of changes begin with what is newest, by a step in an index instead of sorting a period.

The view of resources joins outside of its union: PostgreSQL reads a branch of a UNION ALL in the order of an
index only where the branch holds nothing but columns.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from posture.history.partitions import AddIndexByPartition

JOINED_OUTSIDE = """
CREATE OR REPLACE VIEW history_resource_record AS
SELECT v.id, v.resource_id, v.account_id, v.type, r.region, r.arn, v.name, r.first_seen,
       v.valid_from, v.valid_to, CASE WHEN v.close_reason <> 'changed' THEN v.valid_to END AS gone_at, v.close_reason,
       v.tags, v.classification, v.hash, v.known_hash, v.packed_config, v.packed_known,
       o.observed AS packed_observed,
       CASE WHEN v.valid_to IS NULL THEN r.missed_at END AS missed_at,
       r.unseen_since AS open_unseen_since, r.unseen_periods
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

JOINED_INSIDE = """
CREATE OR REPLACE VIEW history_resource_record AS
SELECT v.version_id AS id, v.resource_id, v.account_id, v.type, r.region, r.arn, v.name, r.first_seen,
       v.valid_from, NULL::timestamptz AS valid_to, NULL::timestamptz AS gone_at, ''::varchar AS close_reason,
       v.tags, v.classification, v.hash, coalesce(v.known_hash, v.hash) AS known_hash,
       v.config AS packed_config, v.known AS packed_known, o.observed AS packed_observed,
       r.missed_at, r.unseen_since AS open_unseen_since, r.unseen_periods
FROM history_version v
JOIN history_resource r ON r.id = v.resource_id
LEFT JOIN history_observed o ON o.resource_id = v.resource_id
UNION ALL
SELECT v.version_id, v.resource_id, v.account_id, v.type, r.region, r.arn, v.name, r.first_seen,
       v.valid_from, v.valid_to, CASE WHEN v.close_reason <> 'changed' THEN v.valid_to END, v.close_reason,
       v.tags, v.classification, v.hash, coalesce(v.known_hash, v.hash),
       v.config, v.known, NULL::bytea,
       NULL::timestamptz, r.unseen_since, r.unseen_periods
FROM history_version_closed v
JOIN history_resource r ON r.id = v.resource_id
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0011_oldest_open_and_how_episodes_ended")]

    safe = {
        "AddIndexByPartition closedversion": "built concurrently, one partition after the other",
        "AddIndexByPartition closedepisode": "built concurrently, one partition after the other",
    }

    operations = [
        AddIndexConcurrently(
            "storedversion", models.Index(fields=["valid_from", "version_id"], name="newest_versions")
        ),
        RemoveIndexConcurrently("storedversion", "version_by_start"),
        AddIndexConcurrently("storedfinding", models.Index(fields=["opened_at", "episode_id"], name="newest_findings")),
        RemoveIndexConcurrently("storedfinding", "finding_by_start"),
        AddIndexByPartition(
            "closedversion", models.Index(fields=["valid_from", "version_id"], name="newest_closed_versions")
        ),
        AddIndexByPartition(
            "closedepisode", models.Index(fields=["opened_at", "episode_id"], name="newest_closed_episodes")
        ),
        migrations.RunSQL(JOINED_OUTSIDE, JOINED_INSIDE),
    ]
