SELECT id FROM history_finding
WHERE closed_at IS NULL AND account_id = ANY(%(accounts)s::bigint[]) AND upper(reason) LIKE upper({word})
  AND opened_at <= %(at)s
UNION ALL
SELECT finding_id FROM history_finding_closed
WHERE closed_at > %(at)s AND opened_at <= %(at)s AND account_id = ANY(%(accounts)s::bigint[])
  AND upper(reason) LIKE upper({word})
