-- Nearly all accounts were swept by one of the last snapshots; the others' are looked for through all the time.
WITH late AS MATERIALIZED (
    SELECT w.account_id, max(s.as_of) AS at
    FROM history_accountsweep w JOIN history_snapshot s ON s.id = w.snapshot_id
    WHERE w.snapshot_id = ANY(ARRAY(
        SELECT l.id FROM (SELECT DISTINCT organization_id FROM accounts_awsaccount
                          WHERE id = ANY(%(accounts)s::bigint[])) o
        CROSS JOIN LATERAL (SELECT id FROM history_snapshot WHERE organization_id = o.organization_id
                            AND as_of <= %(until)s ORDER BY as_of DESC LIMIT 3) l
    )) AND w.state = 'done' AND w.account_id = ANY(%(accounts)s::bigint[]) GROUP BY 1
)
SELECT account_id, at FROM late
UNION ALL
SELECT w.account_id, max(s.as_of)
FROM history_accountsweep w JOIN history_snapshot s ON s.id = w.snapshot_id
WHERE w.account_id = ANY(ARRAY(SELECT unnest(%(accounts)s::bigint[]) EXCEPT SELECT account_id FROM late))
  AND w.state = 'done' AND s.as_of <= %(until)s
GROUP BY 1
