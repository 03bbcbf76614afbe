SELECT account_id, CASE WHEN account_id IS NULL THEN ARRAY[check_id, severity::text] END, NULL, kind, count(*)
FROM (
    {changes}
) each
GROUP BY GROUPING SETS ((account_id, kind), (check_id, severity, kind))
