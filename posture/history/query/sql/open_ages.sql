-- What is open, and since when, without reading every open finding. Points hold how many there are. One step in an
-- index finds the oldest readable one of each account and severity. Only what opened before it, and was unreadable for
-- a time or closed after the date, can be older. Seconds come twice, because those of a readable finding grow with the
-- date and those of an unreadable one do not.
WITH point AS MATERIALIZED (
    SELECT a.id AS account_id, p.*
    FROM unnest(%(scope)s::bigint[]) a (id) CROSS JOIN LATERAL (
        SELECT critical, high_open, medium, low_open, accepted FROM history_accountpoint
        WHERE account_id = a.id AND at <= %(until)s ORDER BY at DESC LIMIT 1
    ) p
), aside AS (
    -- Points count what people accepted in all severities together.
    SELECT account_id, severity, sum(accepted)::int AS number
    FROM history_tally_record
    WHERE account_id = ANY(ARRAY(SELECT account_id FROM point WHERE accepted > 0)) AND accepted > 0
      AND valid_from <= %(until)s AND (valid_to IS NULL OR valid_to > %(until)s)
    GROUP BY 1, 2
), opened AS (
    SELECT p.account_id, s.severity, s.failing + coalesce(aside.number, 0) AS number
    FROM point p CROSS JOIN LATERAL
         (VALUES (4, p.critical), (3, p.high_open), (2, p.medium), (1, p.low_open)) s (severity, failing)
    LEFT JOIN aside ON aside.account_id = p.account_id AND aside.severity = s.severity
), steady AS MATERIALIZED (
    SELECT s.*, coalesce(o.opened_at, 'infinity') AS since,
           date_part('epoch', %(until)s - o.opened_at) AS seconds
    FROM opened s LEFT JOIN LATERAL (
        SELECT opened_at FROM history_finding
        WHERE account_id = s.account_id AND severity = s.severity AND closed_at IS NULL AND status = 'fail'
          AND opened_at <= %(until)s AND stale_since IS NULL AND stale_periods IS NULL
        ORDER BY opened_at LIMIT 1
    ) o ON true
    WHERE s.number > 0
), hidden AS (
    SELECT account_id, severity, {seconds_until_ends} AS seconds,
           (stale_since <= %(until)s OR stale_periods @> %(until)s) IS TRUE AS is_paused
    FROM steady s CROSS JOIN LATERAL (
        SELECT opened_at, least(%(until)s, coalesce(stale_since, %(until)s)) AS ends, stale_since, stale_periods
        FROM history_finding
        WHERE account_id = s.account_id AND severity = s.severity AND closed_at IS NULL AND status = 'fail'
          AND opened_at < s.since AND opened_at <= %(until)s AND (stale_since IS NOT NULL OR stale_periods IS NOT NULL)
    ) f
), closed AS (
    SELECT account_id, severity, {seconds_until_date} AS seconds,
           (stale_periods @> %(until)s) IS TRUE AS is_paused
    FROM (SELECT account_id, max(since) AS since FROM steady GROUP BY 1) s CROSS JOIN LATERAL (
        SELECT severity, opened_at, stale_periods
        FROM history_finding_closed
        WHERE account_id = s.account_id AND closed_at > %(until)s AND opened_at < s.since AND opened_at <= %(until)s
          AND status = 'fail'
    ) f
), oldest AS (
    SELECT account_id, severity, max(seconds) FILTER (WHERE NOT is_paused) AS seconds,
           max(seconds) FILTER (WHERE is_paused) AS still
    FROM (SELECT * FROM hidden UNION ALL SELECT * FROM closed) e GROUP BY 1, 2
)
SELECT s.account_id, s.severity, s.number, greatest(s.seconds, o.seconds), o.still
FROM steady s LEFT JOIN oldest o USING (account_id, severity)
