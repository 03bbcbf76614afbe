SELECT v.account_id, v.resource_id, round(date_part('epoch', r.first_seen) * 1000000)::bigint,
       concat_ws(chr(31), v.type, r.region,
                 CASE WHEN r.unseen_since <= %(at)s OR history_since(r.unseen_periods, %(at)s) IS NOT NULL
                      THEN 'unseen' ELSE 'seen' END,
                 v.classification)
FROM (
    SELECT account_id, resource_id, type, classification FROM history_version
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(at)s
    UNION ALL
    SELECT account_id, resource_id, type, classification FROM history_version_closed
    WHERE account_id = ANY(%(accounts)s) AND valid_to > %(at)s AND valid_from <= %(at)s
) v JOIN history_resource r ON r.id = v.resource_id
ORDER BY v.account_id, v.type, v.resource_id
