SELECT j.piece, j.accounts, j.upto, inside.instants, inside.counts, m.accounts, m.names, m.layout, inside.rows,
       CASE WHEN inside.rows > 0 THEN {columns} END
FROM history_eventlog j LEFT JOIN LATERAL (
    SELECT * FROM history_eventlogmonth m
    WHERE m.piece = j.piece AND m.subject = j.subject AND m.month <= %(until)s ORDER BY m.month DESC LIMIT 1
) m ON true CROSS JOIN LATERAL ({inside}) inside
WHERE j.piece = ANY(%(pieces)s::bigint[]) AND j.subject = %(subject)s
