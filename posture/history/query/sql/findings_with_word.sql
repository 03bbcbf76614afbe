-- Of one table each, as an OR of both would use no index. A finding's resource is the same in each of its episodes, so
-- that an index alone leads to it; whether it is open is for the rows to say.
(WITH spoken AS MATERIALIZED (
    SELECT * FROM ({reasons}) reasons (id) LIMIT %(most)s + 1
), named AS MATERIALIZED (
    SELECT id FROM history_resource
    WHERE account_id = ANY(%(accounts)s::bigint[])
      AND (upper(name) LIKE upper({word}) OR upper(arn) LIKE upper({word})) LIMIT %(most)s + 1
)
SELECT (SELECT string_agg(int8send(id), ''::bytea) FROM (
    SELECT id FROM spoken UNION ALL SELECT f.id FROM named r JOIN history_finding f ON f.resource_id = r.id
) found), (SELECT count(*) FROM spoken) <= %(most)s AND (SELECT count(*) FROM named) <= %(most)s)
