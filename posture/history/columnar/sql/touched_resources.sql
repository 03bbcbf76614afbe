SELECT resource_id FROM history_version WHERE account_id = ANY(%(accounts)s) AND valid_from > %(after)s
UNION
SELECT resource_id FROM history_version_closed WHERE account_id = ANY(%(accounts)s) AND valid_to > %(after)s
UNION
-- What became unreadable or readable again has no index: it is looked for among all current rows.
SELECT id FROM history_resource WHERE account_id = ANY(%(accounts)s)
  AND (unseen_since IS NOT NULL OR unseen_periods IS NOT NULL)
  AND (unseen_since > %(after)s OR upper(unseen_periods) > %(after)s)
UNION
SELECT resource_id FROM history_finding WHERE account_id = ANY(%(accounts)s) AND closed_at IS NULL
  AND (opened_at > %(after)s OR stale_since > %(after)s OR upper(stale_periods) > %(after)s)
UNION
SELECT resource_id FROM history_finding_closed WHERE account_id = ANY(%(accounts)s) AND closed_at > %(after)s
