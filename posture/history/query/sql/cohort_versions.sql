SELECT s.account_id, s.last_at, (
    SELECT max(n.id) FROM history_triage t JOIN history_findingnote n ON n.finding_id = t.finding_id
    WHERE t.account_id = s.account_id
)
FROM history_accountstate s WHERE s.account_id = ANY(%s) AND s.last_at IS NOT NULL
