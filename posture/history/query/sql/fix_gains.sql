WITH weights AS (
    SELECT * FROM unnest(%(accounts)s::bigint[], %(weights)s::float8[]) AS w (account_id, weight)
), units AS (
    SELECT t.account_id, t.check_id, t.severity, t.failed + t.stale AS failing,
           t.passed + t.failed + t.stale + t.unknown + t.gap_units AS judged,
           CASE t.severity WHEN 4 THEN 40 WHEN 3 THEN 10 WHEN 2 THEN 3 ELSE 1 END AS points
    FROM history_tally t WHERE t.account_id = ANY(%(accounts)s)
), judging AS (
    SELECT account_id, sum(points) AS total FROM units WHERE judged > 0 GROUP BY account_id
), whole AS (
    SELECT sum(w.weight) AS weight, count(*) AS accounts FROM judging JOIN weights w USING (account_id)
)
SELECT s.check_id, s.severity, sum(s.failing)::int, count(*)::int,
       sum(100.0 * s.points * s.failing / s.judged / j.total
           * CASE WHEN whole.weight > 0 THEN w.weight / whole.weight ELSE 1.0 / whole.accounts END)::float8 AS gain
FROM units s
JOIN judging j USING (account_id) JOIN weights w USING (account_id) CROSS JOIN whole
WHERE s.failing > 0
GROUP BY s.check_id, s.severity
ORDER BY gain DESC, s.check_id
