SELECT e.account_id, e.id, round(date_part('epoch', e.opened_at) * 1000000)::bigint,
       concat_ws(chr(31), e.check_id, e.severity,
                 CASE WHEN e.status = 'fail' AND (
                     e.stale_since <= %(at)s OR history_since(e.stale_periods, %(at)s) IS NOT NULL
                 ) THEN 'stale' ELSE e.status END,
                 least(e.reopened, 2), r.type, r.region, coalesce(t.state, 'open'),
                 coalesce(t.assignee_id::text, ''), coalesce(v.classification, ''))
FROM (
    SELECT id, account_id, resource_id, check_id, status, severity, opened_at, reopened, stale_since, stale_periods
    FROM history_finding
    WHERE account_id = ANY(%(accounts)s) AND closed_at IS NULL AND opened_at <= %(at)s
    UNION ALL
    SELECT finding_id, account_id, resource_id, check_id, status, severity, opened_at, reopened, stale_since,
           stale_periods
    FROM history_finding_closed
    WHERE account_id = ANY(%(accounts)s) AND closed_at > %(at)s AND opened_at <= %(at)s
) e
JOIN history_resource r ON r.id = e.resource_id
LEFT JOIN history_triage t ON t.finding_id = e.id
LEFT JOIN (
    SELECT resource_id, classification FROM history_version
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(at)s
    UNION ALL
    SELECT resource_id, classification FROM history_version_closed
    WHERE account_id = ANY(%(accounts)s) AND valid_to > %(at)s AND valid_from <= %(at)s
) v ON v.resource_id = e.resource_id
ORDER BY e.account_id, e.severity DESC, e.opened_at, e.id
