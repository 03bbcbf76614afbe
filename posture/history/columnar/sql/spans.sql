spans AS (
    SELECT * FROM unnest(
        %(accounts)s::bigint[], %(after)s::timestamptz[], %(upto)s::timestamptz[], %(first)s::boolean[]
    ) a (id, after, upto, is_first)
)
