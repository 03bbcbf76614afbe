SELECT id FROM history_finding
WHERE closed_at IS NULL AND account_id = ANY(%(accounts)s::bigint[]) AND upper(reason) LIKE upper({word})
