{latest}, once AS MATERIALIZED (
    -- An account is in several units, and its points are looked up once.
    SELECT * FROM latest
)
INSERT INTO history_scopepracticepoint
    (organization_id, unit_id, practice_id, at, low, high, passed, failed, unknown, weight)
SELECT %(organization)s, s.unit_id, practice_id, %(at)s, {low}, {high}, sum(passed), sum(failed), sum(unknown),
       coalesce(sum(weight) FILTER (WHERE low IS NOT NULL), 0)
FROM unnest(%(of)s::bigint[], %(units)s::bigint[]) s (account_id, unit_id) JOIN once USING (account_id)
GROUP BY s.unit_id, practice_id ORDER BY s.unit_id NULLS FIRST, practice_id
