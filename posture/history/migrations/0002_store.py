"""What Django cannot say of the store: cascades, storage, the views that join current and closed."""

from django.db import migrations

TABLES = (
    "history_resource",
    "history_version",
    "history_version_closed",
    "history_observed",
    "history_finding",
    "history_finding_closed",
    "history_tally",
    "history_tally_closed",
)

# An account that is deleted takes its history along, inside the database: nothing is fetched.
CASCADES = [
    (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_account" FOREIGN KEY (account_id)'
        " REFERENCES accounts_awsaccount (id) ON DELETE CASCADE",
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_account"',
    )
    for table in TABLES
]

# Packed values are compressed already: keep PostgreSQL from trying again.
STORAGE = [
    (f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STORAGE EXTERNAL', migrations.RunSQL.noop)
    for table, column in (
        ("history_version", "config"),
        ("history_version", "known"),
        ("history_version_closed", "config"),
        ("history_version_closed", "known"),
        ("history_observed", "observed"),
    )
]

# Versions and episodes keep their number when they move to the closed tables.
NUMBERS = [
    (f"CREATE SEQUENCE {name}", f"DROP SEQUENCE {name}") for name in ("history_version_ids", "history_episode_ids")
]

SINCE = """
CREATE FUNCTION history_since(periods tstzmultirange, at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT lower(period) FROM unnest(periods) period WHERE period @> at)
"""

RESOURCES = """
CREATE VIEW history_resource_record AS
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

FINDINGS = """
CREATE VIEW history_finding_record AS
SELECT e.*, r.arn AS resource_arn, r.name AS resource_name, r.type AS resource_type, r.region,
       coalesce(t.state, 'open') AS triage, coalesce(t.reason, '') AS triage_reason,
       t.expires_at AS triage_expires_at, t.assignee_id, coalesce(u.username, '') AS assignee_name
FROM (
    SELECT episode_id AS id, id AS finding_id, account_id, resource_id, check_id, check_version, status, severity,
           first_opened_at, opened_at, open_reason, NULL::timestamptz AS closed_at, ''::varchar AS close_reason,
           reopened, stale_since AS open_stale_since, stale_periods, reason, evidence, observed
    FROM history_finding
    WHERE closed_at IS NULL
    UNION ALL
    SELECT episode_id, finding_id, account_id, resource_id, check_id, check_version, status, severity,
           first_opened_at, opened_at, open_reason, closed_at, close_reason,
           reopened, stale_since, stale_periods, reason, evidence, observed
    FROM history_finding_closed
) e
JOIN history_resource r ON r.id = e.resource_id
LEFT JOIN history_triage t ON t.finding_id = e.finding_id
LEFT JOIN accounts_user u ON u.id = t.assignee_id
"""

TALLIES = """
CREATE VIEW history_tally_record AS
SELECT account_id || ':' || check_id || ':' || valid_from AS id, account_id, check_id, check_version, severity,
       valid_from, NULL::timestamptz AS valid_to,
       passed, failed, unknown, stale, accepted, not_applicable, gap_units
FROM history_tally
UNION ALL
SELECT account_id || ':' || check_id || ':' || valid_from, account_id, check_id, check_version, severity,
       valid_from, valid_to, passed, failed, unknown, stale, accepted, not_applicable, gap_units
FROM history_tally_closed
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]

    operations = [
        *(migrations.RunSQL(forwards, backwards) for forwards, backwards in [*CASCADES, *STORAGE, *NUMBERS]),
        migrations.RunSQL(SINCE, "DROP FUNCTION history_since(tstzmultirange, timestamptz)"),
        migrations.RunSQL(RESOURCES, "DROP VIEW history_resource_record"),
        migrations.RunSQL(FINDINGS, "DROP VIEW history_finding_record"),
        migrations.RunSQL(TALLIES, "DROP VIEW history_tally_record"),
    ]
