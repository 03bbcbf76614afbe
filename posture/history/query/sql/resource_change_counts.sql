-- A resource has one version that was current at the start and ended since, and one that is current at the end and
-- began since, if any. What is between them is read only where it came and went.
SELECT each.account_id, each.type, r.region, kind, count(*) FROM (
    SELECT coalesce(s.resource_id, e.resource_id) AS resource_id,
           coalesce(s.account_id, e.account_id) AS account_id, coalesce(s.type, e.type) AS type,
           CASE WHEN s.resource_id IS NULL THEN 'added'
                WHEN e.resource_id IS NULL THEN 'removed'
                WHEN s.known <> e.known THEN 'changed'
                WHEN s.hash = e.hash THEN 'same'
                ELSE 'sight' END AS kind
    FROM (
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash) AS known
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s)
          AND valid_from <= %(since)s AND valid_to > %(since)s AND valid_to <= %(until)s
    ) s FULL JOIN (
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash) AS known
        FROM history_version
        WHERE account_id = ANY(%(accounts)s) AND valid_from > %(since)s AND valid_from <= %(until)s
        UNION ALL
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash)
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s)
          AND valid_from > %(since)s AND valid_from <= %(until)s AND valid_to > %(until)s
    ) e ON e.resource_id = s.resource_id
    UNION ALL
    SELECT resource_id, account_id, type, 'passing' FROM (
        SELECT DISTINCT resource_id, account_id, type
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s) AND close_reason <> 'changed'
          AND valid_from > %(since)s AND valid_to > %(since)s AND valid_to <= %(until)s
    ) p
    WHERE NOT EXISTS (SELECT FROM history_version_closed s WHERE s.resource_id = p.resource_id
                      AND s.valid_from <= %(since)s AND s.valid_to > %(since)s)
      AND NOT EXISTS (SELECT FROM history_version e WHERE e.resource_id = p.resource_id AND e.valid_from <= %(until)s)
      AND NOT EXISTS (SELECT FROM history_version_closed e WHERE e.resource_id = p.resource_id
                      AND e.valid_from <= %(until)s AND e.valid_to > %(until)s)
) each JOIN history_resource r ON r.id = each.resource_id
GROUP BY GROUPING SETS ((each.account_id, kind), (each.type, kind), (r.region, kind))
