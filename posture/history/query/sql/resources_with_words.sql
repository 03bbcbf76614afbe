WITH asked (id, type, name, arn) AS MATERIALIZED ({asked}), few AS (SELECT * FROM asked LIMIT %s), {existing}
SELECT (SELECT count(*) FROM asked), found.id, found.type
FROM (SELECT) one LEFT JOIN (SELECT id, type, name, arn FROM existing WHERE {words}) found ON true
ORDER BY found.name, found.arn, found.id
