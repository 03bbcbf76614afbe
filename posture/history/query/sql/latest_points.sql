SELECT p.* FROM unnest(%s::bigint[]) a (id) CROSS JOIN LATERAL (
    SELECT * FROM history_accountpoint
    WHERE account_id = a.id AND (%s::timestamptz IS NULL OR at <= %s) ORDER BY at DESC LIMIT 1
) p
