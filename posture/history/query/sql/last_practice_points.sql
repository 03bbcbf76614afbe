WITH RECURSIVE known (id) AS (
    -- What was ever rolled up: one step in an index for each practice.
    (SELECT practice_id FROM history_scopepracticepoint
     WHERE organization_id = %(organization)s AND unit_id IS NULL ORDER BY practice_id LIMIT 1)
    UNION ALL
    SELECT (SELECT practice_id FROM history_scopepracticepoint
            WHERE organization_id = %(organization)s AND unit_id IS NULL AND practice_id > known.id
            ORDER BY practice_id LIMIT 1)
    FROM known WHERE id IS NOT NULL
), practice (id) AS (
    -- Today's practices may not be rolled up yet.
    SELECT id FROM known WHERE id IS NOT NULL UNION SELECT unnest(%(served)s::text[])
), latest AS (
    SELECT a.id AS account_id, q.id AS practice_id, a.weight, p.*
    FROM unnest(%(accounts)s::bigint[], %(weights)s::float8[]) a (id, weight)
    CROSS JOIN practice q CROSS JOIN LATERAL (
        SELECT low, high, passed, failed, unknown FROM history_practicepoint
        WHERE account_id = a.id AND practice_id = q.id AND at <= coalesce(%(at)s::timestamptz, 'infinity')
        ORDER BY at DESC LIMIT 1
    ) p
)
