SELECT type, sum(count)::bigint FROM (
    SELECT type, count(*) FROM history_version
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(at)s GROUP BY type
    UNION ALL
    SELECT type, count(*) FROM history_version_closed
    WHERE account_id = ANY(%(accounts)s) AND valid_to > %(at)s AND valid_from <= %(at)s GROUP BY type
) each GROUP BY type
