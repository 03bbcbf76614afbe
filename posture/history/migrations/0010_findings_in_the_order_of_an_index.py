"""The view of findings with nothing in its two branches but columns.

PostgreSQL reads a branch of a UNION ALL in the order of an index only where the branch has no condition of
its own; with one, the first page of all findings sorted every finding. So the condition stands outside, where
it comes down to the same: of the identities only those that are open, of the closed episodes all.
"""

from django.db import migrations

VIEW = """
CREATE OR REPLACE VIEW history_finding_record AS
SELECT e.id, e.finding_id, e.account_id, e.resource_id, e.check_id, e.check_version, e.status, e.severity,
       e.first_opened_at, e.opened_at, e.open_reason, e.closed_at, e.close_reason, e.reopened, e.open_stale_since,
       e.stale_periods, e.reason, e.evidence, e.observed,
       r.arn AS resource_arn, r.name AS resource_name, r.type AS resource_type, r.region,
       coalesce(t.state, 'open') AS triage, coalesce(t.reason, '') AS triage_reason,
       t.expires_at AS triage_expires_at, t.assignee_id, coalesce(u.username, '') AS assignee_name
FROM (
    {union}
) e
JOIN history_resource r ON r.id = e.resource_id
LEFT JOIN history_triage t ON t.finding_id = e.finding_id
LEFT JOIN accounts_user u ON u.id = t.assignee_id
"""

COLUMNS = """
           check_id, check_version, status, severity, first_opened_at, opened_at, open_reason"""
REST = "reopened, stale_since AS open_stale_since, stale_periods, reason, evidence, observed"

OUTSIDE = (
    VIEW.format(
        union=f"""SELECT episode_id AS id, id AS finding_id, account_id, resource_id,{COLUMNS},
           closed_at, ''::varchar AS close_reason, {REST}, true AS is_identity
    FROM history_finding
    UNION ALL
    SELECT episode_id, finding_id, account_id, resource_id,{COLUMNS},
           closed_at, close_reason, {REST}, false
    FROM history_finding_closed"""
    )
    + "WHERE NOT (e.is_identity AND e.closed_at IS NOT NULL)"
)

INSIDE = VIEW.format(
    union=f"""SELECT episode_id AS id, id AS finding_id, account_id, resource_id,{COLUMNS},
           NULL::timestamptz AS closed_at, ''::varchar AS close_reason, {REST}
    FROM history_finding
    WHERE closed_at IS NULL
    UNION ALL
    SELECT episode_id, finding_id, account_id, resource_id,{COLUMNS},
           closed_at, close_reason, {REST}
    FROM history_finding_closed"""
)


class Migration(migrations.Migration):
    dependencies = [("history", "0009_worst_first_and_ever_unseen")]

    operations = [migrations.RunSQL(OUTSIDE, INSIDE)]
