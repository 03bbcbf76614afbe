SELECT v.account_id, v.resource_id, round(date_part('epoch', r.first_seen) * 1000000)::bigint,
       concat_ws(chr(31), v.type, r.region, CASE WHEN r.unseen_since IS NOT NULL THEN 'unseen' ELSE 'seen' END,
                 v.classification)
FROM history_version v JOIN history_resource r ON r.id = v.resource_id
WHERE v.account_id = ANY(%(accounts)s)
ORDER BY v.account_id, v.type, v.resource_id
