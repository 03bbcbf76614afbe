-- Versions through time. Joins and conditions are outside the union: PostgreSQL reads a branch in the order of an index
-- only where it has nothing but columns. `ends` is never null, so that one comparison selects what was valid at a date.
CREATE VIEW history_resource_record AS
SELECT v.id, v.resource_id, v.account_id, v.type, r.region, r.arn, v.name, r.first_seen,
       v.valid_from, v.valid_to, CASE WHEN v.close_reason <> 'changed' THEN v.valid_to END AS gone_at, v.close_reason,
       v.tags, v.classification, v.hash, v.known_hash, v.packed_config, v.packed_known,
       o.observed AS packed_observed,
       CASE WHEN v.valid_to IS NULL THEN r.missed_at END AS missed_at,
       r.unseen_since AS open_unseen_since, r.unseen_periods, o.members, v.ends
FROM (
    SELECT version_id AS id, resource_id, account_id, type, name, valid_from,
           NULL::timestamptz AS valid_to, ''::varchar AS close_reason, tags, classification,
           hash, coalesce(known_hash, hash) AS known_hash, config AS packed_config, known AS packed_known,
           '9999-12-31 00:00:00+00'::timestamptz AS ends
    FROM history_version
    UNION ALL
    SELECT version_id, resource_id, account_id, type, name, valid_from, valid_to, close_reason, tags, classification,
           hash, coalesce(known_hash, hash), config, known, valid_to
    FROM history_version_closed
) v
JOIN history_resource r ON r.id = v.resource_id
LEFT JOIN history_observed o ON o.resource_id = v.resource_id AND v.valid_to IS NULL;
