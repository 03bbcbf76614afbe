SELECT count(*) FROM history_finding_closed
WHERE account_id = ANY(%s::bigint[]) AND closed_at > %s AND closed_at <= %s
  AND status = 'fail' AND close_reason = 'changed' AND open_reason = 'found'
