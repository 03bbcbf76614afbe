SELECT type, count(*) FROM history_resource
WHERE account_id = ANY(%(accounts)s) AND (unseen_since IS NOT NULL OR unseen_periods IS NOT NULL)
  AND gone_at IS NULL AND unseen_since IS NOT NULL AND missed_at IS NULL
GROUP BY type
