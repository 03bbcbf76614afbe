-- What the first snapshot of all found did not begin to fail then.
SELECT account_id, resource_id, check_id, severity,
       CASE WHEN reopened > 0 THEN 'reopened' ELSE 'opened' END AS kind
FROM history_finding
WHERE closed_at IS NULL AND status = 'fail' AND account_id = ANY(%(accounts)s)
  AND opened_at > %(since)s AND opened_at <= %(until)s AND (reopened > 0 OR open_reason <> {found})
UNION ALL
SELECT account_id, resource_id, check_id, severity, CASE WHEN reopened > 0 THEN 'reopened' ELSE 'opened' END
FROM history_finding_closed
WHERE status = 'fail' AND account_id = ANY(%(accounts)s) AND closed_at > %(since)s
  AND opened_at > %(since)s AND opened_at <= %(until)s AND (reopened > 0 OR open_reason <> {found})
UNION ALL
SELECT account_id, resource_id, check_id, severity, 'resolved'
FROM history_finding_closed
WHERE status = 'fail' AND account_id = ANY(%(accounts)s) AND closed_at > %(since)s AND closed_at <= %(until)s
