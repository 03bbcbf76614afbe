still AS MATERIALIZED (
    SELECT f.id, v.type, v.name, f.arn, v.tags
    FROM few f JOIN history_version v ON v.resource_id = f.id WHERE v.valid_from <= %s
), existing AS (
    SELECT * FROM still
    UNION ALL
    SELECT f.id, c.type, c.name, f.arn, c.tags
    FROM few f CROSS JOIN LATERAL (
        -- Partitions are searched in the order of time, and no further than the first that has the version.
        SELECT * FROM history_version_closed c
        WHERE c.resource_id = f.id AND c.valid_to > %s ORDER BY c.valid_to LIMIT 1
    ) c WHERE f.id NOT IN (SELECT id FROM still) AND c.valid_from <= %s
)
