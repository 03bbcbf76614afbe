-- Tallies and moves are added up instead of joined: there are hundreds of thousands of both.
WITH moved AS (
    SELECT account_id, check_id, finding_id, -1 AS step
    FROM history_finding_closed
    WHERE account_id = ANY(%(accounts)s) AND closed_at > %(since)s AND closed_at <= %(until)s
      AND opened_at <= %(since)s AND status = 'fail' AND close_reason = 'changed'
    UNION ALL
    SELECT account_id, check_id, id, 1
    FROM history_finding f
    WHERE account_id = ANY(%(accounts)s) AND closed_at IS NULL
      AND opened_at > %(since)s AND opened_at <= %(until)s AND status = 'fail' AND open_reason = 'changed'
      AND (SELECT first_seen FROM history_resource WHERE id = f.resource_id) <= %(since)s
    UNION ALL
    SELECT account_id, check_id, finding_id, 1
    FROM history_finding_closed f
    WHERE account_id = ANY(%(accounts)s) AND closed_at > %(until)s
      AND opened_at > %(since)s AND opened_at <= %(until)s AND status = 'fail' AND open_reason = 'changed'
      AND (SELECT first_seen FROM history_resource WHERE id = f.resource_id) <= %(since)s
), figures AS (
    SELECT account_id, check_id, severity, passed + failed + stale + unknown + gap_units AS judged,
           unknown + gap_units AS undetermined, failed + stale AS failing
    FROM history_tally
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(since)s
    UNION ALL
    SELECT account_id, check_id, severity, passed + failed + stale + unknown + gap_units,
           unknown + gap_units, failed + stale
    FROM history_tally_closed
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(since)s AND valid_to > %(since)s
    UNION ALL
    SELECT account_id, check_id, NULL, 0, 0, step
    FROM moved
    WHERE NOT EXISTS (SELECT FROM history_triage t
                      WHERE t.finding_id = moved.finding_id AND t.state IN ('accepted', 'false_positive'))
), units AS (
    SELECT account_id, CASE max(severity) WHEN 4 THEN 40 WHEN 3 THEN 10 WHEN 2 THEN 3 ELSE 1 END::float8 AS weight,
           sum(judged)::float8 AS judged, sum(undetermined)::float8 AS undetermined,
           greatest(0, sum(failing))::float8 AS failing
    FROM figures GROUP BY account_id, check_id HAVING sum(judged) > 0
)
SELECT account_id,
       100 * (1 - sum(weight * least(judged, failing + undetermined) / judged) / sum(weight)),
       100 * (1 - sum(weight * least(judged, failing) / judged) / sum(weight))
FROM units GROUP BY account_id
