WITH points AS (
    SELECT tool, at, "on", partly, off, unknown,
           lag("on", 1, 0) OVER each AS on_before, lag(partly, 1, 0) OVER each AS partly_before,
           lag(off, 1, 0) OVER each AS off_before, lag(unknown, 1, 0) OVER each AS unknown_before
    FROM history_coveragepoint
    WHERE account_id = ANY(%(accounts)s) AND at <= %(until)s
    WINDOW each AS (PARTITION BY account_id, tool ORDER BY at)
)
SELECT tool, greatest(at, %(since)s) AS moved, sum("on" - on_before)::int, sum(partly - partly_before)::int,
       sum(off - off_before)::int, sum(unknown - unknown_before)::int
FROM points GROUP BY tool, moved ORDER BY tool, moved
