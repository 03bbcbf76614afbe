WITH {spans}
SELECT e.finding_id, e.account_id, e.check_id, date_part('epoch', e.opened_at), date_part('epoch', e.closed_at),
       e.open_reason = 'changed', e.close_reason = 'changed', date_part('epoch', r.first_seen)
FROM (
    SELECT f.finding_id, f.account_id, f.check_id, f.resource_id, f.opened_at, f.closed_at, f.open_reason,
           f.close_reason
    FROM spans a JOIN history_finding_closed f ON f.account_id = a.id
    WHERE f.status = 'fail' AND f.closed_at > %(earliest)s AND f.closed_at > a.after AND f.opened_at <= a.upto
    UNION ALL
    SELECT f.id, f.account_id, f.check_id, f.resource_id, f.opened_at, NULL, f.open_reason, ''
    FROM spans a JOIN history_finding f ON f.account_id = a.id
    WHERE f.status = 'fail' AND f.closed_at IS NULL
      AND f.opened_at > %(earliest)s AND f.opened_at <= %(latest)s AND f.opened_at > a.after AND f.opened_at <= a.upto
) e JOIN history_resource r ON r.id = e.resource_id
