-- An index holds all of a type in that order, so that no row is sorted.
SELECT string_agg(int8send(resource_id), ''::bytea)
FROM (SELECT resource_id FROM history_version WHERE type = %s {few} ORDER BY name, resource_id) named
