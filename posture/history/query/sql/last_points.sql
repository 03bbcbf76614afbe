WITH near AS MATERIALIZED (
    -- Nearly all accounts have a point since the last sweep, and one pass over an index finds those.
    SELECT DISTINCT ON (account_id) {columns} FROM history_accountpoint
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND at <= %(at)s::timestamptz
      AND at >= (SELECT max(as_of) FROM history_snapshot WHERE as_of <= %(at)s::timestamptz)
    ORDER BY account_id, at DESC
), far AS (
    -- The others' points are looked up one by one.
    SELECT p.* FROM unnest(ARRAY(
        SELECT unnest(%(accounts)s::bigint[]) EXCEPT SELECT account_id FROM near
    )) a (id) CROSS JOIN LATERAL (
        SELECT {columns} FROM history_accountpoint WHERE account_id = a.id AND at <= %(at)s::timestamptz
        ORDER BY at DESC LIMIT 1
    ) p
)
-- A thousand points as rows take longer to transfer than to find: these are bytes, as `_LAYOUT` reads them.
SELECT string_agg(
    int8send(account_id) || int8send(round(date_part('epoch', at) * 1000000)::bigint)
    || float8send(coalesce(low, 'NaN')) || float8send(coalesce(high, 'NaN'))
    || int4send(critical) || int4send(high_open) || int4send(resources) || int4send(empty_gaps)
    || float8send(blind_share),
    ''::bytea
)
FROM (SELECT * FROM near UNION ALL SELECT * FROM far) p
