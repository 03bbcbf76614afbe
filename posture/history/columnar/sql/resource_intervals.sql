WITH versions AS (
    SELECT account_id, resource_id, type, classification, valid_from, 'infinity'::timestamptz AS valid_to
    FROM history_version WHERE {where}
    UNION ALL
    SELECT account_id, resource_id, type, classification, valid_from, valid_to
    FROM history_version_closed WHERE {where} AND valid_to > %(since)s
), alike AS (
    -- Versions that follow each other and are classified alike are one.
    SELECT account_id, resource_id, type, classification, min(valid_from) AS began, max(valid_to) AS ended
    FROM (
        SELECT *, sum(is_other) OVER (PARTITION BY resource_id ORDER BY valid_from) AS stretch
        FROM (
            SELECT *, (lag(valid_to) OVER w IS DISTINCT FROM valid_from
                       OR lag(classification) OVER w IS DISTINCT FROM classification)::int AS is_other
            FROM versions WINDOW w AS (PARTITION BY resource_id ORDER BY valid_from)
        ) each
    ) each GROUP BY account_id, resource_id, type, classification, stretch
)
SELECT a.account_id, a.resource_id, round(date_part('epoch', r.first_seen) * 1000000)::bigint,
       round(date_part('epoch', a.began) * 1000000)::bigint,
       CASE WHEN a.ended < 'infinity' THEN round(date_part('epoch', a.ended) * 1000000)::bigint END,
       concat_ws(chr(31), a.type, r.region), a.classification,
       CASE WHEN r.unseen_since IS NOT NULL OR r.unseen_periods IS NOT NULL THEN {unseen} END
FROM alike a JOIN history_resource r ON r.id = a.resource_id
