WITH {spans}
SELECT v.resource_id, v.account_id, concat_ws(chr(31), r.type, r.region), date_part('epoch', v.valid_from),
       date_part('epoch', v.valid_to), v.hash, coalesce(v.known_hash, v.hash)
FROM spans a JOIN history_version_closed v ON v.account_id = a.id JOIN history_resource r ON r.id = v.resource_id
-- A constant leaves partitions out, which the spans' own ends cannot.
WHERE v.valid_to > %(earliest)s AND v.valid_to > a.after AND v.valid_from <= a.upto
UNION ALL
SELECT v.resource_id, v.account_id, concat_ws(chr(31), r.type, r.region), date_part('epoch', v.valid_from), NULL,
       v.hash, coalesce(v.known_hash, v.hash)
FROM spans a JOIN history_version v ON v.account_id = a.id JOIN history_resource r ON r.id = v.resource_id
WHERE v.valid_from > %(earliest)s AND v.valid_from <= %(latest)s AND v.valid_from > a.after AND v.valid_from <= a.upto
