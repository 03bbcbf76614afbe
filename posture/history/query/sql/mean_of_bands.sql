-- As `posture.core.score.mean`: if every weight is 0, all count alike. LEAST ignores NULL, so that without any band it
-- would be 100.
CASE WHEN count({end}) > 0 THEN least(100, coalesce(
    sum({end} * weight) / nullif(sum(weight) FILTER (WHERE {end} IS NOT NULL), 0), avg({end})
)) END
