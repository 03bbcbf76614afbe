SELECT i.at, count(r.id)::int
FROM unnest(%(instants)s::timestamptz[]) i (at)
LEFT JOIN history_resource_record r ON r.type = %(type)s AND r.account_id = ANY(%(accounts)s)
     AND r.valid_from <= i.at AND (r.valid_to IS NULL OR r.valid_to > i.at)
GROUP BY i.at ORDER BY i.at
