SELECT finding_id FROM (
    SELECT id AS finding_id FROM history_finding
    WHERE id = ANY(%(wanted)s::bigint[]) AND account_id = ANY(%(accounts)s::bigint[])
      AND closed_at IS NULL AND status = 'fail'
      AND opened_at > %(since)s AND opened_at <= %(until)s
    UNION ALL
    SELECT finding_id FROM history_finding_closed
    WHERE finding_id = ANY(%(wanted)s::bigint[]) AND account_id = ANY(%(accounts)s::bigint[])
      AND closed_at > %(since)s AND status = 'fail' AND opened_at > %(since)s AND opened_at <= %(until)s
) e GROUP BY finding_id HAVING count(*) >= %(flaps)s
