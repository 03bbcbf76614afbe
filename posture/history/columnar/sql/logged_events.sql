WITH journal AS MATERIALIZED (
    SELECT accounts, upto, %(summed)s AND accounts <@ %(accounts)s::bigint[] AS is_summed
    FROM history_eventlog WHERE piece = %(piece)s AND subject = %(subject)s
)
SELECT j.accounts, j.upto, inside.instants, inside.counts, m.accounts, m.names, m.layout, inside.rows,
       CASE WHEN j.is_summed AND inside.rows = m.rows THEN m.totals END,
       CASE WHEN j.is_summed AND inside.rows = m.rows AND m.totals IS NOT NULL OR inside.rows = 0 THEN NULL
            ELSE {columns} END
FROM journal j LEFT JOIN history_eventlogmonth m
  ON m.piece = %(piece)s AND m.subject = %(subject)s AND m.month >= %(month)s AND m.month <= %(until)s
CROSS JOIN LATERAL ({inside}) inside
ORDER BY m.month
