SELECT a.id, p.low, p.high, p.causes
FROM unnest(%(accounts)s::bigint[]) a (id) CROSS JOIN LATERAL (
    SELECT low, high, causes FROM history_accountpoint
    WHERE account_id = a.id AND at <= %(at)s ORDER BY at DESC LIMIT 1
) p
