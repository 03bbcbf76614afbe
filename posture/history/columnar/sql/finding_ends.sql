WITH {spans}
SELECT f.account_id, f.severity::text, date_part('epoch', f.closed_at), {seconds}, f.close_reason = 'changed'
FROM spans a JOIN history_finding_closed f ON f.account_id = a.id
WHERE f.status = 'fail' AND f.closed_at > %(earliest)s AND f.closed_at > a.after AND f.closed_at <= a.upto
