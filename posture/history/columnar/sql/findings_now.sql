SELECT e.account_id, e.id, round(date_part('epoch', e.opened_at) * 1000000)::bigint,
       concat_ws(chr(31), e.check_id, e.severity,
                 CASE WHEN e.status = 'fail' AND e.stale_since IS NOT NULL THEN 'stale' ELSE e.status END,
                 least(e.reopened, 2), r.type, r.region, coalesce(t.state, 'open'),
                 coalesce(t.assignee_id::text, ''), coalesce(v.classification, ''))
FROM history_finding e
JOIN history_resource r ON r.id = e.resource_id
LEFT JOIN history_triage t ON t.finding_id = e.id
LEFT JOIN (
    SELECT resource_id, classification FROM history_version WHERE account_id = ANY(%(accounts)s)
) v ON v.resource_id = e.resource_id
WHERE e.account_id = ANY(%(accounts)s) AND e.closed_at IS NULL
ORDER BY e.account_id, e.severity DESC, e.opened_at, e.id
