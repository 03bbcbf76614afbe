-- Episodes of findings through time: of the identities only the open ones, and all closed episodes.
CREATE VIEW history_finding_record AS
SELECT e.id, e.finding_id, e.account_id, e.resource_id, e.check_id, e.check_version, e.status, e.severity,
       e.first_opened_at, e.opened_at, e.open_reason, e.closed_at, e.close_reason, e.reopened, e.open_stale_since,
       e.stale_periods, e.reason, e.evidence, e.observed,
       r.arn AS resource_arn, r.name AS resource_name, r.type AS resource_type, r.region,
       coalesce(t.state, 'open') AS triage, coalesce(t.reason, '') AS triage_reason,
       t.expires_at AS triage_expires_at, t.assignee_id, coalesce(u.username, '') AS assignee_name
FROM (
    SELECT episode_id AS id, id AS finding_id, account_id, resource_id,
           check_id, check_version, status, severity, first_opened_at, opened_at, open_reason,
           closed_at, ''::varchar AS close_reason,
           reopened, stale_since AS open_stale_since, stale_periods, reason, evidence, observed, true AS is_identity
    FROM history_finding
    UNION ALL
    SELECT episode_id, finding_id, account_id, resource_id,
           check_id, check_version, status, severity, first_opened_at, opened_at, open_reason,
           closed_at, close_reason,
           reopened, stale_since AS open_stale_since, stale_periods, reason, evidence, observed, false
    FROM history_finding_closed
) e
JOIN history_resource r ON r.id = e.resource_id
LEFT JOIN history_triage t ON t.finding_id = e.finding_id
LEFT JOIN accounts_user u ON u.id = t.assignee_id
WHERE NOT (e.is_identity AND e.closed_at IS NOT NULL);
