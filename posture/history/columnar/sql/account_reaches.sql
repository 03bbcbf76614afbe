SELECT account_id, last_at, {rules} FROM history_accountstate s
WHERE account_id = ANY(%s) AND last_at IS NOT NULL ORDER BY account_id
